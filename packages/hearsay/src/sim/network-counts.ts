/**
 * What a network has done since the world began: by this a campaign proves that its faults have struck.
 * @module
 */

export interface NetworkCounts {
  readonly datagrams: number;
  readonly datagramBytes: number;
  /** Datagrams lost by chance. */
  readonly lost: number;
  /** Datagrams that a partition or a cut stopped. */
  readonly cut: number;
  /** Datagrams that a block of UDP stopped, and parts of streams that wait for the end of one of TCP. */
  readonly blocked: number;
  /** Datagrams that were larger than their way lets through. */
  readonly oversized: number;
  /** Datagrams and parts of streams that have waited in a clogged way. */
  readonly clogged: number;
  /** Datagrams that found the queue of a slow link, or a clogged way, full. */
  readonly overflowed: number;
  /** Datagrams and parts of streams that a slow link has delayed. */
  readonly queued: number;
  /** Datagrams and parts of streams that jitter has delayed. */
  readonly jittered: number;
  /** Datagrams that arrived twice. */
  readonly duplicated: number;
  /** Old datagrams that were sent again. */
  readonly replayed: number;
  /** Datagrams with flipped bytes. */
  readonly corrupted: number;
  /** Datagrams and dials that were seen from another address than their sender's. */
  readonly rewritten: number;
  /** Parts of streams that had to be sent more than once. */
  readonly retransmitted: number;
  /** Parts of streams that have waited for a way through. */
  readonly held: number;
}

/** Counts at the beginning of a world. */
export class FirstCounts implements NetworkCounts {
  datagrams = 0;
  datagramBytes = 0;
  lost = 0;
  cut = 0;
  blocked = 0;
  oversized = 0;
  clogged = 0;
  overflowed = 0;
  queued = 0;
  jittered = 0;
  duplicated = 0;
  replayed = 0;
  corrupted = 0;
  rewritten = 0;
  retransmitted = 0;
  held = 0;
}
