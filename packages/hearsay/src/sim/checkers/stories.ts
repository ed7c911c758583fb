/**
 * What nodes tell of members must be a story that can be true.
 *
 *     unknown ── join ──▶ alive ── suspect ──▶ suspect ── fail ──▶ gone ── join ──▶ alive
 *                           │ ◀── alive ───────── │                 ▲       (a higher incarnation)
 *                           └──── fail, leave ────┴─────────────────┘
 *
 * @module
 */
import type { MembershipEvent, MemberState, MemberView } from "../../membership/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Checker } from "./checker.ts";

/** What the present run of an observer has last said of a member. */
interface Told {
  readonly state: MemberState;
  readonly incarnation: number;
}

/** Of whom something was told is compared at once; all others at the next news, so often at most. */
const WHOLE_TABLE_MS = 200;

type MemberEventType = Exclude<MembershipEvent["type"], "conflict">;

/** States from which each event may lead, and the one to which it leads. */
const TRANSITIONS: Readonly<
  Record<
    MemberEventType,
    { readonly from: readonly (MemberState | undefined)[]; readonly to: MemberState }
  >
> = {
  join: { from: [undefined, "dead", "left"], to: "alive" },
  suspect: { from: ["alive"], to: "suspect" },
  alive: { from: ["suspect"], to: "alive" },
  update: { from: ["alive"], to: "alive" },
  leave: { from: ["alive", "suspect", "dead"], to: "left" },
  fail: { from: ["alive", "suspect"], to: "dead" },
};

/** Each event follows from what the observer has said before, once, and none takes an incarnation back. */
export class Stories implements Checker {
  readonly name = "stories";
  looks = 0;
  #cluster: Cluster | undefined;
  /** By observer, then by member. */
  readonly #told = new Map<string, Map<string, Told>>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  started(node: string): void {
    this.#told.set(node, new Map());
  }

  event({ node, event }: WorldEvent): string | undefined {
    const { type, member } = event as MembershipEvent;
    const transition = TRANSITIONS[type as MemberEventType] as
      | (typeof TRANSITIONS)[MemberEventType]
      | undefined;
    if (transition === undefined) return undefined;
    this.looks++;
    const told = this.#toldBy(node);
    const { name, incarnation } = member;
    const before = told.get(name);
    told.set(name, { state: transition.to, incarnation });
    const what = `says ${type} of ${name}, incarnation ${incarnation}`;
    const isItself = name === (this.#cluster as Cluster).memberNameOf(node);
    if (isItself) return this.#ofItself(type, what);
    if (member.state !== transition.to) return `${what}, whose state is ${member.state}`;
    if (!transition.from.includes(before?.state)) {
      return `${what}, which was ${before?.state ?? "unknown"}`;
    }
    if (before === undefined) return undefined;
    if (incarnation < before.incarnation) return `${what}: has said ${before.incarnation} before`;
    if (type === "join" && incarnation === before.incarnation) {
      return `${what}, which was ${before.state} under the same incarnation`;
    }
    return undefined;
  }

  #ofItself(type: string, what: string): string | undefined {
    if (type === "suspect" || type === "fail") return `${what}: of itself`;
    return undefined;
  }

  #toldBy(node: string): Map<string, Told> {
    let told = this.#told.get(node);
    if (told === undefined) this.#told.set(node, (told = new Map()));
    return told;
  }
}

/**
 * Whoever applies the events of a node to an empty table has the node's table, but for the long gone, and for
 * incarnations that rose while all else stayed: of those nobody is told.
 */
export class Replay implements Checker {
  readonly name = "replay";
  looks = 0;
  #cluster: Cluster | undefined;
  /** By observer: what its events make of each member. */
  readonly #tables = new Map<string, Map<string, string>>();
  /** Observers with an event since they were last compared, and of whom it was. */
  readonly #changed = new Map<string, string[]>();
  /** When each observer's whole table was last compared. */
  readonly #comparedAt = new Map<string, number>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  started(node: string): void {
    this.#tables.set(node, new Map());
  }

  event({ node, event }: WorldEvent): string | undefined {
    const { type, member } = event as MembershipEvent;
    if (member === undefined || !(type in TRANSITIONS)) return undefined;
    const { name } = member;
    if (name === (this.#cluster as Cluster).memberNameOf(node)) return undefined;
    let table = this.#tables.get(node);
    if (table === undefined) this.#tables.set(node, (table = new Map()));
    table.set(name, lookOf(member));
    const changed = this.#changed.get(node);
    if (changed === undefined) this.#changed.set(node, [name]);
    else changed.push(name);
    return undefined;
  }

  step(node: string): string | undefined {
    const changed = this.#changed.get(node);
    if (changed === undefined) return undefined;
    this.#changed.delete(node);
    const cluster = this.#cluster as Cluster;
    const { now } = cluster.world;
    if (!cluster.world.isAlive(node)) return undefined;
    this.looks++;
    const membership = cluster.membership(node);
    const isDue = now - (this.#comparedAt.get(node) ?? -Infinity) >= WHOLE_TABLE_MS;
    if (isDue) this.#comparedAt.set(node, now);
    const own = cluster.memberNameOf(node);
    const members = isDue ? membership.members() : changed.map((name) => membership.member(name));
    const table = this.#tables.get(node) as Map<string, string>;
    for (const member of members) {
      if (member === undefined || member.name === own) continue;
      const told = table.get(member.name);
      const is = lookOf(member);
      if (told !== is) {
        return `holds ${member.name} for ${is}, but has told ${told ?? "nothing of it"}`;
      }
    }
    return undefined;
  }
}

function lookOf({ state, address, tags }: MemberView): string {
  if (tags.size === 0) return `${state} at ${address}`;
  const sorted = [...tags].map(([key, value]) => ` ${key}=${value}`).toSorted();
  return `${state} at ${address}${sorted.join("")}`;
}
