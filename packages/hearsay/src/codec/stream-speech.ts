/**
 * Who speaks on a stream, and how.
 * @module
 */

/** Which side of a stream we are: only the dialer writes a label. */
export type StreamRole = "dialer" | "acceptor";

/** Memberlist's one message, sealed or not; or what is ours, plain or sealed. */
export type Speech = "raw" | "own" | "ownSealed";

/** How a side speaks: an answer must be alike. */
export interface Said {
  readonly speech: Speech;
  /** Of its sequence. */
  readonly id: Uint8Array;
}
