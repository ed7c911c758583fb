/**
 * Something for the ways between hosts, where the most particular word holds:
 *
 *     from a to b   ▸   from a to anybody   ▸   from anybody to b   ▸   from anybody to anybody
 *
 * @module
 */

/** In the place of a host: whoever it is. */
export const ANYBODY = -1;

/** One way, from a host to a host or to anybody. */
export type Way = readonly [from: number, to: number];

const STRIDE = 16_777_216;

export class WayMap<T> {
  readonly #values = new Map<number, T>();

  get size(): number {
    return this.#values.size;
  }

  set(way: Way, value: T): void {
    this.#values.set(keyOf(way[0], way[1]), value);
  }

  get(from: number, to: number): T | undefined {
    const values = this.#values;
    if (values.size === 0) return undefined;
    return (
      values.get(keyOf(from, to)) ??
      values.get(keyOf(from, ANYBODY)) ??
      values.get(keyOf(ANYBODY, to)) ??
      values.get(keyOf(ANYBODY, ANYBODY))
    );
  }

  /** Takes back what was said of exactly this way. */
  delete([from, to]: Way): void {
    this.#values.delete(keyOf(from, to));
  }

  /** The same; and if the way is one to or from anybody, of all ways of its host. */
  deleteWithin([from, to]: Way): void {
    if (from === ANYBODY && to === ANYBODY) return this.clear();
    if (from !== ANYBODY && to !== ANYBODY) return this.delete([from, to]);
    for (const key of this.#values.keys()) {
      const [otherFrom, otherTo] = wayOf(key);
      if (from === ANYBODY ? otherTo === to : otherFrom === from) this.#values.delete(key);
    }
  }

  clear(): void {
    this.#values.clear();
  }
}

/** A number for a way, in which `ANYBODY` has its place. */
export function keyOf(from: number, to: number): number {
  return (from + 1) * STRIDE + to + 1;
}

function wayOf(key: number): Way {
  return [Math.floor(key / STRIDE) - 1, (key % STRIDE) - 1];
}
