/**
 * Links of limited bandwidth: what comes faster than it can leave waits in front of the link.
 *
 *     now          free at
 *      ├─ waiting ───┤◀─ own time on the link ─▶
 *
 * Each direction between two hosts is a link of its own. A queue that is full drops datagrams; streams slow
 * down by their windows.
 * @module
 */
import { optionError } from "../kernel/index.ts";
import { ANYBODY, keyOf, WayMap } from "./ways.ts";
import type { Way } from "./ways.ts";

/** Bytes of headers below a payload: IPv4 and UDP. */
const HEADER_BYTES = 28;
/** What waits in front of a link at most; more is dropped. */
export const LINK_QUEUE_BYTES = 65_536;

export class LinkQueues {
  readonly #bytesPerMs = new WayMap<number>();
  /** When each link will have sent all that it has been given. */
  readonly #freeAt = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#bytesPerMs.size === 0;
  }

  /**
   * How much the ways carry; `undefined` lets them carry all.
   * @throws HearsayError `ERR_OPTION`
   */
  limit(ways: readonly Way[], bitsPerSecond: number | undefined): void {
    if (bitsPerSecond !== undefined && !(bitsPerSecond > 0 && bitsPerSecond < Infinity)) {
      throw optionError("bandwidth", "bits a second, more than 0", bitsPerSecond);
    }
    for (const way of ways) {
      if (way[0] === way[1] || bitsPerSecond === undefined) this.#bytesPerMs.deleteWithin(way);
      if (bitsPerSecond !== undefined) this.#bytesPerMs.set(way, bitsPerSecond / 8000);
    }
    if (this.isEmpty) this.#freeAt.clear();
  }

  /** Ms until `bytes` that are sent now are through, the wait included; `undefined` if there is no room for them. */
  pass(
    from: number,
    to: number,
    bytes: number,
    now: number,
    isBounded: boolean,
  ): number | undefined {
    const bytesPerMs = from === to ? undefined : this.#bytesPerMs.get(from, to);
    if (bytesPerMs === undefined || to === ANYBODY) return 0;
    const key = keyOf(from, to);
    const free = Math.max(now, this.#freeAt.get(key) ?? 0);
    const size = bytes + HEADER_BYTES;
    if (isBounded && (free - now) * bytesPerMs + size > LINK_QUEUE_BYTES) return undefined;
    const through = free + size / bytesPerMs;
    this.#freeAt.set(key, through);
    return through - now;
  }
}
