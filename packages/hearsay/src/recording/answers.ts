/**
 * What an application answers when a machine asks it in the middle of an input: an input, too.
 *
 *     recorded   machine ── asks ──▶ application ── yes ──▶ written down ──▶ machine
 *     replayed   machine ── asks ──▶ the next of what was written down ──▶ machine
 *
 * @module
 */
import { invariant } from "../kernel/index.ts";

type Question<A extends readonly unknown[]> = (...args: A) => boolean;

export class Answers {
  #answers: boolean[] = [];

  /** The same question; its answers are remembered. */
  heard<A extends readonly unknown[]>(ask: Question<A>): Question<A>;
  heard<A extends readonly unknown[]>(ask: Question<A> | undefined): Question<A> | undefined;
  heard<A extends readonly unknown[]>(ask: Question<A> | undefined): Question<A> | undefined {
    if (ask === undefined) return undefined;
    return (...args) => {
      const answer = ask(...args);
      this.#answers.push(answer);
      return answer;
    };
  }

  /** What was answered since the last call. */
  take(): readonly boolean[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  /** What is to be answered from here on. */
  give(answers: readonly boolean[]): void {
    this.#answers = [...answers];
  }

  /** Answers in the place of the application. */
  readonly ask = (): boolean => {
    const answer = this.#answers.shift();
    invariant(answer !== undefined, "the machine asks what it has not asked when it was recorded");
    return answer;
  };
}
