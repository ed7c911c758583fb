/**
 * A virtual cluster as experiments need it: formed on a good network, and watched from the outside.
 *
 *     form ──▶ everybody knows everybody ──▶ settle ──▶ the network of the experiment ──▶ …
 *              (counted from events: n² views are looked at only when one changes)
 *
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { MembershipEvent, MembershipOptions } from "hearsay/membership";
import { Cluster } from "hearsay/sim";
import type { World, WorldEvent } from "hearsay/sim";
import { CommandError } from "../terminal.ts";
import type { Meter } from "./meter.ts";
import type { Told, WatchedCluster } from "./watched-cluster.ts";

export type { Told } from "./watched-cluster.ts";

/** What every experiment with a cluster can be told. */
export interface ClusterParameters {
  /** Members. */
  readonly n: number;
  /** Probability that a datagram is lost, once the cluster has formed. */
  readonly loss: number;
  /** Least and greatest time from one host to another. */
  readonly latencyMs: readonly [least: number, most: number];
  /** What all nodes are told. */
  readonly membership: MembershipOptions;
}

/** A local network: well below the probe timeout. */
export const CLUSTER_DEFAULTS: ClusterParameters = {
  n: 100,
  loss: 0,
  latencyMs: [1, 10],
  membership: {},
};

/** Longest that a cluster may take to form on a good network. */
const MAX_FORMING_MS = 300_000;
/** Until the news of the joins has died away. */
const SETTLING_MS = 30_000;

export interface LabOptions extends ClusterParameters {
  readonly seed: number;
  /** Counts every message in every packet, which are encoded for that. */
  readonly packets?: Meter;
  /** Counts the bytes of streams; packets are handed over as objects. */
  readonly streams?: Meter;
}

export class LabCluster implements WatchedCluster {
  readonly cluster: Cluster;
  readonly world: World;
  /** For what the experiment itself chooses: who crashes, and when. */
  readonly rng: Sfc32;
  /** How long it took until everybody knew everybody after all had been started at once. */
  formedMs = 0;
  readonly #options: LabOptions;
  /** Whom each node holds for a member, itself left out. */
  readonly #views = new Map<string, Set<string>>();
  #seen = 0;
  #listener: ((told: Told) => void) | undefined;

  constructor(options: LabOptions) {
    const { seed, latencyMs, membership, packets, streams } = options;
    const meter = packets ?? streams;
    this.#options = options;
    this.rng = new Sfc32(seed, 0x6c6162);
    this.cluster = new Cluster({
      seed,
      wire: packets === undefined ? "objects" : "bytes",
      ...(meter !== undefined && { envelopes: (node) => meter.envelopes(node) }),
      network: { latencyMs },
      // Nobody asks them why: histories decide nothing, and are half of what a large cluster holds.
      membership: { historyEntries: 0, ...membership },
      // There may be millions, and they are counted as they come.
      keepEvents: false,
      onEvent: (event) => this.#hear(event),
    });
    this.world = this.cluster.world;
  }

  /** Starts all at once, lets them find each other, and then makes the network as lossy as it shall be. */
  form(settleMs: number = SETTLING_MS): void {
    const names = Array.from({ length: this.#options.n }, (_, i) => `n${i}`);
    this.cluster.form(names);
    const all = names.length * (names.length - 1);
    if (!this.world.runUntil(() => this.#seen === all, MAX_FORMING_MS)) {
      throw new CommandError(
        `${names.length} nodes have not found each other: ${this.#seen} of ${all} views`,
      );
    }
    this.formedMs = this.world.now;
    this.world.run(settleMs);
    this.world.network.setLoss(this.#options.loss);
  }

  get live(): readonly string[] {
    return this.cluster.live;
  }

  comeBack(name: string, via: string): void {
    this.world.restart(name);
    this.cluster.join(name, [via]);
  }

  /** Whom `node` holds for a member besides itself: alive or suspect. */
  view(node: string): ReadonlySet<string> {
    return this.#viewOf(node);
  }

  /** How many nodes of those given hold `about` for a member. */
  knowing(about: string, nodes: readonly string[]): number {
    return nodes.reduce((sum, node) => sum + (this.#viewOf(node).has(about) ? 1 : 0), 0);
  }

  /** Calls back for whatever is told of a member; one listener at a time. */
  listen(listener: ((told: Told) => void) | undefined): void {
    this.#listener = listener;
  }

  #hear({ at, node, event }: WorldEvent): void {
    // Others are about members, too, but no change of theirs.
    if (!("member" in event && "reason" in event)) return;
    const { type, member } = event as MembershipEvent;
    const { name } = member;
    if (name !== node) {
      if (type === "join") this.#add(node, name);
      else if (type === "fail" || type === "leave") this.#remove(node, name);
      // A node that starts anew knows nobody.
    } else if (type === "join") this.#clear(node);
    this.#listener?.({ at, node, about: name, event: event as MembershipEvent });
  }

  #viewOf(node: string): Set<string> {
    let view = this.#views.get(node);
    if (view === undefined) this.#views.set(node, (view = new Set()));
    return view;
  }

  #add(node: string, about: string): void {
    const view = this.#viewOf(node);
    this.#seen -= view.size;
    this.#seen += view.add(about).size;
  }

  #remove(node: string, about: string): void {
    if (this.#viewOf(node).delete(about)) this.#seen--;
  }

  #clear(node: string): void {
    this.#seen -= this.#viewOf(node).size;
    this.#viewOf(node).clear();
  }
}
