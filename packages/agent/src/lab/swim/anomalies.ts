/**
 * Some nodes are in trouble, on and off: who is declared dead though nothing ails him?
 *
 *     cut    packets of the node are lost both ways while its timers run      Lifeguard's anomaly
 *     stop   the process is stopped and goes on (SIGSTOP, SIGCONT)
 *     slow   every input costs the node `workMs`
 *
 * A false positive is a `fail` told of a node that is not in trouble; at the healthy and at the sick apart.
 * @see Lifeguard §V, interval experiments
 * @module
 */
import type { NetworkCounts } from "hearsay/sim";
import type { Experiment, Sample } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import type { WatchedCluster } from "../watched-cluster.ts";

export interface AnomalyParameters extends ClusterParameters {
  readonly troubled: number;
  readonly trouble: "cut" | "stop" | "slow";
  /** How long it lasts, and how long the node is well in between: at random in these ranges. */
  readonly downMs: readonly [least: number, most: number];
  readonly upMs: readonly [least: number, most: number];
  /** Whether all are in trouble at the same times, or each at its own. */
  readonly inStep: boolean;
  readonly workMs: number;
  /** Until the last trouble begins. */
  readonly seconds: number;
  /** Time to count on after that. */
  readonly afterSeconds: number;
  /** Healthy nodes that crash meanwhile, one after the other in the first three quarters. */
  readonly crashes: number;
}

export const ANOMALIES: Experiment<AnomalyParameters> = {
  name: "anomalies",
  story: "some nodes are cut off, stopped or slow, on and off",
  measures: {
    atHealthy: "false positives told at nodes that were well",
    atSick: "false positives told at the troubled",
    ofSick: "troubled nodes declared dead, at any node",
    healthyHours: "hours of all healthy nodes together",
    sickHours: "hours of all troubled ones",
    firstMs: "from the crash of a healthy node to the first that declares it, ms",
    fullMs: "until all healthy ones have heard, ms",
    missed: "healthy nodes that had not heard in the end, of each crash",
    messages: "datagrams sent, but for those that a cut has stopped",
  },
  defaults: {
    ...CLUSTER_DEFAULTS,
    n: 128,
    troubled: 4,
    trouble: "cut",
    downMs: [1000, 20_000],
    upMs: [1000, 5000],
    inStep: false,
    workMs: 120,
    seconds: 120,
    afterSeconds: 0,
    crashes: 0,
  },
  choices: { trouble: ["cut", "stop", "slow"] },

  run(parameters, seed) {
    const lab = new LabCluster({ ...parameters, seed });
    lab.form();
    return trouble(lab, parameters);
  },
};

export function trouble(lab: WatchedCluster, parameters: AnomalyParameters): Sample {
  const { n, troubled, seconds, afterSeconds } = parameters;
  const { world } = lab;
  const names = Array.from({ length: troubled }, (_, i) => `n${i + 1}`);
  const isTroubled = new Set(names);
  const counts = { atHealthy: 0, atSick: 0, ofSick: 0 };
  const crashes = planCrashes(lab, parameters, isTroubled);
  lab.listen(({ at, node, about, event }) => {
    if (event.type !== "fail") return;
    const crash = crashes.get(about);
    if (crash?.at !== undefined) {
      if (crash.observers.delete(node)) crash.heard.push(at - crash.at);
    } else if (isTroubled.has(about)) counts.ofSick++;
    else if (isTroubled.has(node)) counts.atSick++;
    else counts.atHealthy++;
  });
  const before = world.counts;
  const began = world.now;
  takeTurns(lab, parameters, names, began + seconds * 1000);
  world.run(afterSeconds * 1000);
  lab.listen(undefined);
  const dead = [...crashes.values()].filter(({ at }) => at !== undefined);
  const hours = (world.now - began) / 3_600_000;
  return {
    atHealthy: [counts.atHealthy],
    atSick: [counts.atSick],
    ofSick: [counts.ofSick],
    healthyHours: [(n - troubled) * hours],
    sickHours: [troubled * hours],
    firstMs: dead.flatMap(({ heard }) => heard.slice(0, 1)),
    fullMs: dead.flatMap(({ heard, observers }) => (observers.size === 0 ? heard.slice(-1) : [])),
    missed: dead.map(({ observers }) => observers.size),
    messages: [delivered(world.counts) - delivered(before)],
  };
}

/** A crash to come, or that has come. */
interface Crash {
  at: number | undefined;
  /** Healthy nodes that knew it and have not said that it is dead. */
  readonly observers: Set<string>;
  /** When each of them did, from the crash on. */
  readonly heard: number[];
}

function planCrashes(
  lab: WatchedCluster,
  { n, crashes, seconds }: AnomalyParameters,
  isTroubled: ReadonlySet<string>,
): Map<string, Crash> {
  const { world } = lab;
  const plan = new Map<string, Crash>();
  const victims = Array.from({ length: crashes }, (_, i) => `n${n - 1 - i}`);
  for (const [index, name] of victims.entries()) {
    const crash: Crash = { at: undefined, observers: new Set(), heard: [] };
    plan.set(name, crash);
    world.after((750 * seconds * (index + lab.rng.unit())) / crashes, () => {
      crash.at = world.now;
      world.crash(name);
      for (const other of lab.live) {
        if (!isTroubled.has(other) && lab.view(other).has(name)) crash.observers.add(other);
      }
      // Who is dead hears nothing more of those who die after it.
      for (const { observers } of plan.values()) observers.delete(name);
    });
  }
  return plan;
}

/** A turn of a group of nodes: all of them if in step, one otherwise. */
interface Turn {
  readonly names: readonly string[];
  at: number;
  isDown: boolean;
}

function takeTurns(
  lab: WatchedCluster,
  parameters: AnomalyParameters,
  names: readonly string[],
  end: number,
): void {
  const { world, rng } = lab;
  const { trouble: kind, downMs, upMs, inStep, workMs } = parameters;
  const groups = inStep ? [names] : names.map((name) => [name]);
  const steady = kind === "slow" || names.length === 0;
  const turns: Turn[] = steady
    ? []
    : groups.map((group) => ({ names: group, at: world.now, isDown: false }));
  if (kind === "slow") for (const name of names) world.slow(name, workMs);
  const down = new Set<string>();
  for (;;) {
    const turn = turns.reduce<Turn | undefined>(
      (a, b) => (a !== undefined && a.at <= b.at ? a : b),
      undefined,
    );
    // Trouble that has begun runs its course.
    if (turn === undefined || (turn.at >= end && !turn.isDown)) break;
    world.run(Math.max(0, turn.at - world.now));
    turn.isDown = !turn.isDown;
    const [least, most] = turn.isDown ? downMs : upMs;
    for (const name of turn.names) setDown(lab, kind, name, turn.isDown, down);
    if (kind === "cut") cutOff(lab, down);
    turn.at = world.now + least + rng.unit() * (most - least);
    if (world.now >= end && turns.every(({ isDown }) => !isDown)) break;
  }
  world.run(Math.max(0, end - world.now));
  if (kind === "slow") for (const name of names) world.slow(name, 0);
}

function setDown(
  { world }: WatchedCluster,
  kind: AnomalyParameters["trouble"],
  name: string,
  isDown: boolean,
  down: Set<string>,
): void {
  if (isDown) down.add(name);
  else down.delete(name);
  if (kind !== "stop") return;
  if (isDown) world.pause(name);
  else world.resume(name);
}

function cutOff({ world }: WatchedCluster, down: ReadonlySet<string>): void {
  if (down.size === 0) return world.repair();
  const others = world.names.filter((name) => !down.has(name));
  world.partition([others, ...[...down].map((name) => [name])]);
}

function delivered({ datagrams, cut }: NetworkCounts): number {
  return datagrams - cut;
}
