/**
 * Stands between a host and its machine, and writes down what passes.
 *
 *     host ── input ──▶ Recorder ──▶ machine
 *       ▲                  │ ▲           │
 *       └──── effects ─────┼─┴───────────┘
 *                          ▼
 *     sink    head · state · input · input · …     after `maxBytes`, anew from a fresh state
 *
 * A host that does not record has none: it costs nothing.
 * @module
 */
import type { NodeEffects, NodeInput, NodeMachine, PeerTable } from "../composition/index.ts";
import type { Instant, Rng, Saved, Sfc32 } from "../kernel/index.ts";
import type { Answers } from "./answers.ts";
import { lineOf, RECORDING_VERSION, shapeOf } from "./format.ts";
import type { HeadRecord, InputRecord, RecordedInput, StateRecord } from "./format.ts";
import { bytesOf, Outputs } from "./outputs.ts";

/** Where a recording goes. Neither call may throw. */
export interface RecordingSink {
  /**
   * What is written from here on is a recording of its own. The one before it may be given up when the text of
   * the first `write` is safe.
   */
  begin(): void;
  /** Whole lines. */
  write(text: string): void;
}

export interface RecordingOptions {
  readonly sink: RecordingSink;
  /** Characters of inputs after which the recording begins anew; the state before them is not counted. @default 64 Mi */
  readonly maxBytes?: number;
  /** Whether outputs are kept in full beside their lengths and hashes. Inputs always are. @default false */
  readonly payloads?: boolean;
  /** Facts for whoever reads it. @default none */
  readonly about?: Readonly<Record<string, string>>;
}

export const DEFAULT_RECORDING_BYTES: number = 64 << 20;

/** Whom to record. */
export interface RecordedNode {
  readonly machine: NodeMachine;
  readonly peers: PeerTable;
  /** From which the machine alone draws. */
  readonly rng: Sfc32;
  readonly answers: Answers;
  /** What a machine like this one is made with. */
  readonly config: Saved;
}

export class Recorder {
  readonly #node: RecordedNode;
  readonly #sink: RecordingSink;
  readonly #head: HeadRecord;
  readonly #maxBytes: number;
  readonly #outputs: Outputs;
  /** Of inputs, since the last state. */
  #written = Infinity;

  /** @throws HearsayError `ERR_STATE` if a tenant of the machine cannot be saved */
  constructor(node: RecordedNode, options: RecordingOptions) {
    // That it cannot be saved is better found out now than at the first input.
    node.machine.save();
    this.#node = node;
    this.#sink = options.sink;
    this.#maxBytes = options.maxBytes ?? DEFAULT_RECORDING_BYTES;
    this.#outputs = new Outputs(options.payloads ?? false);
    this.#head = headOf("node", node.config, options.about);
  }

  /** The machine draws from the source that is recorded, not from the host's. */
  handle(input: NodeInput, now: Instant, _hosts: Rng, host: NodeEffects): void {
    if (this.#written > this.#maxBytes) this.#begin(now);
    const { machine, answers, rng } = this.#node;
    const { record, failure } = handled(machine, input, now, rng, answers, this.#outputs, host);
    const line = lineOf(record);
    this.#written += line.length;
    this.#sink.write(line);
    if (failure !== undefined) throw failure.error;
  }

  #begin(at: Instant): void {
    this.#sink.begin();
    this.#sink.write(lineOf(this.#head) + lineOf(stateOf(this.#node, at)));
    this.#written = 0;
  }
}

export function headOf(
  kind: HeadRecord["kind"],
  config: Saved,
  about: Readonly<Record<string, string>> = {},
): HeadRecord {
  return { record: "head", version: RECORDING_VERSION, kind, config, about };
}

export function stateOf(
  { machine, peers, rng }: Pick<RecordedNode, "machine" | "peers" | "rng">,
  at: Instant,
): StateRecord {
  const node = machine.save();
  const shape = shapeOf(node);
  return { record: "state", at, shape, rng: rng.save(), peers: peers.save(), node };
}

/** Lets the machine handle an input; what there is to write down of it, and what it has thrown. */
export function handled(
  machine: NodeMachine,
  input: NodeInput,
  now: Instant,
  rng: Rng,
  answers: Pick<Answers, "take">,
  outputs: Outputs,
  host?: NodeEffects,
): { readonly record: InputRecord; readonly failure?: { readonly error: unknown } } {
  outputs.begin(host);
  const plain = plainInput(input);
  let failure: { readonly error: unknown } | undefined;
  try {
    machine.handle(input, now, rng, outputs);
  } catch (error) {
    failure = { error };
  }
  const answered = answers.take();
  const record: InputRecord = {
    record: "input",
    at: now,
    input: plain,
    ...(answered.length > 0 && { answers: answered }),
    out: outputs.take(),
    ...(failure !== undefined && { threw: String(failure.error) }),
  };
  return failure === undefined ? { record } : { record, failure };
}

function plainInput(input: NodeInput): RecordedInput {
  switch (input.type) {
    case "packet":
      return { type: "datagram", from: input.from, bytes: bytesOf(input.packet) };
    case "chunk":
      return { type: "chunk", stream: input.stream, bytes: input.bytes };
    default:
      return input;
  }
}
