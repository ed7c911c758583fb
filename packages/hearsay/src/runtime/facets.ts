/**
 * The facets of a node, put together from its options and from what it runs on.
 *
 *     node.topic ────▶ Topics ────┐            ┌──▶ commands ──▶ driver ──▶ machine
 *     node.aggregate ▶ Aggregates ┼──▶ host ───┤
 *     node.state ────▶ NodeState ─┤            └──▶ tenants, to read
 *     node.map ──────▶ Maps ──────┘           (sets and counters, too)
 *         ▲                                                          │
 *         └───────────────────────── events ◀────────────────────────┘
 *
 * A facet that the options leave out is not made; asking for it is an error of the caller.
 * @module
 */
import type { AntiEntropyCommand } from "../anti-entropy/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Command, NodeEvent } from "../kernel/index.ts";
import type { ThreeWayExchange } from "../state/index.ts";
import { Aggregates } from "./aggregates.ts";
import type { BroadcastTenants } from "./broadcast-tenants.ts";
import type { Ports } from "./clock.ts";
import type { Facet } from "./facet.ts";
import { Maps } from "./maps/index.ts";
import type { MapCarrier, MapStore, ResolvedMaps } from "./maps/index.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import { NodeState } from "./node-state.ts";
import type { StateOptions } from "./node-state.ts";
import type { RunningNode } from "./running-node.ts";
import { Topics } from "./topics.ts";

/** The node behind the facets. */
export interface FacetHost {
  /** While it runs. */
  readonly running: RunningNode | undefined;
  /** @throws HearsayError `ERR_STATE` while it does not run */
  need(): RunningNode;
  request(
    tenant: string,
    command: (id: number) => Command & { readonly id: number },
  ): Promise<unknown>;
  trouble(error: Error): void;
}

type Options = Omit<ResolvedNodeOptions, "metadataCodec">;

interface Made {
  readonly topics: Topics | undefined;
  readonly aggregates: Aggregates | undefined;
  readonly state: NodeState | undefined;
  readonly maps: Maps | undefined;
}

export class Facets {
  readonly #made: Made;
  readonly #all: readonly Facet[];
  #undecodable = 0;

  constructor(options: Options, ports: Ports, host: FacetHost) {
    const count = (what: object, words: string): void => {
      options.logger.warn(what, words);
      this.#undecodable++;
    };
    this.#made = {
      topics: options.topics && makeTopics(options, host, count),
      aggregates: options.aggregates && makeAggregates(options, ports, host),
      state: options.state && makeState(options, options.state, ports, host, count),
      maps: options.maps && makeMaps(options, options.maps, ports, host, count),
    };
    const facets: readonly (Facet | undefined)[] = Object.values(this.#made);
    this.#all = facets.filter((facet) => facet !== undefined);
  }

  /** Messages and values that their encoding did not read. */
  get undecodable(): number {
    return this.#undecodable;
  }

  get topics(): Topics | undefined {
    return this.#made.topics;
  }

  get aggregates(): Aggregates | undefined {
    return this.#made.aggregates;
  }

  get maps(): Maps | undefined {
    return this.#made.maps;
  }

  /** @throws HearsayError `ERR_STATE` if the options leave it out */
  need<Name extends keyof Made>(name: Name): NonNullable<Made[Name]> {
    const facet = this.#made[name];
    if (facet !== undefined) return facet;
    throw new HearsayError(
      "ERR_STATE",
      `this node has no ${name}: its option is \`${name}: false\``,
    );
  }

  start(): void {
    for (const facet of this.#all) facet.start();
  }

  deliver(event: NodeEvent): boolean {
    return this.#all.some((facet) => facet.deliver(event));
  }

  async flush(): Promise<void> {
    for (const facet of this.#all) await facet.flush?.();
  }

  close(error: Error): void {
    for (const facet of this.#all) facet.close(error);
  }
}

type Count = (what: object, words: string) => void;

function makeTopics({ logger, eventBuffer }: Options, host: FacetHost, undecodable: Count): Topics {
  return new Topics({
    carrier: (delivery) => {
      const { machine, driver, broadcast } = host.need();
      const { name, maxPayloadBytes } = (broadcast as BroadcastTenants).carrier(delivery);
      return {
        isCongested: machine.isCongested,
        maxPayloadBytes,
        publish: (command) => driver.command(name, command),
      };
    },
    wake: () => {
      const sleeper = host.running?.broadcast?.sleeper;
      if (sleeper !== undefined) host.running?.driver.command(sleeper, { type: "wake" });
    },
    undecodable: (topic, origin, err) => {
      undecodable({ topic, origin, err }, "a message on a topic does not decode");
    },
    onError: (err) => logger.error({ err }, "a subscriber threw"),
    buffer: eventBuffer,
  });
}

function makeAggregates(
  { logger, eventBuffer }: Options,
  { clock }: Ports,
  host: FacetHost,
): Aggregates {
  return new Aggregates({
    command: (command) => host.running?.driver.command("averaging", command),
    result: (aggregate, underWay) => {
      return host.running?.averaging?.result(aggregate, clock.now(), underWay);
    },
    onError: (err) => logger.error({ err }, "an aggregate's function failed"),
    buffer: eventBuffer,
  });
}

function makeState(
  { logger, eventBuffer }: Options,
  options: StateOptions,
  { clock }: Ports,
  host: FacetHost,
  undecodable: Count,
): NodeState {
  return new NodeState(options, {
    machine: () => host.need().exchange as ThreeWayExchange,
    now: () => clock.now(),
    command: (command) => host.need().driver.command("state", command),
    undecodable: (member, key, err) => {
      undecodable({ member, key, err }, "a value of a member's state does not decode");
    },
    defended: (generation) => {
      const words = "others held more for our state than we have written: it begins anew";
      logger.warn({ generation }, words);
    },
    onError: (err) => logger.error({ err }, "a watcher threw"),
    buffer: eventBuffer,
  });
}

function makeMaps(
  { logger, eventBuffer, seeds }: Options,
  options: ResolvedMaps,
  { clock, rng, crc32, snapshots: inDirectory }: Ports,
  host: FacetHost,
  undecodable: Count,
): Maps {
  const { snapshots } = options;
  return new Maps({
    options,
    snapshots: typeof snapshots === "string" ? inDirectory?.(snapshots) : snapshots,
    carrier: () => mapCarrier(host, seeds),
    clock,
    rng,
    crc32,
    trouble: (error) => host.trouble(error),
    undecodable: (map, key, err) => {
      undecodable({ map, key, err }, "a value of a map does not decode");
    },
    onError: (err) => logger.error({ err }, "a watcher threw"),
    buffer: eventBuffer,
  });
}

/** The machine of maps, as they ask it. */
function mapCarrier(host: FacetHost, seeds: readonly string[]): MapCarrier {
  const name = "antiEntropy";
  const { antiEntropy, driver, membership } = host.need();
  return {
    request: (command) => host.request(name, command),
    tell: (command: AntiEntropyCommand) => driver.command(name, command),
    store: (map) => antiEntropy?.store(map) as MapStore | undefined,
    get isAlone() {
      return seeds.length === 0 && membership.members().length === 1;
    },
  };
}
