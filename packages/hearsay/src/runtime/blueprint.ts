/**
 * What a node's machine is made of: plain data, so that it can stand in a recording, and what an application
 * adds in code.
 * @module
 */
import { Averaging, AVERAGING_CHANNEL } from "../aggregation/index.ts";
import type { AntiEntropy } from "../anti-entropy/index.ts";
import { NodeMachine, PeerTable, resolveCompositionConfig } from "../composition/index.ts";
import type { CompositionConfig } from "../composition/index.ts";
import { HEARTBEAT_CHANNEL, HeartbeatDetection } from "../detection/index.ts";
import type { DetectionOptions } from "../detection/index.ts";
import type { Address, Incarnation, Instant, Tenant } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import type {
  ApplicationVersions,
  MembershipHooks,
  MembershipOptions,
  Tags,
} from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import type { MessagingConfig } from "../messaging/index.ts";
import { Speakers } from "../overlay/index.ts";
import type { StateConfig, ThreeWayExchange } from "../state/index.ts";
import { AGGREGATES_DEFAULTS } from "./aggregates.ts";
import type { AggregatesOptions } from "./aggregates.ts";
import { BroadcastTenants } from "./broadcast-tenants.ts";
import type { TopicsOptions } from "./broadcast-tenants.ts";
import { mapMachine } from "./maps/index.ts";
import type { MapsConfig } from "./maps/index.ts";
import { stateMachine } from "./node-state.ts";
import type { TenantContext } from "./tenant-context.ts";

/** Never a key, nor anything that is made of one. */
export interface Blueprint {
  readonly name: string;
  readonly address: Address;
  /** Seconds since 1970 at boot, and the host's time then. */
  readonly epoch: number;
  readonly now: Instant;
  readonly tags: Tags;
  readonly membership: MembershipOptions;
  readonly messaging: Partial<MessagingConfig>;
  readonly composition: Partial<CompositionConfig>;
  /** Nothing where a node has no topics. */
  readonly topics: TopicsOptions | undefined;
  /** Nothing where a node has no aggregates. */
  readonly aggregates: AggregatesOptions | undefined;
  /** Nothing where a node has no state. */
  readonly state: Partial<StateConfig> | undefined;
  /** Nothing where a node has no maps. */
  readonly maps: MapsConfig | undefined;
  /** Nothing where a node has no second opinion on members. */
  readonly detection: DetectionOptions | undefined;
  readonly applicationVersions: ApplicationVersions | undefined;
  readonly hasSeeds: boolean;
  /** What label, encryption and checksum add to each datagram. */
  readonly envelopeBytes: number;
  /** What the application is asked. */
  readonly asks: { readonly [Ask in keyof Judgement]: boolean };
}

/** What an application has a say in. */
export interface Judgement extends MembershipHooks {
  /** Whether a member may live at an address. */
  readonly allows?: ((address: Address) => boolean) | undefined;
}

export interface MadeNode {
  readonly machine: NodeMachine;
  readonly peers: PeerTable;
  readonly membership: Membership;
  readonly messaging: Messaging;
  readonly broadcast: BroadcastTenants | undefined;
  readonly averaging: Averaging | undefined;
  readonly exchange: ThreeWayExchange | undefined;
  readonly antiEntropy: AntiEntropy | undefined;
  readonly detection: HeartbeatDetection | undefined;
}

/** What a packet spends on a message beside the message: headers of a compound, with room to spare. */
const PACKET_MARGIN_BYTES = 16;
/** What a frame of a link spends on a publication beside its payload, at most: two names and some numbers. */
const PUBLICATION_MARGIN_BYTES = 512;

export function makeNode(
  blueprint: Blueprint,
  { allows, admit, admitMerge }: Judgement,
  tenants: (context: TenantContext) => readonly Tenant[],
): MadeNode {
  const { name, address, epoch, now, tags, envelopeBytes, hasSeeds } = blueprint;
  const { applicationVersions } = blueprint;
  const peers = new PeerTable();
  const config = resolveCompositionConfig(blueprint.composition);
  // A broadcast that did not fit into a packet would wait in its queue for ever.
  const datagramBytes = config.packetBytes - envelopeBytes - PACKET_MARGIN_BYTES;
  const membership = new Membership({
    name,
    address,
    peers,
    tags,
    config: blueprint.membership,
    firstIncarnation: epoch as Incarnation,
    now,
    applicationVersions,
    packetBytes: datagramBytes,
    admit,
    admitMerge,
    hasSeeds,
    allows,
  });
  const messaging = new Messaging({
    name,
    epoch,
    peers,
    config: { datagramBytes, ...blueprint.messaging },
  });
  const context = { name, address, peers, sampler: membership.sampler, epoch };
  const linked = config.maxFrameBytes - PUBLICATION_MARGIN_BYTES;
  const bytes = { datagram: datagramBytes, linked };
  const broadcast = blueprint.topics && new BroadcastTenants(blueprint.topics, context, bytes);
  const averaging =
    blueprint.aggregates &&
    new Averaging({
      sampler: new Speakers(AVERAGING_CHANNEL, peers, membership.sampler),
      config: { ...AGGREGATES_DEFAULTS, ...blueprint.aggregates },
    });
  const all = [membership, messaging, ...(broadcast?.all ?? [])];
  if (averaging !== undefined) all.push(averaging as unknown as Tenant);
  const antiEntropy = blueprint.maps && mapMachine(context, blueprint.maps, datagramBytes);
  if (antiEntropy !== undefined) all.push(antiEntropy as unknown as Tenant);
  const detection =
    blueprint.detection &&
    new HeartbeatDetection({
      name,
      epoch,
      peers,
      sampler: new Speakers(HEARTBEAT_CHANNEL, peers, membership.sampler),
      config: { packetBytes: datagramBytes, ...blueprint.detection },
    });
  if (detection !== undefined) all.push(detection as unknown as Tenant);
  const exchange = blueprint.state && stateMachine(context, blueprint.state, datagramBytes);
  if (exchange !== undefined) all.push(exchange as unknown as Tenant);
  all.push(...tenants(context));
  const machine = new NodeMachine({ name, address, peers, tenants: all, envelopeBytes, config });
  const others = { broadcast, averaging, antiEntropy, detection, exchange };
  return { machine, peers, membership, messaging, ...others };
}
