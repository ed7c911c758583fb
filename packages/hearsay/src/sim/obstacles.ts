/**
 * What does not let things through: the shape of the network and its cuts, firewalls, clogs.
 *
 *     reach      nothing gets through, whatever it is        reach.ts
 *     block      nothing of UDP, or nothing of TCP
 *     mtu        no datagram that is larger: nobody cuts it up, and nobody is told
 *     clog       everything waits until the way is free
 *
 * @module
 */
import type { Protocol } from "./place.ts";
import { Reach } from "./reach.ts";
import { WayMap } from "./ways.ts";
import type { Way } from "./ways.ts";

export class Obstacles {
  readonly reach: Reach = new Reach();
  readonly #blocked: Readonly<Record<Protocol, WayMap<true>>> = {
    udp: new WayMap<true>(),
    tcp: new WayMap<true>(),
  };
  readonly #clogged = new WayMap<true>();
  /** Bytes of a datagram, at most. */
  readonly #mtu = new WayMap<number>();

  get areNone(): boolean {
    const { udp, tcp } = this.#blocked;
    const areOpen = udp.size === 0 && tcp.size === 0 && this.#mtu.size === 0;
    return this.reach.isWhole && areOpen && this.#clogged.size === 0;
  }

  block(protocol: Protocol, ways: readonly Way[]): void {
    for (const way of ways) this.#blocked[protocol].set(way, true);
  }

  /** Takes back the blocks of these ways and of all within them. */
  unblock(protocol: Protocol, ways: readonly Way[]): void {
    for (const way of ways) this.#blocked[protocol].deleteWithin(way);
  }

  clog(ways: readonly Way[]): void {
    for (const way of ways) this.#clogged.set(way, true);
  }

  /** Frees these ways and all within them. */
  unclog(ways: readonly Way[]): void {
    for (const way of ways) this.#clogged.deleteWithin(way);
  }

  /** Takes back a clog of exactly these ways. */
  endClog(ways: readonly Way[]): void {
    for (const way of ways) this.#clogged.delete(way);
  }

  /** Datagrams have so many bytes here at most; any number for `undefined`, here and on all ways within. */
  narrow(bytes: number | undefined, ways: readonly Way[]): void {
    for (const way of ways) {
      this.#mtu.deleteWithin(way);
      if (bytes !== undefined) this.#mtu.set(way, bytes);
    }
  }

  /** Whether a datagram of so many bytes is too large for this way. */
  cutsOff(from: number, to: number, bytes: number): boolean {
    return from !== to && bytes > (this.#mtu.get(from, to) ?? Infinity);
  }

  blocks(protocol: Protocol, from: number, to: number): boolean {
    return from !== to && this.#blocked[protocol].get(from, to) === true;
  }

  clogs(from: number, to: number): boolean {
    return from !== to && this.#clogged.get(from, to) === true;
  }

  /** Whether something of this protocol gets through at once. */
  lets(protocol: Protocol, from: number, to: number): boolean {
    if (!this.reach.reaches(from, to)) return false;
    return !this.blocks(protocol, from, to) && !this.clogs(from, to);
  }
}
