/**
 * What each agent of the demo tells of itself, and what every other one reads of it: a key that dies with its process.
 * @module
 */
import type { StateChangeJson } from "../http/state-routes.ts";

/** The key of each agent's state: the id of its process. */
export const DEMO_KEY = "pid";

/** So many are named; of more it is said how many there are. */
const MOST_NAMED = 5;

/** Who runs, by name, and who has ended; who stands still is neither. */
export interface Processes {
  readonly running: ReadonlyMap<string, number | undefined>;
  readonly gone: readonly string[];
}

export class SharedState {
  /** What each observer reads: of each member, its process. */
  readonly #copies = new Map<string, Map<string, unknown>>();

  hear(observer: string, change: StateChangeJson): void {
    const copy = this.#copies.get(observer) ?? new Map<string, unknown>();
    this.#copies.set(observer, copy);
    switch (change.type) {
      case "open":
        copy.clear();
        for (const { member, keys } of change.members) {
          for (const { value } of keys) copy.set(member, value);
        }
        return;
      case "set":
        copy.set(change.member, change.value);
        return;
      case "delete":
        copy.delete(change.member);
        return;
      case "missed":
        return;
    }
  }

  /** Those who do not read of every process that runs what it is, or read of one that is gone. */
  behind({ running, gone }: Processes): string[] {
    return [...running.keys()].filter((observer) => {
      const copy = this.#copies.get(observer);
      return (
        [...running].some(([name, pid]) => copy?.get(name) !== pid) ||
        gone.some((name) => copy?.has(name) === true)
      );
    });
  }
}

/** `state pid: n1=1234 n2=1240, the same at all 2` */
export function stateWords(state: SharedState, processes: Processes): string {
  const { running } = processes;
  const behind = state.behind(processes);
  const where =
    behind.length === 0 ? `the same at all ${running.size}` : `not yet at ${behind.join(", ")}`;
  const named = [...running].map(([name, pid]) => `${name}=${pid}`).join(" ");
  const what = running.size > MOST_NAMED ? `of ${running.size} members` : named;
  return `state ${DEMO_KEY}: ${what}, ${where}`;
}
