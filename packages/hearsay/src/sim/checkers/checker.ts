/**
 * What must hold in every run, whatever goes wrong in it: the contract of a checker.
 *
 *     Watch ── began ──▶ event · event · step ── event · step … ──▶ ended
 *                            │           └ a machine has handled an input
 *                            └ in the middle of a step: a node has told its application something, or sends something
 *
 * A checker looks and says nothing while all is well. It draws no random numbers and commands nobody: a run with
 * checkers is the run without them.
 * @module
 */
import type { NodeInput } from "../../composition/index.ts";
import type { Instant } from "../../kernel/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldEvent, WorldSend } from "../world-options.ts";

/** Something that must not be. */
export interface Violation {
  /** Name of the checker that saw it. */
  readonly checker: string;
  readonly at: Instant;
  /** Whose doing it is. */
  readonly node: string;
  /** What was seen, and what was expected instead, in one sentence. */
  readonly message: string;
}

/** What a report tells of every checker, also of those that only look at what some stories carry. */
export interface PartChecker {
  /** Stable: of reports and counts. */
  readonly name: string;
  /** How often it had something to compare: a checker that never looked has proved nothing. */
  readonly looks: number;
}

export interface Checker extends PartChecker {
  /** Before the first node starts. */
  began?(cluster: Cluster): void;
  /** A node starts, anew if it was there before: what it has said before binds it no more. */
  started?(node: string): void;
  /** What is wrong with this event, in a sentence. */
  event?(event: WorldEvent): string | undefined;
  /** What is wrong with what a node sends, in the middle of a step. */
  sent?(sent: WorldSend): string | undefined;
  /** What is wrong with this node after a step of its, in which it has handled an input of this type. */
  step?(node: string, input: NodeInput["type"]): string | undefined;
}
