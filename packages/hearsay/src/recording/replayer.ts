/**
 * Runs a recording again, in no time: the same machine, from the same state, through the same inputs.
 *
 *     state ──▶ fresh machine        input ──▶ machine ──▶ outputs  =?  those that were recorded
 *
 * What comes out differently is a difference in the code, or a machine that is not pure: both are worth
 * knowing. The replay goes on behind it; what follows may differ because of it.
 * @module
 */
import type { NodeEffects, NodeInput, NodeMachine, PeerTable } from "../composition/index.ts";
import { Sfc32 } from "../kernel/index.ts";
import type { Instant, NodeEvent, Rng, Saved } from "../kernel/index.ts";
import { Answers } from "./answers.ts";
import { RecordingError, shapeOf } from "./format.ts";
import type { InputRecord, RecordedOutput, StateRecord } from "./format.ts";
import { Outputs } from "./outputs.ts";
import { writePlain } from "./plain-text.ts";
import { handled } from "./recorder.ts";
import type { Recording } from "./recording-text.ts";

export interface ReplayedNode {
  readonly machine: NodeMachine;
  readonly peers: PeerTable;
}

/**
 * Makes a machine like the one that was recorded, fresh. `answers.ask` stands for each question that its
 * application was asked.
 */
export type MakeReplayed = (config: Saved, answers: Answers) => ReplayedNode;

/** Where a replay has parted from its recording. */
export interface Difference {
  /** Place in the outputs of the step. */
  readonly index: number;
  /** In the words of the file; `undefined` for nothing more. */
  readonly recorded: string | undefined;
  readonly replayed: string | undefined;
}

/** One input, run again. */
export interface ReplayStep {
  /** The first is 1. */
  readonly number: number;
  readonly at: Instant;
  readonly input: InputRecord["input"];
  readonly outputs: readonly RecordedOutput[];
  /** What the application was told, as it was told. */
  readonly events: readonly NodeEvent[];
  /** The first, if there is one. */
  readonly difference: Difference | undefined;
}

export interface ReplayOptions {
  /** Which node of a world. @default the recorded one */
  readonly name?: string;
}

export class Replayer {
  readonly node: ReplayedNode;
  readonly #inputs: readonly InputRecord[];
  readonly #rng: Rng;
  readonly #answers = new Answers();
  readonly #outputs: Outputs;
  readonly #events: NodeEvent[] = [];
  #now: Instant;
  #number = 0;
  #differences = 0;

  /** @throws RecordingError when the recording has no state, or one that such a machine cannot read */
  constructor(recording: Recording, make: MakeReplayed, { name }: ReplayOptions = {}) {
    const records = recording.records.filter((record) => record.name === name);
    const from = records.findLastIndex(({ record }) => record === "state");
    const state = records[from] as StateRecord | undefined;
    const line = state === undefined ? 2 : recording.records.indexOf(state) + 2;
    if (state === undefined) throw new RecordingError(line, "the state of a node", "none");
    const rng = new Sfc32(0);
    this.node = make(recording.head.config, this.#answers);
    const shape = shapeOf(this.node.machine.save());
    if (state.shape !== shape) {
      const expected = `a state in the shape ${shape}, which this build of the program saves`;
      throw new RecordingError(line, expected, `one in ${state.shape}, of another build`);
    }
    try {
      this.node.peers.restore(state.peers);
      this.node.machine.restore(state.node);
      rng.restore(state.rng);
    } catch (error) {
      const received = error instanceof Error ? error.message : String(error);
      throw new RecordingError(line, "a state that such a node can go on from", received, error);
    }
    this.#rng = rng;
    this.#now = state.at;
    this.#inputs = records.slice(from + 1) as InputRecord[];
    const hasBytes = this.#inputs.some(({ out }) => out.some(keepsBytes));
    this.#outputs = new Outputs(hasBytes);
  }

  /** Inputs in all. */
  get length(): number {
    return this.#inputs.length;
  }

  /** Steps made. */
  get number(): number {
    return this.#number;
  }

  /** Steps that came out differently. */
  get differences(): number {
    return this.#differences;
  }

  /** The recorded host's time at the last step. */
  get now(): Instant {
    return this.#now;
  }

  /** Runs the next input; `undefined` when all have been. */
  step(): ReplayStep | undefined {
    const recorded = this.#inputs[this.#number];
    if (recorded === undefined) return undefined;
    this.#number++;
    this.#now = recorded.at;
    this.#answers.give(recorded.answers ?? []);
    this.#events.length = 0;
    const { input, at } = recorded;
    const { machine } = this.node;
    const parts = [this.#answers, this.#outputs, this.#listener] as const;
    const { record } = handled(machine, input as NodeInput, at, this.#rng, ...parts);
    const difference = firstDifference(recorded, record);
    if (difference !== undefined) this.#differences++;
    const [number, events] = [this.#number, [...this.#events]];
    return { number, at, input, outputs: record.out, events, difference };
  }

  readonly #listener: NodeEffects = {
    datagram() {},
    open() {},
    write() {},
    finish() {},
    abort() {},
    notify: (event) => {
      this.#events.push(event);
    },
  };
}

function keepsBytes(output: RecordedOutput): boolean {
  return "content" in output && output.content.bytes !== undefined;
}

function firstDifference(recorded: InputRecord, replayed: InputRecord): Difference | undefined {
  const [expected, got] = [linesOf(recorded), linesOf(replayed)];
  for (let index = 0; index < expected.length || index < got.length; index++) {
    if (expected[index] === got[index]) continue;
    return { index, recorded: expected[index], replayed: got[index] };
  }
  return undefined;
}

function linesOf({ out, threw }: InputRecord): string[] {
  const lines = out.map(writePlain);
  return threw === undefined ? lines : [...lines, threw];
}
