/**
 * `hearsay sim run`: carries out a scenario file and compares what happens with what the file says.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { checkStory, runScenario, ScenarioError } from "hearsay/sim";
import { CommandError, EXIT, UsageError } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { wireOf } from "./wire-option.ts";

export interface RunFlags {
  readonly update?: boolean;
  readonly json?: boolean;
  /** How packets travel. @default "bytes", as in tests */
  readonly wire?: string;
  /** Where to write every input and output of every node. */
  readonly trace?: string;
}

const RULE = "----";

export function runScenarioCommand(file: string, flags: RunFlags, terminal: Terminal): number {
  const wire = wireOf(flags.wire) ?? "bytes";
  const text = read(file);
  const trace: string[] = [];
  const told = carriedOut(() => {
    if (flags.trace === undefined) return runScenario(text, { wire });
    const about = { scenario: file };
    const keep = (lines: string): void => void trace.push(lines);
    return runScenario(text, { wire, peers: "each", trace: { write: keep, about } });
  }, file);
  if (flags.trace !== undefined) write(flags.trace, trace.join(""));
  const { violation } = carriedOut(() => checkStory(text, { wire }), file);
  const isExpected = told === text;
  // A story without a word of what is expected is only told.
  const isFirst = !text.split("\n").includes(RULE);
  if (flags.update === true && !isExpected) write(file, told);
  if (flags.json === true) {
    const result = { file, asExpected: isExpected, told, violation };
    terminal.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  } else if (flags.update === true) {
    terminal.stdout.write(`${file}: ${isExpected ? "as it was" : "rewritten"}\n`);
  } else {
    terminal.stdout.write(isFirst || isExpected ? told : `${difference(text, told)}\n`);
  }
  if (violation !== undefined && flags.json !== true) {
    const { checker, at, node, message } = violation;
    terminal.stderr.write(`${file}: ${checker} at ${Math.round(at)} ms: ${node} ${message}\n`);
  }
  const isWell = violation === undefined && (isExpected || isFirst || flags.update === true);
  return isWell ? EXIT.ok : EXIT.failed;
}

/** Lines that are expected and do not come, and those that come instead; the rest as it is. */
function difference(expected: string, told: string): string {
  const left = expected.split("\n");
  const right = told.split("\n");
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let end = 0;
  const shortest = Math.min(left.length, right.length) - start;
  while (end < shortest && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return [
    ...left.slice(Math.max(0, start - 3), start).map((line) => `  ${line}`),
    ...left.slice(start, left.length - end).map((line) => `- ${line}`),
    ...right.slice(start, right.length - end).map((line) => `+ ${line}`),
  ].join("\n");
}

function carriedOut<T>(act: () => T, file: string): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new UsageError(`${file}:${error.line}: ${error.message.replace(/^line \d+: /u, "")}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
