/**
 * A member in JSON, the same in every answer, every event and `hearsay members --json`.
 *
 * The fields are stable; `reason.text` is for people and may change, `reason.type` is for programs.
 * @module
 */
import type { MemberView, Reason } from "hearsay";
import { CAPABILITY_TAG, reasonWords } from "hearsay/membership";
import * as z from "zod";

export const reasonSchema = z.object({ type: z.string(), text: z.string() });

export const memberSchema = z.object({
  name: z.string(),
  /** `ip:port`, IPv6 in brackets. */
  address: z.string(),
  state: z.enum(["alive", "suspect", "dead", "left"]),
  /** Grows when the member restarts or refutes. */
  incarnation: z.number(),
  /** Without `hs`, by which nodes of our kind know each other. */
  tags: z.record(z.string(), z.string()),
  /** When the answering node saw this state begin: ISO 8601, UTC, ms. */
  since: z.iso.datetime(),
  /** Why the answering node holds it to be so. */
  reason: reasonSchema,
});

export type MemberJson = z.output<typeof memberSchema>;

export function memberJson(member: MemberView): MemberJson {
  const { name, address, state, incarnation, reason } = member;
  return {
    name,
    address,
    state,
    incarnation,
    tags: Object.fromEntries([...member.tags].filter(([key]) => key !== CAPABILITY_TAG)),
    since: wallClock(member.stateChangedAt),
    reason: reasonJson(reason),
  };
}

export function reasonJson(reason: Reason): z.output<typeof reasonSchema> {
  return { type: reason.type, text: reasonWords(reason) };
}

/** A wall clock that is set anew by more than this moves the origin; less is jitter. */
const CLOCK_STEP_MS = 1000;

/** The wall clock's time at the zero of the monotonic one. */
let origin = Date.now() - performance.now();

/**
 * A node's clock counts ms since its process began; people read dates. The same instant is the same date
 * in every answer, unless the wall clock has been set in between.
 */
export function wallClock(instant: number): string {
  const current = Date.now() - performance.now();
  if (Math.abs(current - origin) > CLOCK_STEP_MS) origin = current;
  return new Date(origin + instant).toISOString();
}
