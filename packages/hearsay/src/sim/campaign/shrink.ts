/**
 * Makes a failing scenario small: fewer commands, fewer nodes, shorter waits, as long as it still fails.
 *
 *     commands   halves, then quarters … then one by one are left out      (delta debugging)
 *     waits      halved
 *     nodes      whoever is in no command but the first is left out from the end
 *
 * @see Zeller and Hildebrandt 2002, Simplifying and isolating failure-inducing input
 * @module
 */
import { ScenarioError } from "../scenario-text.ts";

/** Says whether a scenario still fails; what cannot be carried out does not. */
export type StillFails = (text: string) => boolean;

export interface ShrinkOptions {
  /** Scenarios that are tried at most. @default 300 */
  readonly maxTries?: number;
}

/** A smaller scenario that fails, or the same if none was found. Deterministic if `stillFails` is. */
export function shrinkScenario(
  text: string,
  stillFails: StillFails,
  { maxTries = 300 }: ShrinkOptions = {},
): string {
  const shrinker = new Shrinker(text, stillFails, maxTries);
  shrinker.dropEnd();
  for (let before = ""; before !== shrinker.text;) {
    before = shrinker.text;
    shrinker.dropCommands();
    shrinker.dropNodes();
    shrinker.shortenWaits();
  }
  return shrinker.text;
}

class Shrinker {
  readonly #stillFails: StillFails;
  #lines: readonly string[];
  #triesLeft: number;

  constructor(text: string, stillFails: StillFails, maxTries: number) {
    this.#lines = text.split("\n").filter((line) => line !== "");
    this.#stillFails = stillFails;
    this.#triesLeft = maxTries;
  }

  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  /** Where it fails before the faults stop, what comes after does not matter, nor whether it can be carried out. */
  dropEnd(): void {
    if (this.#end < this.#lines.length) this.#try(this.#lines.slice(0, this.#end));
  }

  /** All but the first, which makes the cluster, and the end, in which all faults stop: without it anything fails. */
  dropCommands(): void {
    for (let size = this.#end >> 1; size >= 1; size >>= 1) {
      for (let at = this.#end - size; at >= 1; at -= size) {
        this.#try([...this.#lines.slice(0, at), ...this.#lines.slice(at + size)]);
      }
    }
  }

  dropNodes(): void {
    const [first = "", ...others] = this.#lines;
    const [, count] = /^cluster n1\.\.n(\d+) /.exec(first) ?? [];
    if (count === undefined) return;
    const named = others.flatMap((line) => line.match(/\bn\d+\b/g) ?? []);
    const highest = Math.max(2, ...named.map((name) => Number(name.slice(1))));
    for (const fewer of [highest, (highest + Number(count)) >> 1, Number(count) - 1]) {
      if (fewer >= highest && fewer < Number(count)) {
        if (this.#try([first.replace(`n1..n${count} `, `n1..n${fewer} `), ...others])) return;
      }
    }
  }

  /** But for those after the faults: what is promised by then is not promised sooner. */
  shortenWaits(): void {
    for (const [i, line] of this.#lines.slice(0, this.#end).entries()) {
      const [, ms] = /^run (\d+)ms$/.exec(line) ?? [];
      if (ms === undefined || Number(ms) < 100) continue;
      this.#try(this.#lines.with(i, `run ${Number(ms) >> 1}ms`));
    }
  }

  /** Where the faults stop. */
  get #end(): number {
    const calm = this.#lines.lastIndexOf("calm");
    return calm < 0 ? this.#lines.length : calm;
  }

  #try(lines: readonly string[]): boolean {
    if (this.#triesLeft <= 0) return false;
    this.#triesLeft--;
    if (!this.#fails(`${lines.join("\n")}\n`)) return false;
    this.#lines = lines;
    return true;
  }

  #fails(text: string): boolean {
    try {
      return this.#stillFails(text);
    } catch (error) {
      if (error instanceof ScenarioError) return false;
      throw error;
    }
  }
}
