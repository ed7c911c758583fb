/**
 * Which blocks of the library have run, as the engine counts them. No native part, nothing instrumented.
 *
 *     a batch of inputs ──▶ run ──▶ take: were there blocks that never ran before?
 *                                     └─ yes: halve the batch until it is known whose they are
 *
 * Taking the counts costs milliseconds, so it is done once a batch.
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/
 * @module
 */
import { Session } from "node:inspector";
import type { Profiler } from "node:inspector";

/** Only our own code counts. */
const OURS = /\/packages\/(?:hearsay|agent)\/dist\//u;

export class Coverage {
  readonly #session = new Session();
  readonly #known = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Blocks that have run so far. */
  get size(): number {
    return this.#known.size;
  }

  /** The blocks that have run since the last call, and never before it was `learn`ed. */
  take(): string[] {
    const { result } = this.#post(
      "Profiler.takePreciseCoverage",
    ) as Profiler.TakePreciseCoverageReturnType;
    const fresh: string[] = [];
    for (const { url, functions } of result) {
      if (!OURS.test(url)) continue;
      for (const { functionName, ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          const block = `${url}:${functionName}:${startOffset}-${endOffset}`;
          if (!this.#known.has(block)) fresh.push(block);
        }
      }
    }
    return fresh;
  }

  learn(blocks: readonly string[]): void {
    for (const block of blocks) this.#known.add(block);
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** The engine answers before `post` returns. */
  #post(method: string, parameters: object = {}): object {
    let answer: object = {};
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`BUG: ${method}: ${error.message}`);
      answer = result ?? {};
    });
    return answer;
  }
}
