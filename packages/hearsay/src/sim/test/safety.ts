/**
 * What must hold at every step of every run, whatever goes wrong in it.
 */
import type { MembershipEvent } from "../../membership/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldEvent } from "../world-options.ts";

/**
 * Longest time from a fault of a node to the last `fail` that it explains: an unconfirmed suspicion among 16, preset
 * local, has 21.7 s.
 */
const DEFAULT_EXCUSE_MS = 25_000;
/** How long one that was paused may tell old news. */
const CATCHING_UP_MS = 1000;

export class Safety {
  readonly #cluster: Cluster;
  readonly #excuseMs: number;
  /** Greatest incarnation of a member that an observer's present run has spoken of. */
  readonly #highest = new Map<string, number>();
  /** Until when a node may be declared dead because of what has happened to it. */
  readonly #excused = new Map<string, number>();
  readonly #pausedAt = new Map<string, number>();
  readonly #resumedAt = new Map<string, number>();
  /** Incarnation from which on a node's present run speaks. */
  readonly #runsFrom = new Map<string, number>();
  #read = 0;
  /** Events that were checked: proof that there were some. */
  checked = 0;

  constructor(cluster: Cluster, excuseMs: number = DEFAULT_EXCUSE_MS) {
    this.#cluster = cluster;
    this.#excuseMs = excuseMs;
  }

  crash(name: string): void {
    this.#cluster.world.crash(name);
    this.excuse(name);
  }

  pause(name: string): void {
    this.#cluster.world.pause(name);
    this.#pausedAt.set(name, this.#cluster.world.now);
    this.excuse(name);
  }

  resume(name: string): void {
    this.#resumedAt.set(name, this.#cluster.world.now);
    this.#cluster.world.resume(name);
    this.excuse(name);
  }

  /** The node has been, or is being, unreachable: for now others may take it for dead. */
  excuse(name: string): void {
    this.#excused.set(name, this.#cluster.world.now + this.#excuseMs);
  }

  /** From here on the node knows nothing of what it said before. */
  restart(name: string): void {
    this.#cluster.world.restart(name);
    for (const key of this.#highest.keys()) {
      if (key.startsWith(`${name} `)) this.#highest.delete(key);
    }
    this.#runsFrom.set(name, this.#cluster.membership(name).local.incarnation);
  }

  /** Throws at the first thing that must not be. */
  check(): void {
    const { world } = this.#cluster;
    for (; this.#read < world.events.length; this.#read++) {
      this.checkEvent(world.events[this.#read] as WorldEvent);
    }
    for (const name of world.names) {
      if (!world.isAlive(name)) continue;
      const { state } = this.#cluster.membership(name).local;
      if (state === "dead" || state === "suspect") {
        throw new Error(`${name} holds itself for ${state} at ${world.now}ms`);
      }
    }
  }

  checkEvent({ at, node, event }: WorldEvent): void {
    const { type, member } = event as MembershipEvent;
    if (member === undefined) return;
    this.checked++;
    const { name, incarnation } = member;
    const what = `${node} says ${type} of ${name}, incarnation ${incarnation}, at ${at}ms`;
    const key = `${node} ${name}`;
    const highest = this.#highest.get(key) ?? 0;
    if (incarnation < highest) throw new Error(`${what}: has known ${highest}`);
    this.#highest.set(key, incarnation);
    if (type !== "fail") return;
    const { world } = this.#cluster;
    const isOldRun = incarnation < (this.#runsFrom.get(name) ?? 0);
    // What waited in a paused observer's socket was true when it was sent, and so was what waited in those
    // of others that went on with it and tell it a little later.
    const isCatchingUp = at - (this.#resumedAt.get(node) ?? -Infinity) <= CATCHING_UP_MS;
    const newsAt = isCatchingUp ? (this.#pausedAt.get(node) ?? at) : at;
    const isExcused = newsAt <= (this.#excused.get(name) ?? -1);
    if (world.isAlive(name) && !world.isPaused(name) && !isOldRun && !isExcused) {
      throw new Error(`${what}: it lives and can be reached`);
    }
  }
}
