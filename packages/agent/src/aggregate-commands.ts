/**
 * `hearsay aggregate`: what numbers of all nodes come to.
 * @module
 */
import type { Command } from "commander";
import type { AgentClient } from "./client.ts";
import { follow } from "./follow.ts";
import { aggregateEventSchema } from "./http/aggregate-routes.ts";
import type { AggregateJson } from "./http/aggregate-routes.ts";
import { printable } from "./printable.ts";
import type { Flags } from "./settings.ts";
import { columns } from "./tables.ts";
import { UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export interface AggregateCommandPorts {
  readonly client: (flags: Flags) => AgentClient;
  /** A command with the options of all that ask an agent. */
  readonly command: (usage: string, description: string) => Command;
  readonly untilSignal: (work: (stop: AbortSignal) => Promise<void>) => Promise<void>;
}

export function addAggregateCommands(
  terminal: Terminal,
  { client, command, untilSignal }: AggregateCommandPorts,
): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

  command("aggregate", "tell what a number of each node comes to over all of them")
    .argument("[name]", "load, rss, or what programs have defined; without it, what there is")
    .option("--watch", "show results as they come, a line each, until Ctrl-C")
    .option("--count <results>", "with --watch, end after so many")
    .option("--json", "print JSON; with --watch an object a line, as the API sends it")
    .action(async (name: string | undefined, flags: Flags) => {
      const json = flags["json"] === true;
      if (flags["watch"] === true) {
        if (name === undefined) throw new UsageError("--watch: expected the name of an aggregate");
        const open = (stop: AbortSignal): Promise<Response> => client(flags).results(name, stop);
        const followed = { open, readable, json, count: countOf(flags["count"]) };
        return untilSignal((stop) => follow(followed, terminal, stop));
      }
      if (name === undefined) {
        const { aggregates } = await client(flags).aggregates();
        if (json) return printJson({ aggregates });
        return print(columns(HEAD, aggregates.map(row)));
      }
      const result = await client(flags).aggregate(name);
      if (json) return printJson(result);
      print(columns(["", ""], lines(result)).trimStart());
    });
}

const HEAD = ["AGGREGATE", "MEAN", "SUM", "COUNT", "MIN", "MAX", "AGE"] as const;

function row({ name, result }: { name: string; result?: AggregateJson | undefined }): string[] {
  if (result === undefined) return [printable(name), "", "", "", "", "", "not asked for yet"];
  const { mean, sum, count, min, max, ageMs } = result;
  return [printable(name), ...[mean, sum, count, min, max].map(short), seconds(ageMs)];
}

function lines(result: AggregateJson): string[][] {
  const { mean, meanError, sum, count, countError, min, max, variance } = result;
  const { p50, p90, p99, quantileError, ageMs, epoch } = result;
  const all: [name: string, value: number | undefined, error?: string][] = [
    ["mean", mean, plusMinus(meanError)],
    ["sum", sum],
    ["count", count, plusMinus(countError)],
    ["min", min],
    ["p50", p50, percent(quantileError)],
    ["p90", p90, percent(quantileError)],
    ["p99", p99, percent(quantileError)],
    ["max", max],
    ["variance", variance],
  ];
  const told = all.filter(([, value]) => value !== undefined);
  return [
    ...told.map(([name, value, error = ""]) => [name, `${short(value)}${error}`]),
    ["age", `${seconds(ageMs)}, epoch ${epoch}`],
  ];
}

function readable(data: string): { line: string; counts: boolean } | undefined {
  const result = aggregateEventSchema.safeParse(JSON.parse(data));
  if (!result.success || result.data.type === "open") return undefined;
  const event = result.data;
  if (event.type === "missed") {
    return { line: `${event.count} results came too fast to be shown`, counts: false };
  }
  return { line: `${event.at}  ${aggregateWords(event)}`, counts: true };
}

/** `mean 0.42  count 5  min 0.1  p50 0.4  max 0.9` */
export function aggregateWords({ mean, sum, count, min, max, p50 }: AggregateJson): string {
  const all = { mean, sum, count, min, p50, max };
  const told = Object.entries(all).filter(([, value]) => value !== undefined);
  return told.map(([name, value]) => `${name} ${short(value)}`).join("  ");
}

/** Four digits, as many as an estimate deserves. */
function short(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(4)));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function plusMinus(error: number | undefined): string {
  return error === undefined ? "" : ` ± ${Number(error.toPrecision(2))}`;
}

function percent(error: number | undefined): string {
  return error === undefined ? "" : ` ± ${Number((100 * error).toPrecision(2))} %`;
}

/** @throws UsageError */
function countOf(text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  const got = JSON.stringify(text);
  throw new UsageError(`--count: expected a whole number of 1 or more, got ${got}`);
}
