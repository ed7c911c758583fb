/**
 * A node's machine and what belongs to it, made when its address is known.
 * @module
 */
import type { Averaging } from "../aggregation/index.ts";
import type { AntiEntropy } from "../anti-entropy/index.ts";
import type { HeartbeatDetection } from "../detection/index.ts";
import type { NodeMachine } from "../composition/index.ts";
import { Sfc32 } from "../kernel/index.ts";
import type { Address, Rng } from "../kernel/index.ts";
import type { Membership, MembershipCommand } from "../membership/index.ts";
import type { Messaging } from "../messaging/index.ts";
import { Answers, Recorder } from "../recording/index.ts";
import type { RecordingOptions } from "../recording/index.ts";
import type { StateCommand, ThreeWayExchange } from "../state/index.ts";
import { makeNode } from "./blueprint.ts";
import type { Blueprint, Judgement, MadeNode } from "./blueprint.ts";
import type { BroadcastTenants } from "./broadcast-tenants.ts";
import type { Ports } from "./clock.ts";
import type { Driver, InputHandler } from "./driver.ts";
import { advertisedAddress } from "./node-options.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import type { NodeWire } from "./node-wire.ts";
import { configOf } from "./node-state.ts";
import { Seeds } from "./seeds.ts";
import type { JoinResult } from "./seeds.ts";

export interface RunningNode {
  readonly driver: Driver;
  readonly machine: NodeMachine;
  /** What takes the machine's inputs: itself, or a recorder in front of it. */
  readonly handler: InputHandler;
  readonly membership: Membership;
  readonly messaging: Messaging;
  readonly broadcast: BroadcastTenants | undefined;
  readonly averaging: Averaging | undefined;
  readonly exchange: ThreeWayExchange | undefined;
  readonly antiEntropy: AntiEntropy | undefined;
  readonly detection: HeartbeatDetection | undefined;
  readonly seeds: Seeds;
}

export function compose(
  options: Omit<ResolvedNodeOptions, "metadataCodec">,
  ports: Ports,
  wire: NodeWire,
  driver: Driver,
  bound: Address,
  join: (addresses: readonly Address[]) => Promise<JoinResult>,
): RunningNode {
  const { clock, resolver } = ports;
  const address = advertisedAddress(options.advertise, bound, ports.advertisable);
  const judgement = {
    admit: options.admit,
    admitMerge: options.admitMerge,
    allows: options.wire.allows,
  };
  const blueprint: Blueprint = {
    name: options.name,
    address,
    epoch: clock.epochSeconds(),
    now: clock.now(),
    tags: options.tags,
    membership: options.membership,
    messaging: options.messaging,
    composition: options.composition,
    topics: options.topics,
    aggregates: options.aggregates,
    state: options.state && configOf(options.state),
    maps: options.maps?.config,
    detection: options.detection,
    applicationVersions: options.applicationVersions,
    hasSeeds: options.seeds.length > 0,
    envelopeBytes: wire.envelope.overheadBytes,
    asks: {
      admit: judgement.admit !== undefined,
      admitMerge: judgement.admitMerge !== undefined,
      allows: judgement.allows !== undefined,
    },
  };
  const { recording, tenants } = options;
  const { made, handler } =
    recording === undefined
      ? { made: makeNode(blueprint, judgement, tenants), handler: undefined }
      : recordedNode(blueprint, judgement, tenants, recording, ports.rng);
  const { machine, membership, messaging, ...others } = made;
  const { exchange } = others;
  // State is gossiped to seeds as well, at times.
  const tellState = (addresses: readonly Address[]): void => {
    const command: StateCommand = { type: "seeds", addresses };
    if (exchange !== undefined) driver.command(exchange.name, command);
  };
  const seeds = new Seeds({
    seeds: options.seeds,
    retryMs: options.seedRetryMs,
    clock,
    resolver,
    logger: options.logger,
    self: address,
    join: (addresses) => {
      tellState(addresses);
      return join(addresses);
    },
    ask: (addresses) => {
      tellState(addresses);
      const command: MembershipCommand = { type: "askSeeds", addresses };
      driver.command(membership.name, command);
    },
    rng: ports.rng,
  });
  return {
    driver,
    machine,
    handler: handler ?? machine,
    membership,
    messaging,
    ...others,
    seeds,
  };
}

const SEED_BOUND = 0x1_0000_0000;

/** The same node with a recorder in front, and a source of randomness that nobody else draws from. */
function recordedNode(
  blueprint: Blueprint,
  { admit, admitMerge, allows }: Judgement,
  tenants: ResolvedNodeOptions["tenants"],
  recording: RecordingOptions,
  entropy: Rng,
): { readonly made: MadeNode; readonly handler: Recorder } {
  const answers = new Answers();
  const judgement = {
    admit: answers.heard(admit),
    admitMerge: answers.heard(admitMerge),
    allows: answers.heard(allows),
  };
  const made = makeNode(blueprint, judgement, tenants);
  const draw = (): number => entropy.below(SEED_BOUND);
  const rng = new Sfc32(draw(), draw(), draw());
  const { machine, peers } = made;
  const handler = new Recorder({ machine, peers, rng, answers, config: blueprint }, recording);
  return { made, handler };
}
