/**
 * An aggregate of the nodes of a cluster in virtual time: the same machine as a node on sockets, each with a number of its own.
 * @module
 */
import { Averaging, AVERAGING_CHANNEL } from "../aggregation/index.ts";
import type {
  AggregateResult,
  AveragingConfig,
  Contribution,
  Withdrawal,
} from "../aggregation/index.ts";
import type { Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { Speakers } from "../overlay/index.ts";
import type { NodeContext } from "./node-spec.ts";
import type { World } from "./world.ts";

const AGGREGATE = "x";

/** An epoch of four seconds. */
export const STORY_AVERAGING: Partial<AveragingConfig> = {
  intervalMs: 200,
  cycles: 20,
  replyMs: 100,
};

export class SharedAggregates {
  /** Of each node's latest run. */
  readonly #machines = new Map<string, Averaging>();
  readonly #values = new Map<string, number>();
  #world: World | undefined;

  /** The world whose nodes these are, before the first of them starts. */
  began(world: World): void {
    this.#world = world;
  }

  tenant(node: string, { peers }: NodeContext, { sampler }: Membership): Tenant {
    const speakers = new Speakers(AVERAGING_CHANNEL, peers, sampler);
    const machine = new Averaging({ sampler: speakers, config: STORY_AVERAGING });
    this.#machines.set(node, machine);
    return machine as unknown as Tenant;
  }

  /** A run of a node begins: it brings its number from here on. */
  started(node: string): void {
    const value = this.valueOf(node);
    this.#values.set(node, value);
    const world = this.#need();
    const command: Contribution = { type: "contribute", aggregate: AGGREGATE, value };
    world.after(0, () => {
      if (world.isAlive(node)) world.command(node, "averaging", command);
    });
  }

  /** Who leaves brings nothing any more, although its process runs on: as a node on sockets. */
  left(node: string): void {
    const world = this.#need();
    if (!world.isAlive(node)) return;
    world.command(node, "averaging", { type: "withdraw", aggregate: AGGREGATE } as Withdrawal);
  }

  /** How many there were before it. */
  valueOf(node: string): number {
    return this.#values.get(node) ?? this.#values.size;
  }

  /** What the last epoch of a node has come to. */
  resultOf(node: string): AggregateResult | undefined {
    const world = this.#need();
    const result = this.#machines.get(node)?.result(AGGREGATE, world.now);
    return result?.settled === true ? result : undefined;
  }

  #need(): World {
    if (this.#world === undefined) throw new Error("BUG: no world yet");
    return this.#world;
  }
}
