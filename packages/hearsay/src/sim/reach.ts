/**
 * Who can reach whom, whatever the protocol.
 *
 *     partition   a b │ c d          nobody reaches another group
 *     bridge      a b ─ c ─ d e      a group reaches those next to it
 *     ring        a ─ b ─ c ─ d ─ a  each reaches the two next to it
 *     cut         a ──✕──▶ b         one way, beside all that
 *
 * Hosts are indices. One that has no place in the shape reaches all.
 * @module
 */
import { WayMap } from "./ways.ts";
import type { Way } from "./ways.ts";

export type Shape = "partition" | "bridge" | "ring";

export class Reach {
  #places = new Map<number, number>();
  #count = 0;
  #shape: Shape = "partition";
  readonly #cuts = new WayMap<true>();

  /** Whether all reach all. */
  get isWhole(): boolean {
    return this.#places.size === 0 && this.#cuts.size === 0;
  }

  /** Puts hosts into a shape, group by group; replaces an earlier one. */
  shape(shape: Shape, groups: readonly (readonly number[])[]): void {
    this.#places = new Map(groups.flatMap((hosts, place) => hosts.map((host) => [host, place])));
    this.#count = groups.length;
    this.#shape = shape;
  }

  cut(ways: readonly Way[]): void {
    for (const way of ways) this.#cuts.set(way, true);
  }

  /** Takes back the cuts of these ways. */
  mend(ways: readonly Way[]): void {
    for (const way of ways) this.#cuts.deleteWithin(way);
  }

  /** Lifts the shape and all cuts. */
  repair(): void {
    this.#places.clear();
    this.#cuts.clear();
  }

  reaches(from: number, to: number): boolean {
    if (from === to) return true;
    if (this.#cuts.get(from, to) === true) return false;
    const own = this.#places.get(from);
    const other = this.#places.get(to);
    if (own === undefined || other === undefined || own === other) return true;
    const apart = Math.abs(own - other);
    if (this.#shape === "ring") return apart === 1 || apart === this.#count - 1;
    return this.#shape === "bridge" && apart === 1;
  }
}
