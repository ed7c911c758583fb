/**
 * A node's machine and what belongs to it, made when its address is known.
 * @module
 */
import { NodeMachine, PeerTable, resolveCompositionConfig } from "../composition/index.ts";
import type { Address, Incarnation } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import type { MembershipCommand } from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import type { Ports } from "./clock.ts";
import type { Driver } from "./driver.ts";
import { advertisedAddress } from "./node-options.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import type { NodeWire } from "./node-wire.ts";
import { Seeds } from "./seeds.ts";
import type { JoinResult } from "./seeds.ts";

export interface RunningNode {
  readonly driver: Driver;
  readonly machine: NodeMachine;
  readonly membership: Membership;
  readonly messaging: Messaging;
  readonly seeds: Seeds;
}

/** What a packet spends on a message beside the message: headers of a compound, with room to spare. */
const PACKET_MARGIN_BYTES = 16;

export function compose(
  options: Omit<ResolvedNodeOptions, "metadataCodec">,
  ports: Ports,
  wire: NodeWire,
  driver: Driver,
  bound: Address,
  join: (addresses: readonly Address[]) => Promise<JoinResult>,
): RunningNode {
  const { name, tags } = options;
  const { clock, resolver } = ports;
  const address = advertisedAddress(options.advertise, bound, ports.advertisable);
  const epoch = clock.epochSeconds();
  const peers = new PeerTable();
  const config = resolveCompositionConfig(options.composition);
  const { overheadBytes } = wire.envelope;
  const membership = new Membership({
    name,
    address,
    peers,
    tags,
    config: options.membership,
    firstIncarnation: epoch as Incarnation,
    now: clock.now(),
    applicationVersions: options.applicationVersions,
    admit: options.admit,
    admitMerge: options.admitMerge,
    hasSeeds: options.seeds.length > 0,
    allows: options.wire.allows,
  });
  // A broadcast that did not fit into a packet would wait in its queue for ever.
  const datagramBytes = config.packetBytes - overheadBytes - PACKET_MARGIN_BYTES;
  const messaging = new Messaging({
    name,
    epoch,
    peers,
    config: { datagramBytes, ...options.messaging },
  });
  const own = options.tenants({ name, address, peers, sampler: membership.sampler, epoch });
  const tenants = [membership, messaging, ...own];
  const envelopeBytes = overheadBytes;
  const machine = new NodeMachine({ name, address, peers, tenants, envelopeBytes, config });
  const seeds = new Seeds({
    seeds: options.seeds,
    retryMs: options.seedRetryMs,
    clock,
    resolver,
    logger: options.logger,
    self: address,
    join,
    ask: (addresses) => {
      const command: MembershipCommand = { type: "askSeeds", addresses };
      driver.command(membership.name, command);
    },
    rng: ports.rng,
  });
  return { driver, machine, membership, messaging, seeds };
}
