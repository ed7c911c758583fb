/**
 * Two comparisons that talk to each other without a network: for tests, experiments, and stores in one process.
 *
 *     begin ──▶ answer ──▶ answer ──▶ … until one has nothing to say
 *
 * @module
 */
import type { Instant, Rng } from "../kernel/index.ts";
import type { Comparison, StoreTurn } from "./store.ts";

export interface ConversationOptions {
  readonly rng: Rng;
  /** The wall clock of both. */
  readonly wallMs: number;
  /** Bytes of one message. @default 262144 */
  readonly maxBytes?: number;
  /** Bytes of first words that need no stream. @default 1200 */
  readonly packetBytes?: number;
  /** Words after which it is broken off. @default 100000 */
  readonly maxSteps?: number;
  /** Told of all that is said. */
  readonly onWords?: (words: Uint8Array) => void;
  /** Counts what was not done. */
  readonly drop?: (reason: string) => void;
}

/**
 * Lets `from` begin and both talk to the end; returns how many words were said.
 * @throws DecodeError when one does not understand the other
 */
export function converse(from: Comparison, to: Comparison, options: ConversationOptions): number {
  const { maxSteps = 100_000, onWords } = options;
  const turn = turnOf(options);
  let [speaker, listener] = [from, to];
  let words: Uint8Array | undefined = speaker.begin(turn);
  let steps = 0;
  while (words !== undefined) {
    onWords?.(words);
    if (++steps >= maxSteps) break;
    words = listener.answer(words, turn);
    [speaker, listener] = [listener, speaker];
  }
  return steps;
}

/** A turn outside of any machine: what a store tells the application is not heard. */
export function turnOf(options: ConversationOptions): StoreTurn {
  const { rng, wallMs, maxBytes = 262_144, packetBytes = 1200, drop = () => {} } = options;
  return {
    now: wallMs as Instant,
    wallMs,
    rng,
    maxBytes,
    packetBytes,
    notify: () => {},
    drop,
    spread: () => {},
  };
}
