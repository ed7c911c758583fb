/**
 * Both tellings side by side: how far is what really happened from what the simulator says?
 * @module
 */
import { summary } from "../statistics.ts";
import type { RealTelling } from "./real.ts";
import type { Story, Telling } from "./story.ts";

export interface Comparison {
  readonly n: number;
  readonly seconds: number;
  /** Runs of the simulator, each with a seed of its own. */
  readonly runs: number;
  /** How late the process with the sockets was, in 99 of 100 looks at most. */
  readonly lateMs: number;
  readonly rows: readonly ComparisonRow[];
}

export interface ComparisonRow {
  readonly what: string;
  /** Counts can be compared by their ratio; times of a single crash are chance. */
  readonly kind: "count" | "bytes" | "seconds";
  readonly real: number;
  /** Mean over the simulator's runs, and how much one run differs from another. */
  readonly simulated: number;
  readonly deviation: number;
}

const TYPES = ["ping", "ack", "indirectPing", "nack", "suspect", "alive", "dead"];

export function compare(
  story: Story,
  real: RealTelling,
  simulated: readonly Telling[],
): Comparison {
  const { n, seconds } = story;
  const row = (
    what: string,
    kind: ComparisonRow["kind"],
    of: (telling: Telling) => number,
  ): ComparisonRow => {
    const { mean, deviation } = summary(simulated.map(of));
    return { what, kind, real: of(real), simulated: mean, deviation };
  };
  const perNode = (bytes: number): number => bytes / n / seconds;
  const mean = (times: readonly number[]): number => summary(times).mean / 1000;
  return {
    n,
    seconds,
    runs: simulated.length,
    lateMs: real.lateMs,
    rows: [
      row("packets", "count", ({ packets }) => packets),
      ...TYPES.map((type) => row(type, "count", ({ messages }) => messages[type] ?? 0)),
      row("bytes in datagrams", "bytes", ({ packetBytes }) => perNode(packetBytes)),
      row("bytes on streams", "bytes", ({ streamBytes }) => perNode(streamBytes)),
      row("crash to the first declaration", "seconds", ({ firstMs }) => mean(firstMs)),
      row("crash until all have heard", "seconds", ({ fullMs }) => mean(fullMs)),
      row("leave until all have heard", "seconds", ({ leftMs }) => mean(leftMs)),
    ],
  };
}
