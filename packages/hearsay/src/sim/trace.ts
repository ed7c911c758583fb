/**
 * A trace: every input of every node of a world, and what came of it, in the file format of recordings.
 *
 *     5c1d8e02 {"record":"head","version":1,"kind":"world","config":{"seed":7}, …}
 *     9b60aa17 {"record":"state","at":0,"name":"a", …}            where each node has its own table of peers
 *     c2f4001d {"record":"input","at":0,"name":"a","input":{"type":"start"},"out":[ … ]}
 *
 * Changes of members stand among the outputs, as events with their reasons. A node that has a state in the trace can be
 * run again from it, alone.
 * @see recording/format.ts, docs/recording.md
 * @module
 */
import type { NodeEffects, NodeInput, NodeMachine, PeerTable } from "../composition/index.ts";
import type { Instant, Rng, Saved } from "../kernel/index.ts";
import { Sfc32 } from "../kernel/index.ts";
import { Answers, handled, headOf, lineOf, Outputs, stateOf } from "../recording/index.ts";

export interface TraceOptions {
  /** Takes whole lines of text. */
  readonly write: (text: string) => void;
  /** Whether outputs are kept in full beside their lengths and hashes. @default false */
  readonly payloads?: boolean;
  /** Facts for whoever reads it. @default none */
  readonly about?: Readonly<Record<string, string>>;
}

export class Trace {
  readonly #write: (text: string) => void;
  readonly #outputs: Outputs;
  /** Nobody is asked anything that is not a matter of the spec. */
  readonly #answers = new Answers();

  constructor(options: TraceOptions, config: Saved) {
    this.#write = options.write;
    this.#outputs = new Outputs(options.payloads ?? false);
    this.#write(lineOf(headOf("world", config, options.about)));
  }

  /** A run of a node begins; to be called only if the table of peers is its own. */
  start(name: string, machine: NodeMachine, peers: PeerTable, now: Instant, rng: Rng): void {
    if (!(rng instanceof Sfc32) || !machine.isSavable) return;
    this.#write(lineOf({ ...stateOf({ machine, peers, rng }, now), name }));
  }

  handle(
    name: string,
    machine: NodeMachine,
    input: NodeInput,
    now: Instant,
    rng: Rng,
    host: NodeEffects,
  ): void {
    const { record, failure } = handled(
      machine,
      input,
      now,
      rng,
      this.#answers,
      this.#outputs,
      host,
    );
    this.#write(lineOf({ ...record, name }));
    if (failure !== undefined) throw failure.error;
  }
}
