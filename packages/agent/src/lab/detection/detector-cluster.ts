/**
 * Nodes that send each other heartbeats and nothing else: a detector alone, without SWIM below it.
 *
 *     Roster   everybody is there, nobody says who is not     HeartbeatDetection   finds out
 *
 * Tables go to anybody of all, the dead among them, as nothing but the detector itself could say who that is. So crashed and troubled
 * nodes are found by heartbeats alone, and what is counted is the detector's own traffic.
 * @module
 */
import { HEARTBEAT_CHANNEL, HeartbeatDetection } from "hearsay/detection";
import type { DetectionEvent, DetectionOptions } from "hearsay/detection";
import { channelBit, parseAddress, Sfc32 } from "hearsay/kernel";
import type { Address, Tenant } from "hearsay/kernel";
import { Roster, World } from "hearsay/sim";
import type { NodeContext, WorldEvent } from "hearsay/sim";
import { CommandError } from "../../terminal.ts";
import type { DetectorVerdict, Verdict, WatchedCluster } from "../watched-cluster.ts";

export interface DetectorClusterOptions {
  readonly seed: number;
  readonly n: number;
  /** Probability that a datagram is lost, once everybody has been heard of. */
  readonly loss: number;
  readonly latencyMs: readonly [least: number, most: number];
  readonly detection: DetectionOptions;
}

const WORDS: Readonly<Record<DetectionEvent["type"], DetectorVerdict["type"]>> = {
  suspected: "suspect",
  failed: "fail",
  restored: "alive",
};
const MAX_FORMING_MS = 300_000;
/** Until a detector that learns has something to go by. */
const SETTLING_MS = 30_000;
const STEP_MS = 100;

export class DetectorCluster implements WatchedCluster {
  readonly world: World;
  readonly rng: Sfc32;
  /** How long it took until everybody had heard of everybody after all had been started at once. */
  formedMs = 0;
  readonly #options: DetectorClusterOptions;
  readonly #names: readonly string[];
  readonly #machines = new Map<string, HeartbeatDetection>();
  /** Whom each node holds for dead. */
  readonly #failed = new Map<string, Set<string>>();
  #listener: ((told: Verdict) => void) | undefined;

  constructor(options: DetectorClusterOptions) {
    const { seed, n, latencyMs } = options;
    this.#options = options;
    this.#names = Array.from({ length: n }, (_, i) => `n${i}`);
    this.rng = new Sfc32(seed, 0x6c6162);
    this.world = new World({
      seed,
      wire: "objects",
      network: { latencyMs },
      keepEvents: false,
      onEvent: (event) => this.#hear(event),
    });
  }

  get live(): readonly string[] {
    const { world } = this;
    return world.names.filter((name) => world.isAlive(name) && !world.isPaused(name));
  }

  /** Starts all at once, and makes the network as lossy as it shall be when all have been heard of. */
  form(): void {
    const { world } = this;
    for (const [index, name] of this.#names.entries()) {
      const tenants = (context: NodeContext): Tenant[] => this.#tenants(name, context);
      world.add(name, { tenants, address: addressOf(index) });
    }
    let waiting = this.#names;
    for (; waiting.length > 0 && world.now < MAX_FORMING_MS; world.run(STEP_MS)) {
      waiting = waiting.filter((name) => {
        const judgements = this.#machines.get(name)?.judgements(world.now) ?? [];
        return judgements.some(({ heartbeat }) => heartbeat === undefined);
      });
    }
    if (waiting.length > 0) {
      throw new CommandError(`${waiting.length} nodes have not heard of all others`);
    }
    this.formedMs = world.now;
    world.run(SETTLING_MS);
    world.network.setLoss(this.#options.loss);
  }

  view(node: string): ReadonlySet<string> {
    const failed = this.#failed.get(node);
    return new Set(this.#names.filter((name) => name !== node && failed?.has(name) !== true));
  }

  knowing(about: string, nodes: readonly string[]): number {
    return nodes.filter((node) => node !== about && this.#failed.get(node)?.has(about) !== true)
      .length;
  }

  listen(listener: ((told: Verdict) => void) | undefined): void {
    this.#listener = listener;
  }

  /** Nobody has to be asked: it is known to all. */
  comeBack(name: string): void {
    this.world.restart(name);
  }

  #tenants(name: string, { peers, epochSeconds }: NodeContext): Tenant[] {
    // A node that starts anew holds nobody for dead.
    this.#failed.set(name, new Set());
    const others = this.#names.flatMap((other, index) => {
      if (other === name) return [];
      const peer = peers.intern(other, addressOf(index));
      peers.setChannels(peer, channelBit(HEARTBEAT_CHANNEL));
      return [peer];
    });
    const roster = new Roster(others);
    const machine = new HeartbeatDetection({
      name,
      epoch: epochSeconds,
      peers,
      sampler: roster,
      config: this.#options.detection,
    });
    this.#machines.set(name, machine);
    return [machine as unknown as Tenant, roster];
  }

  #hear({ at, node, event }: WorldEvent): void {
    const { type, name, reason } = event as DetectionEvent;
    const failed = this.#failed.get(node);
    if (type === "failed") failed?.add(name);
    if (type === "restored") failed?.delete(name);
    this.#listener?.({ at, node, about: name, event: { type: WORDS[type], reason } });
  }
}

function addressOf(index: number): Address {
  return parseAddress(
    `10.${(index + 1) >> 16}.${((index + 1) >> 8) & 255}.${(index + 1) & 255}:7946`,
  );
}
