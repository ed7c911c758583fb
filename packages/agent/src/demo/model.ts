/**
 * What the demo knows: its processes, what each node believes of each, and what has changed.
 *
 * Nothing here starts a process or writes to a terminal. Beliefs come from the agents' own API, so an
 * observer's row is what that agent would answer, with the reason that it gives.
 * @module
 */
import type { MemberJson } from "../http/member-json.ts";

/**
 *     starting ──▶ running ──▶ leaving ──▶ left        SIGTERM
 *        │          │    ▲ └─────────────▶ killed      SIGKILL
 *        │          ▼    │
 *        │         paused (SIGSTOP, SIGCONT)
 *        └──▶ failed                                   ended by itself
 */
export type ProcessState =
  | "starting"
  | "running"
  | "paused"
  | "leaving"
  | "left"
  | "killed"
  | "failed";

export type Belief = MemberJson["state"];

export interface DemoNode {
  readonly name: string;
  process: ProcessState;
  pid: number | undefined;
  /** Where the others reach it, once it is up. */
  address: string | undefined;
  http: string | undefined;
  /** The last words of a process that failed. */
  complaint: string;
  /** By subject; what is missing is not known. */
  readonly beliefs: Map<string, { readonly state: Belief; readonly since: number }>;
}

/** One change of one subject, with everybody who has seen it. */
export interface Change {
  /** Ms since the demo began, when the first observer saw it. */
  readonly at: number;
  readonly subject: string;
  readonly state: Belief;
  /** In the order in which they saw it. */
  readonly observers: string[];
  /** In the words of the first observer. */
  readonly reason: string;
}

/** Whether the running nodes are of one mind, and whether they are right. */
export type Verdict =
  /** Some still start, or nobody runs. */
  | { readonly type: "forming" }
  | { readonly type: "differ"; readonly about: readonly string[] }
  /** They agree, and somebody among those that they agree on is suspect. */
  | { readonly type: "suspicion"; readonly about: readonly string[] }
  /** They agree on something that is no longer so. */
  | { readonly type: "unnoticed"; readonly about: readonly string[] }
  | { readonly type: "agree"; readonly counts: Readonly<Record<Belief, number>> };

export interface Observation {
  readonly observer: string;
  readonly subject: string;
  readonly state: Belief;
  readonly reason: string;
  /** Ms since the demo began. */
  readonly at: number;
}

/** Changes kept to be shown. */
const MAX_CHANGES = 100;
/** Observers of one change hear of it within this time; later, it is another change. */
const SAME_CHANGE_MS = 20_000;
/** `since` is reckoned anew in every answer and may differ by so much. */
const SINCE_SLACK_MS = 5;

export class DemoModel {
  readonly nodes: DemoNode[] = [];
  readonly changes: Change[] = [];
  readonly #startedAt: number;
  readonly #onObservation: (observation: Observation) => void;

  /** `startedAt` in ms since 1970, as the agents' own times are. */
  constructor(startedAt: number, onObservation: (observation: Observation) => void = () => {}) {
    this.#startedAt = startedAt;
    this.#onObservation = onObservation;
  }

  add(name: string): DemoNode {
    const beliefs: DemoNode["beliefs"] = new Map();
    const node: DemoNode = {
      name,
      process: "starting",
      pid: undefined,
      address: undefined,
      http: undefined,
      complaint: "",
      beliefs,
    };
    this.nodes.push(node);
    return node;
  }

  node(name: string): DemoNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  elapsed(now: number): number {
    return now - this.#startedAt;
  }

  /** Nodes that somebody believes something of: ours first, then guests that have joined. */
  get subjects(): readonly string[] {
    const names = this.nodes.map(({ name }) => name);
    const known = new Set(names);
    const guests = new Set<string>();
    for (const { beliefs } of this.running) {
      for (const name of beliefs.keys()) if (!known.has(name)) guests.add(name);
    }
    return [...names, ...[...guests].sort((a, b) => (a < b ? -1 : 1))];
  }

  get running(): readonly DemoNode[] {
    return this.nodes.filter((node) => node.process === "running");
  }

  /** One member as one observer sees it now. */
  observe(observer: string, member: MemberJson): void {
    const beliefs = this.node(observer)?.beliefs;
    const since = Date.parse(member.since);
    const before = beliefs?.get(member.name);
    if (beliefs === undefined) return;
    // Two connections bring the news; an answer may be older than an event that came before it.
    if (before !== undefined && since < before.since - SINCE_SLACK_MS) return;
    beliefs.set(member.name, { state: member.state, since });
    if (before?.state === member.state || observer === member.name) return;
    this.#record({
      observer,
      subject: member.name,
      state: member.state,
      reason: member.reason.text,
      at: this.elapsed(since),
    });
  }

  /** Everybody that an observer knows; whom it has forgotten since is known no more. */
  observeAll(observer: string, members: readonly MemberJson[]): void {
    for (const member of members) this.observe(observer, member);
    const names = new Set(members.map(({ name }) => name));
    const beliefs = this.node(observer)?.beliefs ?? new Map<string, { state: Belief }>();
    for (const [name, { state }] of beliefs) {
      // Only the gone are forgotten; a living one that is missing is news that has overtaken this list.
      if (!names.has(name) && (state === "dead" || state === "left")) beliefs.delete(name);
    }
  }

  verdict(): Verdict {
    const observers = this.running;
    if (observers.length === 0 || this.nodes.some(({ process }) => process === "starting")) {
      return { type: "forming" };
    }
    const views = new Map(this.subjects.map((subject) => [subject, viewsOf(subject, observers)]));
    const about = this.subjects.filter((subject) => (views.get(subject)?.size ?? 0) > 1);
    if (about.length > 0) return { type: "differ", about };
    const common = (subject: string): Belief | undefined => [...(views.get(subject) ?? [])][0];
    const suspects = this.subjects.filter((subject) => common(subject) === "suspect");
    if (suspects.length > 0) return { type: "suspicion", about: suspects };
    const wrong = this.nodes.filter(({ name, process }) => !fits(process, common(name)));
    if (wrong.length > 0) return { type: "unnoticed", about: wrong.map(({ name }) => name) };
    const counts = { alive: 0, suspect: 0, dead: 0, left: 0 };
    for (const subject of this.subjects) {
      const state = common(subject);
      if (state !== undefined) counts[state]++;
    }
    return { type: "agree", counts };
  }

  #record(observation: Observation): void {
    const { observer, subject, state, reason, at } = observation;
    const same = this.#openChange(observation);
    if (same === undefined)
      this.changes.push({ at, subject, state, observers: [observer], reason });
    else same.observers.push(observer);
    if (this.changes.length > MAX_CHANGES) this.changes.shift();
    this.#onObservation(observation);
  }

  /** The change that this observer is one more witness of. */
  #openChange({ observer, subject, state, at }: Observation): Change | undefined {
    for (const change of this.changes.toReversed()) {
      if (change.subject !== subject) continue;
      if (change.observers.includes(observer) || at - change.at > SAME_CHANGE_MS) return undefined;
      if (change.state === state) return change;
    }
    return undefined;
  }
}

/**
 * The different views of one subject. Not to know of somebody who is gone is no other view: newcomers are
 * not told, and everybody forgets in time.
 */
function viewsOf(subject: string, observers: readonly DemoNode[]): Set<Belief | undefined> {
  const views = new Set(observers.map(({ beliefs }) => beliefs.get(subject)?.state));
  const isGone = [...views].every((view) => view !== "alive" && view !== "suspect");
  if (isGone && views.size > 1) views.delete(undefined);
  return views;
}

/** Whether a belief is what an all-knowing observer would hold. */
function fits(process: ProcessState, belief: Belief | undefined): boolean {
  switch (process) {
    case "running":
      return belief === "alive";
    case "leaving":
      return belief === "left";
    case "left":
      return belief === "left" || belief === "dead" || belief === undefined;
    case "killed":
    case "failed":
      return belief === "dead" || belief === "left" || belief === undefined;
    default:
      // Of a process that stands still, both are true.
      return belief === "alive" || belief === "dead" || belief === undefined;
  }
}
