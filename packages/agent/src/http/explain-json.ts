/**
 * Why a member is what it is, in JSON: facts for programs, sentences for people.
 * @module
 */
import type { Explanation, HistoryEntry } from "hearsay";
import * as z from "zod";
import { memberJson, memberSchema, reasonJson, reasonSchema, wallClock } from "./member-json.ts";

const at = z.iso.datetime();

const changeSchema = z.object({
  /** As the events' types. */
  type: z.string(),
  at,
  /** The member after the change. */
  state: memberSchema.shape.state,
  incarnation: z.number(),
  address: z.string(),
  reason: reasonSchema,
});

export const explanationSchema = z.object({
  name: z.string(),
  /** The node that explains: "we" in its sentences. */
  observer: z.string(),
  /** What it is now; `null` when it has been forgotten. */
  member: memberSchema.nullable(),
  /** Its latest changes, oldest first. */
  history: z.array(changeSchema),
  /** The suspicion that is running. */
  suspicion: z
    .object({
      by: z.string(),
      confirmedBy: z.array(z.string()),
      confirmationsNeeded: z.number(),
      startedAt: at,
      /** When it will be declared dead, unless it refutes or is confirmed. */
      deadline: at,
      /** Ms of the time that it was given because the observer was late itself. */
      excusedMs: z.number(),
    })
    .nullable(),
  /** Asked for now and then, because it died and may come back. */
  lost: z
    .object({ address: z.string(), lostAt: at, tries: z.number(), triedAt: at.nullable() })
    .nullable(),
  /** News of it up to this incarnation is old and ignored. */
  forgottenUpTo: z.number().nullable(),
  /** How slow the observer takes itself to be; 0 is not at all. */
  localHealth: z.number(),
  /** All of it in sentences. */
  text: z.array(z.string()),
});

export type ExplanationJson = z.output<typeof explanationSchema>;

export function explanationJson(
  explanation: Explanation,
  sentences: readonly string[],
): ExplanationJson {
  const { name, observer, member, history, forgottenUpTo, localHealth } = explanation;
  return {
    name,
    observer,
    member: member === undefined ? null : memberJson(member),
    history: history.map(changeJson),
    suspicion: suspicionJson(explanation.suspicion),
    lost: lostJson(explanation.lost),
    forgottenUpTo: forgottenUpTo ?? null,
    localHealth,
    text: [...sentences],
  };
}

function changeJson(entry: HistoryEntry): ExplanationJson["history"][number] {
  const { type, state, incarnation, address, reason } = entry;
  return { type, at: wallClock(entry.at), state, incarnation, address, reason: reasonJson(reason) };
}

function suspicionJson(suspicion: Explanation["suspicion"]): ExplanationJson["suspicion"] {
  if (suspicion === undefined) return null;
  const { by, confirmedBy, confirmationsNeeded, excusedMs } = suspicion;
  const [startedAt, deadline] = [wallClock(suspicion.startedAt), wallClock(suspicion.deadline)];
  return {
    by,
    confirmedBy: [...confirmedBy],
    confirmationsNeeded,
    startedAt,
    deadline,
    excusedMs,
  };
}

function lostJson(lost: Explanation["lost"]): ExplanationJson["lost"] {
  if (lost === undefined) return null;
  const { address, tries, lostAt, triedAt } = lost;
  return {
    address,
    lostAt: wallClock(lostAt),
    tries,
    triedAt: triedAt === undefined ? null : wallClock(triedAt),
  };
}
