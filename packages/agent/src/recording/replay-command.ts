/**
 * `hearsay replay FILE`: a recorded node, run again in no time; or a trace, printed.
 *
 *     go ──▶ step ──▶ step ┄┄▶ a stop: --step, a --break ──▶ questions ──▶ go ┄┄▶ the end
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { readRecording, RecordingError, writePlain } from "hearsay/recording";
import type { InputRecord, Recording, ReplayStep } from "hearsay/recording";
import { replayNode } from "hearsay/runtime";
import type { ReplayedHearsayNode } from "hearsay/runtime";
import type { NodeEvent } from "hearsay/kernel";
import { readLines } from "../lines.ts";
import { printable } from "../printable.ts";
import { EXIT, UsageError, written } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { breakCondition } from "./break-condition.ts";
import type { BreakCondition } from "./break-condition.ts";
import { answer, namesAt } from "./replay-prompt.ts";
import { eventWords, inputWords, outputWords, timeWords } from "./replay-words.ts";
import type { NameOf } from "./replay-words.ts";

export interface ReplayFlags {
  /** Stop at every input. */
  readonly step?: boolean;
  readonly break?: readonly string[];
  /** Show every input and what came of it, not only what the node tells. */
  readonly verbose?: boolean;
  readonly json?: boolean;
  /** Of a trace, this node alone. */
  readonly node?: string;
}

/** A line of an answer at a stop. */
const MAX_ANSWER_CHARS = 1000;

/**
 * @returns the exit status: 1 if something came out differently
 * @throws UsageError for a file, too, that is none or of another version
 */
export async function runReplay(
  file: string,
  flags: ReplayFlags,
  terminal: Terminal,
): Promise<number> {
  const breaks = (flags.break ?? []).map(breakCondition);
  const recording = read(file);
  if (recording.tornLine !== undefined) {
    const what = `it ends in the middle of line ${recording.tornLine}, where its writer was killed`;
    terminal.stderr.write(`hearsay: ${file}: ${what}; all before counts\n`);
  }
  if (recording.head.kind === "world") {
    if (flags.step === true || breaks.length > 0) {
      throw new UsageError(
        `${file}: expected a node's recording for --step and --break, got a trace`,
      );
    }
    return printTrace(recording, flags, terminal);
  }
  const node = ofFile(file, () => replayNode(recording));
  return new Replay(node, flags, breaks, terminal).run(recording);
}

function read(file: string): Recording {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  return ofFile(file, () => readRecording(text));
}

function ofFile<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    const { line, expected, received, code } = error;
    const what = printable(`expected ${expected}, got ${String(received)}`);
    throw new UsageError(`${file}:${line}: ${what} (${code})`, { cause: error });
  }
}

class Replay {
  readonly #node: ReplayedHearsayNode;
  readonly #flags: ReplayFlags;
  readonly #breaks: readonly BreakCondition[];
  readonly #terminal: Terminal;
  readonly #nameOf: NameOf;
  #stops: boolean;

  constructor(
    node: ReplayedHearsayNode,
    flags: ReplayFlags,
    breaks: readonly BreakCondition[],
    terminal: Terminal,
  ) {
    this.#node = node;
    this.#flags = flags;
    this.#breaks = breaks;
    this.#terminal = terminal;
    this.#nameOf = namesAt(node);
    this.#stops = flags.step ?? false;
  }

  async run({ head, records }: Recording): Promise<number> {
    const { replayer, blueprint } = this.#node;
    const begin = records[0]?.at ?? 0;
    const about = Object.entries(head.about).map(([key, value]) => `${key} ${value}`);
    if (this.#flags.json !== true) {
      const facts = [`${replayer.length} inputs`, ...about].join(", ");
      await this.#say(printable(`${blueprint.name} at ${blueprint.address}: ${facts}`));
    }
    const questions = readLines(this.#terminal.stdin, MAX_ANSWER_CHARS);
    let first: ReplayStep | undefined;
    try {
      for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
        if (step.difference !== undefined) first ??= step;
        const isAtBreak = this.#breaks.some((condition) => condition(step));
        const stops = this.#stops || isAtBreak;
        if (!(await this.#show(step, begin, stops))) break;
        if (stops && !(await this.#ask(questions))) break;
      }
    } finally {
      await questions.return(undefined);
    }
    await this.#conclude(first);
    return first === undefined ? EXIT.ok : EXIT.failed;
  }

  /** False when nobody reads any more. */
  #show(step: ReplayStep, begin: number, stops: boolean): Promise<boolean> {
    const { number, at, input, outputs, events, difference } = step;
    if (this.#flags.json === true) {
      return this.#say(writePlain({ number, at, input, outputs, difference }));
    }
    const time = timeWords(at - begin);
    const { name } = this.#node.blueprint;
    const isWhole = stops || difference !== undefined || this.#flags.verbose === true;
    const lines = isWhole ? wholeLines(time, step) : [];
    for (const event of events) {
      const words = eventWords(name, event, this.#nameOf);
      if (words !== undefined) lines.push(`${time}  ${printable(name)}  ${words}`);
    }
    if (difference !== undefined) lines.push(...differenceLines(step));
    return lines.length === 0 ? Promise.resolve(true) : this.#say(lines.join("\n"));
  }

  /** Answers questions until there is to be another step; false for the end. */
  async #ask(questions: AsyncGenerator<string | undefined>): Promise<boolean> {
    const { replayer } = this.#node;
    for (;;) {
      if (this.#terminal.stdin.isTTY === true) {
        this.#terminal.stdout.write(`${replayer.number}/${replayer.length}> `);
      }
      const { value: line, done } = await questions.next();
      if (done === true) return false;
      const next = answer(line ?? "?", this.#node);
      if (typeof next === "object") await this.#say(next.say);
      else {
        this.#stops = next === "step";
        return next !== "quit";
      }
    }
  }

  async #conclude(first: ReplayStep | undefined): Promise<void> {
    const { number, length, differences } = this.#node.replayer;
    if (this.#flags.json === true) {
      await this.#say(JSON.stringify({ inputs: length, run: number, differences }));
      return;
    }
    const run = number === length ? `${length} inputs` : `${number} of ${length} inputs`;
    if (first === undefined) await this.#say(`${run} run again: the same packets and events`);
    else {
      await this.#say(
        `${run} run again: ${differences} came out differently, first ${first.number}`,
      );
    }
  }

  #say(text: string): Promise<boolean> {
    return written(this.#terminal.stdout, `${text}\n`);
  }
}

function wholeLines(time: string, { number, input, outputs }: ReplayStep): string[] {
  const indent = " ".repeat(time.length + 2);
  const lines = [`${time}  #${number}  ${inputWords(input)}`];
  for (const output of outputs) {
    const words = outputWords(output);
    if (words !== undefined) lines.push(`${indent}${words}`);
  }
  return lines;
}

function differenceLines({ number, difference }: ReplayStep): string[] {
  const recorded = difference?.recorded ?? "nothing more";
  const replayed = difference?.replayed ?? "nothing more";
  return [
    `  input ${number} came out differently:`,
    `    recorded  ${printable(recorded)}`,
    `    replayed  ${printable(replayed)}`,
  ];
}

/** What the nodes of a world told, in the order of its time. */
async function printTrace(
  { records }: Recording,
  { node, verbose, json }: ReplayFlags,
  { stdout }: Terminal,
): Promise<number> {
  const inputs = records.filter((record) => record.record === "input");
  for (const record of inputs) {
    const { name = "", at, out } = record;
    if (node !== undefined && name !== node) continue;
    const time = timeWords(at);
    const lines = json === true ? [writePlain(record)] : verbose === true ? traced(record) : [];
    for (const one of json === true ? [] : out) {
      if (one.type !== "notify") continue;
      const words = eventWords(name, one.event as NodeEvent, (address) => address);
      if (words !== undefined) lines.push(`${time}  ${printable(name)}  ${words}`);
    }
    if (lines.length > 0 && !(await written(stdout, `${lines.join("\n")}\n`))) break;
  }
  return EXIT.ok;
}

function traced({ name = "", at, input, out }: InputRecord): string[] {
  const outputs = out.flatMap((one) => outputWords(one) ?? []);
  const head = `${timeWords(at)}  ${printable(name)}  ${inputWords(input)}`;
  return [head, ...outputs.map((words) => `${" ".repeat(12)}${words}`)];
}
