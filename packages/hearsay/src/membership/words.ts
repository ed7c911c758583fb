/**
 * Why a member is what it is, in plain sentences: as the observing node would say it, so "we" is that node.
 * @module
 */
import { addressHost, assertNever } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { Explanation, RunningSuspicion } from "./explanation.ts";
import type { HistoryEntry } from "./history.ts";
import type { Informant, Reason } from "./reasons.ts";

type ProbeFailed = Extract<Reason, { readonly type: "probeFailed" }>;

/** One clause for a reason: `no answer to probe 17 within 1.0 s, nor through d, e, nor over TCP`. */
export function reasonWords(reason: Reason): string {
  switch (reason.type) {
    case "started":
      return "started here";
    case "heardAlive":
      return `heard of it ${by(reason.from)}`;
    case "refuted":
      return `it refuted the suspicion, heard ${by(reason.from)}`;
    case "refuting":
      return `${refutingWords(reason)}, heard ${by(reason.from)}`;
    case "moved":
      return `it came back from ${reason.previous}, heard ${by(reason.from)}`;
    case "tagsChanged":
      return `it changed its tags, heard ${by(reason.from)}`;
    case "tagsSet":
      return "our tags were set";
    case "probeFailed":
      return probeWords(reason);
    case "accused":
      return `${reason.by} suspects it, heard ${by(reason.from)}`;
    case "toldByState":
      return `said to be ${reason.state}, heard ${by(reason.from)}`;
    case "suspicionExpired":
      return `suspected by ${reason.by}${confirmed(reason.confirmedBy)}, not refuted within ${seconds(reason.timeoutMs)}`;
    case "declaredDead":
      return `${reason.by} declared it dead, heard ${by(reason.from)}`;
    case "left":
      return `it said goodbye, heard ${by(reason.from)}`;
    case "leaving":
      return "we said goodbye";
    case "forcedOut":
      return "an operator declared it gone";
    case "nameTaken":
      return `another node claims its name, heard ${by(reason.from)}`;
    default:
      // A reason that a newer library knows and this one does not is still better than none.
      return (reason as { type: string }).type;
  }
}

/**
 * What a node knows of a member, one sentence each: what it is, how it came to that, latest last, and what
 * will happen next. `now` is on the clock of the explanation's times.
 */
export function explainInWords(explanation: Explanation, now: Instant): string[] {
  const { name, history, suspicion, localHealth } = explanation;
  const ago = (at: Instant): string => `${seconds(now - at)} ago`;
  const lines = [presentWords(explanation, ago)];
  for (const entry of history) {
    lines.push(`${ago(entry.at)} ${changeWords(name, entry)}: ${reasonWords(entry.reason)}.`);
  }
  if (suspicion !== undefined) lines.push(suspicionWords(name, suspicion, now, ago));
  lines.push(...absenceWords(explanation, ago));
  if (localHealth > 0) {
    lines.push(`We have reason to think that we are slow ourselves (local health ${localHealth}).`);
  }
  return lines;
}

function presentWords(
  { name, member, history }: Explanation,
  ago: (at: Instant) => string,
): string {
  if (member !== undefined) {
    const { state, address, incarnation, stateChangedAt } = member;
    return `${name} is ${state} at ${address}, incarnation ${incarnation}, since ${ago(stateChangedAt)}.`;
  }
  const last = history.at(-1);
  if (last === undefined) return `${name} is not known.`;
  return `${name} is not known any more; it was ${last.state} at ${last.address}, incarnation ${last.incarnation}.`;
}

function changeWords(name: string, { type, incarnation }: HistoryEntry): string {
  switch (type) {
    case "join":
      return `${name} joined, incarnation ${incarnation}`;
    case "suspect":
      return `we suspected ${name}`;
    case "alive":
      return `${name} was alive again, incarnation ${incarnation}`;
    case "update":
      return `${name} changed`;
    case "leave":
      return `${name} left`;
    case "fail":
      return `${name} was marked dead`;
    case "conflict":
      return `${name} was two`;
    default:
      return assertNever(type);
  }
}

function suspicionWords(
  name: string,
  suspicion: RunningSuspicion,
  now: Instant,
  ago: (at: Instant) => string,
): string {
  const { startedAt, confirmedBy, confirmationsNeeded, deadline, excusedMs } = suspicion;
  const count =
    confirmationsNeeded === 0
      ? ""
      : ` (${confirmedBy.length} of ${confirmationsNeeded} confirmations)`;
  const excused = excusedMs === 0 ? "" : `, ${seconds(excusedMs)} of it because we were late`;
  const left = seconds(Math.max(0, deadline - now));
  return `Suspected by ${suspicion.by}${confirmed(confirmedBy)}${count} since ${ago(startedAt)}; ${name} has ${left} left to refute${excused}.`;
}

function absenceWords(
  { lost, forgottenUpTo }: Explanation,
  ago: (at: Instant) => string,
): string[] {
  const lines: string[] = [];
  if (lost !== undefined) {
    const { address, tries, triedAt } = lost;
    const often = tries === 1 ? "once" : `${tries} times`;
    const last = triedAt === undefined ? "" : `, ${often} so far, last ${ago(triedAt)}`;
    lines.push(`We ask for it at ${address} now and then${last}.`);
  }
  if (forgottenUpTo !== undefined) {
    lines.push(`News of it up to incarnation ${forgottenUpTo} is old and ignored.`);
  }
  return lines;
}

function probeWords(reason: ProbeFailed): string {
  const { seq, intervalMs, relays, tcp, nacksReceived, excusedMs, localHealth } = reason;
  const through = relays.length === 0 ? "" : `, nor through ${relays.join(", ")}`;
  const nacks = nacksReceived === 0 ? "" : ` (${nacksReceived} of them had none either)`;
  const overTcp = tcp === "notTried" || tcp === "answered" ? "" : ", nor over TCP";
  const excused = excusedMs === 0 ? "" : `, ${seconds(excusedMs)} of it because we were late`;
  const health = localHealth === 0 ? "" : `, our local health ${localHealth}`;
  return `no answer to our probe ${seq} within ${seconds(intervalMs)}${excused}${through}${nacks}${overTcp}${health}`;
}

function refutingWords({ claim, was, by: accuser }: Extract<Reason, { type: "refuting" }>): string {
  const who = accuser === undefined ? "somebody" : accuser;
  if (claim === "alive") return `we contradicted what was said of us under incarnation ${was}`;
  return `we contradicted ${who}, who held us for ${claim} at incarnation ${was}`;
}

function confirmed(names: readonly string[]): string {
  return names.length === 0 ? "" : `, confirmed by ${names.join(", ")}`;
}

function by({ via, name, address }: Informant): string {
  if (via === "gossip") return `from ${name ?? address}`;
  // Who opened an exchange with us did so from a port that means nothing.
  return `in an exchange with ${name ?? addressHost(address)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
