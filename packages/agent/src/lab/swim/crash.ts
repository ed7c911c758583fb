/**
 * Processes end without a word: when does the first member say so, and when have all?
 *
 *     crash ──▶ first ping at it ─T'─▶ first suspicion ──▶ first "fail" ──▶ last "fail" ──▶ restart, rejoin, again
 *
 * @see SWIM §3.1, §5; Lifeguard §V
 * @module
 */
import { resolveMembershipConfig } from "hearsay/membership";
import type { Experiment } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import type { Verdict, WatchedCluster } from "../watched-cluster.ts";

export interface CrashParameters extends ClusterParameters {
  /** Crashes in one run; those of a batch come at random within one probe interval. */
  readonly crashes: number;
  readonly together: number;
  /** What to wait for before the crashed are started again. */
  readonly until: "suspected" | "dead";
  /** Longest wait for that. */
  readonly maxMs: number;
}

/** How one crash was noticed; `Infinity` is not at all. */
interface Notice {
  readonly at: number;
  readonly observers: Set<string>;
  firstPing: number;
  suspect: number;
  first: number;
  last: number;
}

/** Longest wait until those who have come back are known to all again. */
const MAX_RETURN_MS = 60_000;

export const CRASH: Experiment<CrashParameters> = {
  name: "crash",
  story: "nodes crash, are declared dead by all, and come back",
  measures: {
    firstPingMs: "from the crash to the start of the first probe that nobody answers, ms",
    suspectMs: "to the first suspicion at any member, ms",
    firstMs: "to the first member that declares it dead, ms",
    fullMs: "until the last member has heard of it, ms",
    missed: "members that had not heard of it when the time was up",
  },
  defaults: { ...CLUSTER_DEFAULTS, crashes: 10, together: 1, until: "dead", maxMs: 120_000 },
  choices: { until: ["suspected", "dead"] },

  run(parameters, seed) {
    const lab = new LabCluster({ ...parameters, seed });
    lab.form();
    return crashMembers(lab, parameters);
  },
};

/** Crashes members of a cluster that has formed, batch by batch. */
export function crashMembers(
  lab: WatchedCluster,
  parameters: CrashParameters,
): Record<"firstPingMs" | "suspectMs" | "firstMs" | "fullMs" | "missed", number[]> {
  const { crashes, together, until, maxMs } = parameters;
  const sample = {
    firstPingMs: [] as number[],
    suspectMs: [] as number[],
    firstMs: [] as number[],
    fullMs: [] as number[],
    missed: [] as number[],
  };
  for (let done = 0; done < crashes; done += together) {
    const batch = crashBatch(lab, parameters, Math.min(together, crashes - done));
    const isNoticed =
      until === "dead"
        ? () => batch.every(({ observers }) => observers.size === 0)
        : () => batch.every(({ suspect }) => suspect < Infinity);
    lab.world.runUntil(isNoticed, maxMs);
    lab.listen(undefined);
    for (const { at, firstPing, suspect, first, last, observers } of batch) {
      if (firstPing < Infinity) sample.firstPingMs.push(firstPing - at);
      if (suspect < Infinity) sample.suspectMs.push(suspect - at);
      if (first < Infinity) sample.firstMs.push(first - at);
      if (until === "suspected") continue;
      if (observers.size === 0 && last > 0) sample.fullMs.push(last - at);
      sample.missed.push(observers.size);
    }
    bringBack(lab);
  }
  return sample;
}

function crashBatch(lab: WatchedCluster, parameters: CrashParameters, size: number): Notice[] {
  const { world, rng } = lab;
  const { probeIntervalMs } = resolveMembershipConfig(parameters.membership);
  const names = [...lab.live];
  const victims = Array.from(
    { length: size },
    () => names.splice(rng.below(names.length), 1)[0] as string,
  );
  const times = victims.map(() => rng.unit() * probeIntervalMs).toSorted((a, b) => a - b);
  const notices = new Map<string, Notice>();
  lab.listen((told) => note(notices.get(told.about), told));
  const began = world.now;
  for (const [index, victim] of victims.entries()) {
    world.run(Math.max(0, began + (times[index] as number) - world.now));
    world.crash(victim);
    // Who has lost it before cannot lose it again.
    const observers = new Set(names.filter((name) => lab.view(name).has(victim)));
    notices.set(victim, {
      at: world.now,
      observers,
      firstPing: Infinity,
      suspect: Infinity,
      first: Infinity,
      last: 0,
    });
  }
  return [...notices.values()];
}

function note(notice: Notice | undefined, { at, node, event }: Verdict): void {
  if (notice === undefined) return;
  if (event.type === "suspect") {
    notice.suspect = Math.min(notice.suspect, at);
    const { reason } = event;
    if (reason.type === "probeFailed") {
      notice.firstPing = Math.min(notice.firstPing, reason.startedAt);
    }
  } else if (event.type === "fail") {
    notice.first = Math.min(notice.first, at);
    if (notice.observers.delete(node)) notice.last = Math.max(notice.last, at);
  }
}

/** Starts the crashed again and lets them join; the next crash shall find a whole cluster at rest. */
export function bringBack(lab: WatchedCluster): void {
  const { world, rng, live } = lab;
  const back = world.names.filter((name) => !world.isAlive(name));
  for (const name of back) lab.comeBack(name, live[rng.below(live.length)] as string);
  const isBack = (name: string): boolean =>
    lab.knowing(name, live) === live.length && lab.view(name).size >= live.length;
  for (let waited = 0; waited < MAX_RETURN_MS && !back.every(isBack); waited += 1000)
    world.run(1000);
  world.run(2000 + rng.unit() * 1000);
}
