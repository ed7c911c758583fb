/**
 * All that can go wrong between the nodes of a world, by their names.
 *
 *     world.links.clog(way(["a"], ["b"]), 2000);
 *     world.links.block("udp", around("c"));
 *     world.links.bridge([["a", "b"], ["c"], ["d", "e"]]);
 *     world.links.calm();
 *
 * @see network.ts for what each of it means
 * @module
 */
import { optionError } from "../kernel/index.ts";
import type { Latency } from "./distributions.ts";
import { EVERY_WAY } from "./network.ts";
import type { Network } from "./network.ts";
import type { Obstacles } from "./obstacles.ts";
import { around, EVERYWHERE } from "./place.ts";
import type { Place, Protocol } from "./place.ts";
import type { Shape } from "./reach.ts";
import { ANYBODY } from "./ways.ts";
import type { Way } from "./ways.ts";

/** What the links take from their world. */
export interface LinkSurroundings {
  /** @throws HearsayError when there is no such node */
  indexOf(name: string): number;
  after(ms: number, act: () => void): void;
  /** Something may get through that could not before. */
  freed(): void;
}

export class WorldLinks {
  readonly #network: Network;
  readonly #around: LinkSurroundings;
  /** The latest clog of a place: only it is ended by its time. */
  readonly #clogs = new Map<string, number>();
  #clogCount = 0;

  constructor(network: Network, surroundings: LinkSurroundings) {
    this.#network = network;
    this.#around = surroundings;
  }

  /** What is set everywhere replaces what was set of ways. @throws HearsayError `ERR_OPTION` */
  setLatency(latencyMs: Latency, place: Place = EVERYWHERE): void {
    this.#network.setLatency(latencyMs, this.#ways(place));
  }

  /** As `setLatency`. @throws HearsayError `ERR_OPTION` */
  setLoss(loss: number, place: Place = EVERYWHERE): void {
    this.#network.setLoss(loss, this.#ways(place));
  }

  /** As `setLatency`; `undefined` lets links carry all. @throws HearsayError `ERR_OPTION` */
  setBandwidth(bitsPerSecond: number | undefined, place: Place = EVERYWHERE): void {
    this.#network.setBandwidth(bitsPerSecond, this.#ways(place));
  }

  /**
   * Datagrams of more than so many bytes do not get through here; `undefined` lets all through. As where an MTU is less than
   * the nodes believe, and nobody tells them. @throws HearsayError `ERR_OPTION`
   */
  setMtu(bytes: number | undefined, place: Place = EVERYWHERE): void {
    this.#network.setMtu(bytes, this.#ways(place));
  }

  /** Ms on top of every latency, uniform from 0. @throws HearsayError `ERR_OPTION` */
  setJitter(ms: number): void {
    this.#network.setJitter(ms);
  }

  /** Share of datagrams that arrive twice. @throws HearsayError `ERR_OPTION` */
  setDuplication(share: number): void {
    this.#network.mischief.set("duplicate", share);
  }

  /** Share of datagrams that bring an old one along. @throws HearsayError `ERR_OPTION` */
  setReplay(share: number): void {
    this.#network.mischief.set("replay", share);
  }

  /** Share of datagrams with flipped bytes. @throws HearsayError `ERR_OPTION` */
  setCorruption(share: number): void {
    this.#network.mischief.set("corrupt", share);
  }

  /** Nodes of different groups cannot reach each other; a node in no group reaches all. Replaces an earlier shape. */
  partition(groups: readonly (readonly string[])[]): void {
    this.#shape("partition", groups);
  }

  /** Nodes reach their own group and those next to it. Replaces an earlier shape. */
  bridge(groups: readonly (readonly string[])[]): void {
    this.#shape("bridge", groups);
  }

  /** Each node reaches the two next to it, the last and the first among them. Replaces an earlier shape. */
  ring(names: readonly string[]): void {
    if (names.length < 3) throw optionError("names", "three nodes or more", names.join(" "));
    this.#shape(
      "ring",
      names.map((name) => [name]),
    );
  }

  /** Nobody reaches these nodes, and they reach nobody. */
  isolate(names: readonly string[]): void {
    this.cut(around(...names));
  }

  /** Nothing gets through here any more. */
  cut(place: Place): void {
    const ways = this.#ways(place);
    this.#network.obstruct(({ reach }) => reach.cut(ways));
  }

  /** Takes back cuts; everywhere, the shape as well. What streams have held back goes out. */
  repair(place: Place = EVERYWHERE): void {
    const ways = this.#ways(place);
    this.#free(({ reach }) => {
      if (ways === EVERY_WAY) reach.repair();
      else reach.mend(ways);
    });
  }

  /** What is sent here waits, in its order: until it is unclogged, or for `forMs`. */
  clog(place: Place = EVERYWHERE, forMs?: number): void {
    const ways = this.#ways(place);
    this.#network.obstruct((obstacles) => obstacles.clog(ways));
    const key = JSON.stringify(place);
    const count = ++this.#clogCount;
    this.#clogs.set(key, count);
    if (forMs === undefined) return;
    this.#around.after(forMs, () => {
      if (this.#clogs.get(key) !== count) return;
      this.#free((obstacles) => obstacles.endClog(ways));
    });
  }

  unclog(place: Place = EVERYWHERE): void {
    const ways = this.#ways(place);
    this.#free((obstacles) => obstacles.unclog(ways));
  }

  /** Lets nothing of this protocol through here, as a firewall does. */
  block(protocol: Protocol, place: Place = EVERYWHERE): void {
    const ways = this.#ways(place);
    this.#network.obstruct((obstacles) => obstacles.block(protocol, ways));
  }

  /** Of both protocols, if none is given. */
  unblock(protocol?: Protocol, place: Place = EVERYWHERE): void {
    const ways = this.#ways(place);
    this.#free((obstacles) => {
      if (protocol !== "tcp") obstacles.unblock("udp", ways);
      if (protocol !== "udp") obstacles.unblock("tcp", ways);
    });
  }

  /** Ends all of it; things take again as long as they did at first. */
  calm(): void {
    this.#network.calm();
    this.#around.freed();
  }

  #shape(shape: Shape, groups: readonly (readonly string[])[]): void {
    const hosts = groups.map((names) => names.map((name) => this.#around.indexOf(name)));
    this.#free(({ reach }) => reach.shape(shape, hosts));
  }

  /** A change after which something may get through that could not before. */
  #free(change: (obstacles: Obstacles) => void): void {
    this.#network.obstruct(change);
    this.#around.freed();
  }

  #ways(place: Place): readonly Way[] {
    if (place.kind === "everywhere") return EVERY_WAY;
    const indices = (names: readonly string[]): number[] => {
      return names.map((name) => this.#around.indexOf(name));
    };
    if (place.kind === "nodes") {
      return indices(place.names).flatMap((host): Way[] => [
        [host, ANYBODY],
        [ANYBODY, host],
      ]);
    }
    const [from, to] = [indices(place.from), indices(place.to)];
    const there = from.flatMap((a) => to.map((b): Way => [a, b]));
    return place.both ? [...there, ...there.map(([a, b]): Way => [b, a])] : there;
  }
}
