/**
 * A part of a stream that is a value until somebody needs its bytes.
 *
 *     real sockets   part ─ encode ─▶ bytes ─▶ … ─▶ chunk of any size
 *     simulator      part ─────────────────────▶ chunk with the same part       its exact size is counted
 *
 * What packets have had from the beginning: where bytes prove nothing new, nobody makes them.
 * @module
 */
export interface StreamPart {
  /** Exact bytes, at least one. */
  readonly size: number;
  /** First byte of the stream that this is a part of, which tells what it is about. */
  readonly opener: number;
  encode(): Uint8Array;
}

/** What an input about a chunk holds when the chunk is a part: its bytes are made if somebody looks at them. */
export abstract class ChunkOfPart {
  readonly type = "chunk";
  readonly part: StreamPart;

  constructor(part: StreamPart) {
    this.part = part;
  }

  get bytes(): Uint8Array {
    return this.part.encode();
  }
}
