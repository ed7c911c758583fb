/**
 * Tries inputs on one target until the budget is spent.
 *
 *     seeds ─▶ each as it is ─▶ mutator ─▶ a batch ─▶ run ─▶ threw? slow? large?  finding
 *                                  ▲                   └──── new blocks?          learnt
 *                                  └──────────────────────────────────────────────┘
 *
 * The same seed and budget make the same inputs, unless coverage guides: then what was learnt is kept in a folder,
 * and the next campaign begins where this one ended.
 * @module
 */
import { getHeapStatistics } from "node:v8";
import type { Coverage } from "./coverage.ts";
import type { Finding } from "./finding.ts";
import { Mutator } from "./mutator.ts";
import type { Target } from "./target.ts";

export interface CampaignOptions {
  readonly seed: number;
  /** Inputs beside the target's own. */
  readonly learnt?: readonly Uint8Array[];
  /** What guides; without it inputs are made of the seeds alone. */
  readonly coverage?: Coverage;
  /** Told of each input that has reached something new. */
  readonly onLearnt?: (input: Uint8Array) => void;
}

export interface CampaignReport {
  readonly executions: number;
  readonly ms: number;
  /** Inputs that others were made of in the end. */
  readonly corpus: number;
  /** One for each place that something went wrong in. */
  readonly findings: readonly Finding[];
}

const BATCH = 256;
const MAX_MS = 250;
const MAX_BYTES = 16 << 20;
/** A campaign that finds this many things has found enough. */
const MAX_FINDINGS = 16;
/** What was slow or large once may have been the machine's doing. */
const CONFIRMATIONS = 3;

export class Campaign {
  readonly #target: Target;
  readonly #options: CampaignOptions;
  readonly #first: Uint8Array[];
  readonly #mutator: Mutator;
  readonly #findings = new Map<string, Finding>();
  #executions = 0;
  #ms = 0;

  static async of(target: Target, options: CampaignOptions): Promise<Campaign> {
    return new Campaign(target, options, await target.seeds());
  }

  private constructor(target: Target, options: CampaignOptions, seeds: readonly Uint8Array[]) {
    this.#target = target;
    this.#options = options;
    this.#first = [...seeds, ...(options.learnt ?? [])];
    this.#mutator = new Mutator(options.seed, target.shape, this.#first);
  }

  /** Goes on until `isOver`, asked after every batch. */
  async run(isOver: (report: CampaignReport) => boolean): Promise<CampaignReport> {
    const start = performance.now();
    const spent = this.#ms;
    do {
      const batch = this.#first.splice(0, BATCH);
      while (batch.length < BATCH) batch.push(this.#mutator.next());
      await this.#runAll(batch);
      if (this.#options.coverage !== undefined) await this.#learn(batch, this.#options.coverage);
      this.#ms = spent + performance.now() - start;
    } while (!isOver(this.report()) && this.#findings.size < MAX_FINDINGS);
    return this.report();
  }

  report(): CampaignReport {
    return {
      executions: this.#executions,
      ms: this.#ms,
      corpus: this.#mutator.size,
      findings: [...this.#findings.values()],
    };
  }

  async #runAll(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      this.#executions++;
      const what = await attempt(this.#target, input);
      if (what === undefined) continue;
      const place = placeOf(what);
      if (!this.#findings.has(place)) {
        this.#findings.set(place, { target: this.#target.name, input, what });
      }
    }
  }

  /** Keeps those of the batch, which has just been run, that have run blocks which none has before. */
  async #learn(batch: readonly Uint8Array[], coverage: Coverage): Promise<void> {
    if (coverage.take().length === 0) return;
    for (const half of halves(batch)) {
      for (const input of half) await attempt(this.#target, input);
      const [only] = half;
      if (half.length > 1 || only === undefined) await this.#learn(half, coverage);
      else {
        const blocks = coverage.take();
        if (blocks.length === 0) continue;
        coverage.learn(blocks);
        this.#mutator.learn(only);
        this.#options.onLearnt?.(only);
      }
    }
  }
}

/** What is wrong with how the target takes this input; `undefined` if nothing is. */
export async function attempt(target: Target, input: Uint8Array): Promise<string | undefined> {
  const { maxMs = MAX_MS, maxBytes = MAX_BYTES } = target;
  let cost = { ms: Infinity, bytes: Infinity };
  for (let tries = 0; tries < CONFIRMATIONS; tries++) {
    const before = memory();
    const start = performance.now();
    try {
      // An input of its own: who changes it changes nobody's corpus.
      const running = target.run(input.slice());
      if (running !== undefined) await running;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
    }
    const ms = Math.min(cost.ms, performance.now() - start);
    cost = { ms, bytes: Math.min(cost.bytes, memory() - before) };
    if (cost.ms <= maxMs && cost.bytes <= maxBytes) return undefined;
  }
  const took = `${Math.round(cost.ms)} ms and ${cost.bytes >> 20} MiB`;
  return `took ${took}, where ${maxMs} ms and ${maxBytes >> 20} MiB are the most`;
}

function memory(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function halves<T>(all: readonly T[]): (readonly T[])[] {
  const middle = all.length >> 1;
  return [all.slice(0, middle), all.slice(middle)].filter(({ length }) => length > 0);
}

/** Two errors of one place are one finding, whatever numbers are in their words. */
function placeOf(what: string): string {
  const frame = what.split("\n").find((line) => line.trimStart().startsWith("at "));
  return frame ?? what.replaceAll(/\d+/gu, "#");
}
