/**
 * What can be found to be wrong. Codes are stable; words are for people and may change.
 * @see docs/doctor.md, which has a section for each
 * @module
 */

export const FINDING_CODES = [
  "udp-blocked",
  "udp-one-way",
  "tcp-blocked",
  "one-way",
  "packets-cut",
  "packets-lost",
  "unreachable",
  "process-stuck",
  "loop-blocked",
  "agent-silent",
  "duplicate-name",
  "duplicate-address",
  "label-differs",
  "key-differs",
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  readonly code: FindingCode;
  /** Names of the members concerned, addresses of those who have none. */
  readonly about: readonly string[];
  /** What is wrong, in a sentence. */
  readonly sentence: string;
  /** What to do about it. */
  readonly cure: string;
}
