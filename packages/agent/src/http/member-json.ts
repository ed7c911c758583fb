/**
 * A member in JSON, the same in every answer, every event and `hearsay members --json`.
 *
 * The fields are stable; `reason.text` is for people and may change, `reason.type` is for programs.
 * @module
 */
import type { MemberView } from "hearsay";
import { z } from "zod";
import { reasonWords } from "../reason-words.ts";

export const memberSchema = z.object({
  name: z.string(),
  /** `ip:port`, IPv6 in brackets. */
  address: z.string(),
  state: z.enum(["alive", "suspect", "dead", "left"]),
  /** Grows when the member restarts or refutes. */
  incarnation: z.number(),
  tags: z.record(z.string(), z.string()),
  /** When the answering node saw this state begin: ISO 8601, UTC, ms. */
  since: z.iso.datetime(),
  /** Why the answering node holds it to be so. */
  reason: z.object({ type: z.string(), text: z.string() }),
});

export type MemberJson = z.output<typeof memberSchema>;

export function memberJson(member: MemberView): MemberJson {
  const { name, address, state, incarnation, reason } = member;
  return {
    name,
    address,
    state,
    incarnation,
    tags: Object.fromEntries(member.tags),
    since: wallClock(member.stateChangedAt),
    reason: { type: reason.type, text: reasonWords(reason) },
  };
}

/** A node's clock counts ms since its process began; people read dates. */
export function wallClock(instant: number): string {
  return new Date(Date.now() - (performance.now() - instant)).toISOString();
}
