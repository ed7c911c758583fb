/**
 * Publications that are kept for a while, for those who may ask for them: bounded by count and bytes, the oldest
 * given up first.
 * @module
 */
import { keyOf } from "./publication.ts";
import type { PublicationId } from "./publication.ts";

/** What a publication costs beside its payload, about. */
const OVERHEAD_BYTES = 200;

interface Kept extends PublicationId {
  readonly payload: Uint8Array | undefined;
}

export class KeptPublications<P extends Kept> {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  /** In the order in which they came. Made with the first. */
  #kept: Map<string, P> | undefined;
  #bytes = 0;

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#kept?.size ?? 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: PublicationId): P | undefined {
    return this.#kept?.get(keyOf(id));
  }

  /** Keeps it, and gives up the oldest until the rest is within bounds. */
  add(publication: P): void {
    this.#kept ??= new Map();
    this.#kept.set(keyOf(publication), publication);
    this.#bytes += sizeOf(publication);
    while (this.#kept.size > this.#maxCount || this.#bytes > this.#maxBytes) {
      const [oldest] = this.#kept;
      if (oldest === undefined) return;
      this.#kept.delete(oldest[0]);
      this.#bytes -= sizeOf(oldest[1]);
    }
  }

  /** Of an empty one: what another kept, oldest first. */
  restore(publications: readonly P[]): void {
    for (const publication of publications) this.add(publication);
  }

  /** All, oldest first. */
  values(): IterableIterator<P> {
    return (this.#kept ?? new Map<string, P>()).values();
  }
}

function sizeOf({ payload }: Kept): number {
  return OVERHEAD_BYTES + (payload?.length ?? 0);
}
