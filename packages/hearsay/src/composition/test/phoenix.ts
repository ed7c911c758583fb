/**
 * A node that is written out, burnt and read back into a fresh one, again and again.
 */
import { Sfc32 } from "../../kernel/index.ts";
import type { Instant, Rng } from "../../kernel/index.ts";
import type { NodeEffects, NodeInput } from "../host.ts";
import type { NodeMachine } from "../node-machine.ts";
import type { PeerTable } from "../peer-table.ts";

export interface Bird {
  readonly machine: NodeMachine;
  readonly peers: PeerTable;
}

export class Phoenix {
  rebirths = 0;
  readonly #make: () => Bird;
  readonly #dies: () => boolean;
  #bird: Bird;

  /** After each input it is reborn if `dies` says so. */
  constructor(make: () => Bird, dies: () => boolean) {
    this.#make = make;
    this.#dies = dies;
    this.#bird = make();
  }

  /** In the place of a machine, for hosts that call these alone. */
  get machine(): NodeMachine {
    return this as unknown as NodeMachine;
  }

  get name(): string {
    return this.#bird.machine.name;
  }

  get address(): NodeMachine["address"] {
    return this.#bird.machine.address;
  }

  get deadline(): Instant {
    return this.#bird.machine.deadline;
  }

  stats(): ReturnType<NodeMachine["stats"]> {
    return this.#bird.machine.stats();
  }

  handle(input: NodeInput, now: Instant, rng: Rng, host: NodeEffects): void {
    this.#bird.machine.handle(input, now, rng, host);
    if (this.#dies()) this.#rise();
  }

  #rise(): void {
    this.rebirths++;
    const { machine, peers } = this.#bird;
    const ashes = structuredClone({ peers: peers.save(), node: machine.save() });
    this.#bird = this.#make();
    this.#bird.peers.restore(ashes.peers);
    this.#bird.machine.restore(ashes.node);
  }
}

/** Says yes to one question in `odds`, by a seed. */
export function chance(seed: number, odds: number): () => boolean {
  const rng = new Sfc32(seed);
  return () => rng.below(odds) === 0;
}
