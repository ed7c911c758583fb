/**
 * What a campaign has done, as text for people and as data.
 * @module
 */
import { quantile } from "../lab/statistics.ts";
import { columns } from "../tables.ts";
import type { SeedResult } from "./seed-work.ts";
import type { Elapsed } from "./stopwatch.ts";

export interface CampaignReport {
  /** Seeds that were run. */
  readonly seeds: number;
  /** Seeds that an interrupt has left undone. */
  readonly missing: number;
  /** Events: packets and pieces of streams that were delivered, and deadlines that came due. */
  readonly steps: number;
  /** The only figures here that are not a pure function of the seeds. */
  readonly speed: Speed;
  readonly virtualHours: number;
  /** Ms from the last fault to agreement, over all seeds that waited for it. */
  readonly agreement: { readonly p50: number; readonly p99: number; readonly most: number };
  /** Seeds in which each class of faults was played. */
  readonly faults: Readonly<Record<string, number>>;
  /** What the network did. */
  readonly fired: Readonly<Record<string, number>>;
  /** How often each checker had something to compare. */
  readonly looks: Readonly<Record<string, number>>;
  readonly failures: readonly SeedResult[];
}

export interface Speed extends Elapsed {
  /** Events by the clock on the wall. */
  readonly eventsPerSecond: number;
  /** Virtual time by the clock on the wall: so many times as fast. */
  readonly timesRealTime: number;
}

const MS_PER_HOUR = 3_600_000;

export function campaignReport(
  results: readonly (SeedResult | undefined)[],
  elapsed: Elapsed,
): CampaignReport {
  const done = results.filter((result) => result !== undefined);
  const agreed = done.flatMap(({ agreedAfterMs }) => agreedAfterMs ?? []);
  const at = (share: number): number => (agreed.length === 0 ? 0 : quantile(agreed, share));
  const steps = sum(done.map((one) => one.steps));
  const virtualMs = sum(done.map((one) => one.virtualMs));
  return {
    seeds: done.length,
    missing: results.length - done.length,
    steps,
    speed: {
      ...elapsed,
      eventsPerSecond: Math.round(steps / elapsed.seconds),
      timesRealTime: Math.round(virtualMs / 1000 / elapsed.seconds),
    },
    virtualHours: virtualMs / MS_PER_HOUR,
    agreement: { p50: at(0.5), p99: at(0.99), most: at(1) },
    faults: total(done.map(({ faults }) => Object.fromEntries(faults.map((name) => [name, 1])))),
    fired: total(done.map(({ fired }) => fired)),
    looks: total(done.map(({ looks }) => looks)),
    failures: done.filter(({ violation }) => violation !== undefined),
  };
}

export function campaignText(
  report: CampaignReport,
  nodes: readonly [least: number, most: number],
  parts?: string,
): string {
  const { seeds, missing, steps, speed, virtualHours, agreement, failures } = report;
  const figures = [
    ["seeds", missing === 0 ? `${seeds}` : `${seeds} of ${seeds + missing}, stopped`],
    ["events", `${steps}`],
    ["took", tookText(speed)],
    ["events a second", `${speed.eventsPerSecond}`],
    ["virtual time", `${virtualHours.toFixed(1)} h, ${speed.timesRealTime} times real time`],
    [
      "agreement after the last fault",
      `p50 ${agreement.p50} ms, p99 ${agreement.p99} ms, most ${agreement.most} ms`,
    ],
    ["classes of faults, by seeds", spoken(report.faults)],
    ["struck", spoken(report.fired)],
    ["looks of checkers", spoken(report.looks)],
    ["violations", `${failures.length}`],
  ];
  return [
    columns(["CAMPAIGN", ""], figures),
    ...failures.map((one) => failureText(one, nodes, parts)),
  ].join("\n");
}

function tookText({ seconds, cpuSeconds }: Elapsed): string {
  const cpu = cpuSeconds === undefined ? "" : `, ${cpuSeconds.toFixed(1)} s of CPU`;
  return `${seconds.toFixed(1)} s${cpu}`;
}

function failureText(
  result: SeedResult,
  [least, most]: readonly [number, number],
  parts: string | undefined,
): string {
  const { seed, violation, scenario, shrunk, wire } = result;
  if (violation === undefined) return "";
  const { checker, at, node, message } = violation;
  const lines = [
    `seed ${seed}: ${checker} at ${Math.round(at)} ms: ${node} ${message}`,
    `  again: hearsay sim campaign --seeds 1 --seed ${seed} --nodes ${least}..${most} --wire ${wire}${parts === undefined ? "" : ` --with ${parts}`}`,
    ...(shrunk ?? scenario)
      .trimEnd()
      .split("\n")
      .map((line) => `  | ${line}`),
  ];
  return `\n${lines.join("\n")}`;
}

function spoken(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).filter(([, count]) => count > 0);
  return words.map(([name, count]) => `${name} ${count}`).join("  ") || "none";
}

function total(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part)) totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
