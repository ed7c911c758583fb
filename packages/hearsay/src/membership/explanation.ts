/**
 * Everything that a node can say of why a member is what it is.
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Incarnation, Instant } from "../kernel/index.ts";
import type { Forgotten } from "./forgotten.ts";
import type { History, HistoryEntry } from "./history.ts";
import type { LocalHealth } from "./local-health.ts";
import type { LocalMember } from "./local-member.ts";
import type { LostMember, LostMembers } from "./lost-members.ts";
import { viewOf } from "./member.ts";
import type { Member, MemberView } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { Suspicions } from "./suspicion.ts";

/** A suspicion that is running. */
export interface RunningSuspicion {
  readonly startedAt: Instant;
  /** Who suspected first, and who has confirmed it since. */
  readonly by: string;
  readonly confirmedBy: readonly string[];
  /** Confirmations that shrink it to its shortest. */
  readonly confirmationsNeeded: number;
  /** When the member is declared dead, unless it refutes, is confirmed, or we are late. */
  readonly deadline: Instant;
  /** Time added because we were late ourselves. */
  readonly excusedMs: number;
}

/** Plain data; `explainInWords` makes sentences of it. */
export interface Explanation {
  readonly name: string;
  /** The node that explains: "we" in its sentences. */
  readonly observer: string;
  /** The row, unless it is forgotten. */
  readonly member: MemberView | undefined;
  /** Its latest changes, oldest first. */
  readonly history: readonly HistoryEntry[];
  readonly suspicion: RunningSuspicion | undefined;
  /** Asked for now and then, because it died and may come back. */
  readonly lost: LostMember | undefined;
  /** Claims up to this incarnation wake it no more. */
  readonly forgottenUpTo: Incarnation | undefined;
  /** How slow we take ourselves to be; 0 is not at all. */
  readonly localHealth: number;
}

/** The parts that know something of a member. */
export interface Explainable {
  readonly table: MemberTable;
  readonly suspicions: Suspicions;
  readonly local: LocalMember;
  readonly health: LocalHealth;
  readonly history: History;
  readonly lost: LostMembers;
  readonly forgotten: Forgotten;
}

/** All that `parts` know of `name`, or `undefined` if that is nothing. */
export function explain(name: string, now: Instant, parts: Explainable): Explanation | undefined {
  const member = parts.table.get(name);
  const history = parts.history.of(name);
  const lost = parts.lost.get(name);
  const forgottenUpTo = parts.forgotten.incarnationOf(name, now);
  const isKnown = member !== undefined || history.length > 0 || lost !== undefined;
  if (!isKnown && forgottenUpTo === undefined) return undefined;
  return {
    name,
    observer: parts.local.member.name,
    member: member === undefined ? undefined : viewOf(member),
    history,
    suspicion: member === undefined ? undefined : runningSuspicion(member, parts.suspicions),
    lost,
    forgottenUpTo,
    localHealth: parts.health.score,
  };
}

function runningSuspicion(member: Member, suspicions: Suspicions): RunningSuspicion | undefined {
  const suspicion = suspicions.of(member);
  if (suspicion === undefined) return undefined;
  const { startedAt, by, confirmedBy, confirmationsNeeded, timeoutMs, excusedMs } = suspicion;
  const deadline = later(startedAt, timeoutMs + excusedMs);
  const names = [...confirmedBy];
  return { startedAt, by, confirmedBy: names, confirmationsNeeded, deadline, excusedMs };
}
