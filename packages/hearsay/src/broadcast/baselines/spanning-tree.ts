/**
 * A spanning tree, given once and for all: what comes in by one branch goes out by all others.
 *
 *     ack    each copy is acknowledged, and sent again until it is
 *     nak    whoever sees a gap in an origin's numbers asks the branch for it; the last is named again when it is quiet
 *     none   each copy is sent once
 *
 * Promise: everyone connected, eventually, and by this tree alone. With ack or nak loss is mended, up to `maxTries` in a
 * row; a node that is gone cuts off all behind it, and nobody mends the tree. Nothing is promised of the order, and
 * nothing to who comes later. A baseline to compare with: n − 1 copies, the least there can be.
 * @module
 */
import { assertNever, Deadlines, later, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  PeerId,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { KeptPublications } from "../kept.ts";
import { delivered, keyOf, MAX_HOPS } from "../publication.ts";
import type { Publication, PublicationId, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";
import { resolveTreeConfig } from "./tree-config.ts";
import type { TreeConfig } from "./tree-config.ts";
import { LEAF, MAX_NAMED, TREE_CHANNEL, TREE_MESSAGES } from "./tree-wire.ts";
import type { Leaf, Named, TreeMessage } from "./tree-wire.ts";

export interface SpanningTreeOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Our parent and our children; `branchesOf` counts them off a list of all nodes. */
  readonly branches: readonly PeerId[];
  readonly config?: Partial<TreeConfig>;
}

/** The neighbours of the node at a place of a list in the tree that its order makes: each has `degree` children. */
export function branchesOf(place: number, count: number, degree: number): number[] {
  const branches = place === 0 ? [] : [Math.floor((place - 1) / degree)];
  const first = place * degree + 1;
  for (let child = first; child < Math.min(first + degree, count); child++) branches.push(child);
  return branches;
}

type Effects = TenantEffects<TreeMessage>;

/** Something to send again: a copy that is not acknowledged, a gap that is not filled, a last one that may be lost. */
interface Chore {
  readonly peer: PeerId;
  readonly message: TreeMessage;
  tries: number;
}

interface SavedTree {
  readonly publisher: SavedPublisher;
  readonly kept: readonly Leaf[];
  readonly chores: readonly (readonly [key: string, chore: Chore, at: Instant])[];
  readonly highest: readonly (readonly [origin: string, epoch: number, number: number])[];
}

const WIRE: TenantWire<TreeMessage> = { channel: TREE_CHANNEL, messages: TREE_MESSAGES };

export class SpanningTree implements Broadcaster<TreeMessage> {
  readonly name: string = "tree";
  readonly wire: TenantWire<TreeMessage> = WIRE;
  readonly #config: TreeConfig;
  readonly #branches: readonly PeerId[];
  readonly #publisher: Publisher;
  readonly #kept: KeptPublications<Leaf>;
  readonly #chores = new Map<string, Chore>();
  readonly #deadlines = new Deadlines<string>();
  /** The highest number heard of each origin; the one that has been silent longest first. */
  readonly #highest = new Map<string, { readonly epoch: number; readonly number: number }>();

  constructor({ name, epoch, branches, config }: SpanningTreeOptions) {
    this.#config = resolveTreeConfig(config);
    this.#branches = branches;
    const { maxOrigins, maxKept, maxKeptBytes } = this.#config;
    this.#publisher = new Publisher({ name, epoch, maxOrigins });
    this.#kept = new KeptPublications(maxKept, maxKeptBytes);
  }

  get deadline(): Instant {
    return this.#deadlines.next;
  }

  save(): SavedTree {
    const chores = this.#deadlines.entries().map(([key, at]) => {
      const { peer, message, tries } = this.#chores.get(key) as Chore;
      return [key, { peer, message, tries }, at] as const;
    });
    const highest = [...this.#highest].map(([origin, { epoch, number }]) => {
      return [origin, epoch, number] as const;
    });
    return {
      publisher: this.#publisher.save(),
      kept: [...this.#kept.values()],
      chores,
      highest,
    };
  }

  restore(saved: Saved): void {
    const { publisher, kept, chores, highest } = saved as SavedTree;
    this.#publisher.restore(publisher);
    this.#kept.restore(kept);
    for (const [key, { peer, message, tries }, at] of chores) {
      this.#chores.set(key, { peer, message, tries });
      this.#deadlines.set(key, at);
    }
    for (const [origin, epoch, number] of highest) this.#highest.set(origin, { epoch, number });
  }

  handle(
    input: TenantInput<TreeMessage, PublishCommand>,
    now: Instant,
    _rng: Rng,
    effects: Effects,
  ): void {
    switch (input.type) {
      case "message":
        return this.#onMessage(input.message, input.peer, now, effects);
      case "timeout":
        return this.#onTimeout(now, effects);
      case "command":
        return this.#publish(input.command, now, effects);
      default:
        return;
    }
  }

  takeUp(publication: Publication, hops: number, now: Instant, effects: Effects): boolean {
    this.#hear({ ...publication, type: "leaf", hops }, NO_PEER, now, effects);
    return this.#publisher.hasSeen(publication);
  }

  #publish(command: PublishCommand, now: Instant, effects: Effects): void {
    const { topic, payload } = command;
    const leaf: Leaf = { ...this.#publisher.next, type: "leaf", topic, payload, hops: 1 };
    if (LEAF.sizeOf(leaf) > this.#config.packetBytes) return effects.drop("leafTooLarge");
    this.#publisher.publish(command, now);
    this.#spread(leaf, 0, NO_PEER, now, effects);
  }

  #onMessage(message: TreeMessage, from: PeerId, now: Instant, effects: Effects): void {
    if (!this.#branches.includes(from)) return effects.drop("notABranch");
    switch (message.type) {
      case "leaf":
        if (this.#config.repair === "ack") {
          const { origin, epoch, number } = message;
          effects.send(from, { type: "ack", ids: [{ origin, epoch, number }] });
        }
        return this.#hear(message, from, now, effects);
      case "ack":
        for (const id of message.ids) this.#finish(choreOf("leaf", from, id));
        return;
      case "nak":
        return this.#onNak(message, from, effects);
      case "tail":
        if (this.#config.repair === "nak") this.#lookBehind(message, from, true, now, effects);
        return;
      default:
        assertNever(message);
    }
  }

  #hear(leaf: Leaf, from: PeerId, now: Instant, effects: Effects): void {
    if (LEAF.sizeOf(leaf) > this.#config.packetBytes) return effects.drop("leafTooLarge");
    const sighting = this.#publisher.see(leaf, now);
    if (sighting !== "new") return effects.drop(sighting);
    for (const peer of this.#branches) this.#finish(choreOf("nak", peer, leaf));
    if (this.#config.repair === "nak" && from !== NO_PEER) {
      this.#lookBehind(leaf, from, false, now, effects);
    }
    this.#spread(leaf, leaf.hops, from, now, effects);
  }

  /** Delivers it and sends it on. `hops` are those that it has crossed until here. */
  #spread(
    publication: Publication,
    hops: number,
    from: PeerId,
    now: Instant,
    effects: Effects,
  ): void {
    const { topic, origin, epoch, number, payload } = publication;
    const next = Math.min(hops, MAX_HOPS - 1) + 1;
    const leaf: Leaf = { type: "leaf", topic, origin, epoch, number, payload, hops: next };
    effects.notify(delivered(publication, hops));
    const { repair } = this.#config;
    if (repair === "nak") this.#kept.add(leaf);
    for (const peer of this.#branches) {
      if (peer === from) continue;
      effects.send(peer, leaf);
      if (repair === "ack") this.#begin(choreOf("leaf", peer, leaf), peer, leaf, now, effects);
      if (repair === "nak") this.#endWith(leaf, peer, now, effects);
    }
  }

  /** The last of an origin is named until something follows it: a gap behind it would not be seen. */
  #endWith(
    { origin, epoch, number }: PublicationId,
    peer: PeerId,
    now: Instant,
    effects: Effects,
  ): void {
    const key = `tail ${peer} ${origin}`;
    const known = this.#chores.get(key)?.message;
    if (known?.type === "tail" && known.epoch === epoch && known.number > number) return;
    this.#finish(key);
    this.#begin(key, peer, { type: "tail", origin, epoch, number }, now, effects);
  }

  /** Asks for what is missing below a number, and for itself if that is missing. */
  #lookBehind(
    { origin, epoch, number }: PublicationId,
    from: PeerId,
    itself: boolean,
    now: Instant,
    effects: Effects,
  ): void {
    const known = this.#highest.get(origin);
    if (
      known !== undefined &&
      (known.epoch > epoch || (known.epoch === epoch && known.number >= number))
    )
      return;
    const before = known?.epoch === epoch ? known.number : 0;
    this.#highest.delete(origin);
    this.#highest.set(origin, { epoch, number });
    if (this.#highest.size > this.#config.maxOrigins) {
      const [silent] = this.#highest.keys();
      if (silent !== undefined) this.#highest.delete(silent);
    }
    const last = itself ? number : number - 1;
    for (let one = Math.max(before + 1, number - MAX_NAMED + 1); one <= last; one++) {
      const id = { origin, epoch, number: one };
      if (this.#publisher.hasSeen(id)) continue;
      const nak: Named = { type: "nak", ids: [id] };
      if (!this.#begin(choreOf("nak", from, id), from, nak, now, effects)) return;
      effects.send(from, nak);
    }
  }

  #onNak({ ids }: Named, from: PeerId, effects: Effects): void {
    for (const id of ids) {
      const leaf = this.#kept.get(id);
      if (leaf === undefined) effects.drop("nakOfUnknown");
      else effects.send(from, leaf);
    }
  }

  /** Something is done again, until it is finished or tried often enough; false when there is too much of that. */
  #begin(key: string, peer: PeerId, message: TreeMessage, now: Instant, effects: Effects): boolean {
    if (this.#chores.size >= this.#config.maxChores) {
      effects.drop("tooManyChores");
      return false;
    }
    this.#chores.set(key, { peer, message, tries: 1 });
    this.#deadlines.set(key, later(now, this.#config.retryMs));
    return true;
  }

  #finish(key: string): void {
    if (this.#chores.delete(key)) this.#deadlines.delete(key);
  }

  #onTimeout(now: Instant, effects: Effects): void {
    const { maxTries, retryMs } = this.#config;
    for (;;) {
      const key = this.#deadlines.takeDue(now);
      const chore = key === undefined ? undefined : this.#chores.get(key);
      if (key === undefined || chore === undefined) return;
      if (chore.tries >= maxTries) {
        this.#chores.delete(key);
        // A last one has been named often enough: nobody need answer that.
        if (chore.message.type !== "tail") effects.drop("gaveUp");
        continue;
      }
      chore.tries++;
      effects.send(chore.peer, chore.message);
      this.#deadlines.set(key, later(now, retryMs));
    }
  }
}

function choreOf(kind: "leaf" | "nak", peer: PeerId, id: PublicationId): string {
  return `${kind} ${peer} ${keyOf(id)}`;
}
