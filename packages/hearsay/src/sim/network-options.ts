/**
 * What a network is like from the beginning.
 * @module
 */
import type { Latency } from "./distributions.ts";

export interface NetworkOptions {
  /** Ms from one host to another: a constant, a range, or a distribution. @default 1 */
  readonly latencyMs?: Latency;
  /** The same from each host (row) to each (column), in the order in which they are added. @default latencyMs */
  readonly latencyMatrixMs?: readonly (readonly Latency[])[];
  /** Ms on top, uniform from 0: the more, the more overtake each other. @default 0 */
  readonly jitterMs?: number;
  /** Probability that a datagram is lost, in `0..1`. @default 0 */
  readonly loss?: number;
  /** Bits a second that each direction between two hosts carries. @default as many as one likes */
  readonly bandwidth?: number;
  /** Probability that a datagram arrives twice. @default 0 */
  readonly duplicate?: number;
  /** Probability that an old datagram is sent again with a new one. @default 0 */
  readonly replay?: number;
  /** Probability that bytes of a datagram are flipped. @default 0 */
  readonly corrupt?: number;
}
