/**
 * Scenario files: a story of a cluster as text.
 *
 *     # A partition heals without a false "dead".        comments stay where they are
 *     cluster a b c   preset=local seed=7                commands, one a line
 *     ----
 *     ok                                                 what the cluster did
 *                                                        an empty line ends a block
 *     partition a b | c
 *     run 1500ms
 *     ----
 *        912ms  c  suspects a
 *
 * The form is that of etcd raft's data-driven tests.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";

/** A scenario asks for something that does not exist, or that its cluster cannot do. */
export class ScenarioError extends HearsayError {
  override readonly name = "ScenarioError";
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string, cause?: unknown) {
    super("ERR_OPTION", `line ${line}: ${message}`, cause === undefined ? {} : { cause });
    this.line = line;
  }
}

/** One line above a `----`. */
export interface ScenarioLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/** Commands and comments, and what they are expected to bring about. */
export interface ScenarioBlock {
  readonly lines: readonly ScenarioLine[];
  readonly expected: readonly string[];
}

const RULE = "----";

export function parseScenario(text: string): ScenarioBlock[] {
  const blocks: ScenarioBlock[] = [];
  let lines: ScenarioLine[] = [];
  let expected: string[] | undefined;
  const close = (): void => {
    if (lines.length > 0 || expected !== undefined)
      blocks.push({ lines, expected: expected ?? [] });
    lines = [];
    expected = undefined;
  };
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.trimEnd();
    if (line === "") close();
    else if (expected !== undefined) expected.push(line);
    else if (line === RULE) expected = [];
    else lines.push({ number: i + 1, text: line });
  }
  close();
  return blocks;
}

/** The text of a scenario with what really happened; `outputs` has one entry for each block. */
export function formatScenario(
  blocks: readonly ScenarioBlock[],
  outputs: readonly (readonly string[])[],
): string {
  const texts = blocks.map(({ lines }, i) => {
    const above = lines.map(({ text }) => text);
    const below = lines.some(isCommand) ? [RULE, ...(outputs[i] ?? [])] : [];
    return [...above, ...below].join("\n");
  });
  return `${texts.join("\n\n")}\n`;
}

export function isCommand({ text }: ScenarioLine): boolean {
  return !text.trimStart().startsWith("#");
}
