/**
 * Everything that leaves in packets, and the queues that fill them.
 * @module
 */
import { TYPE_BYTE } from "../codec/index.ts";
import { channelBit, includesChannels, NO_CHANNELS, NO_PEER } from "../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Message,
  MessageType,
  PeerId,
  Peers,
  Tenant,
} from "../kernel/index.ts";
import type { Ferry } from "./ferry.ts";
import { Packer } from "./packer.ts";
import type { SavedPacker } from "./packer.ts";
import { Outgoing, Packet } from "./packet.ts";
import type { QueueStats } from "./stats.ts";
import { TransmitQueue } from "./transmit-queue.ts";
import type { SavedTransmitQueue, TransmitQueueLimits } from "./transmit-queue.ts";
import type { Turn } from "./turn.ts";
import type { WireRegistry } from "./wire-registry.ts";

export interface OutboxConfig {
  /** What the envelope leaves of a datagram. */
  readonly packetBytes: number;
  readonly queue: TransmitQueueLimits;
}

export interface SavedOutbox {
  /** Index: tenant. */
  readonly queues: readonly SavedTransmitQueue[];
  readonly packer: SavedPacker;
  readonly packetsSent: number;
  readonly bytesSent: number;
}

export class Outbox {
  readonly #tenants: readonly Tenant[];
  readonly #registry: WireRegistry;
  readonly #peers: Peers;
  readonly #ferry: Pick<Ferry, "send">;
  /** Index: tenant, as in all that follow. */
  readonly #queues: readonly TransmitQueue[];
  /** What a receiver must understand to be given the tenant's news. */
  readonly #audiences: readonly ChannelSet[];
  /** Keys of messages that the last packet sent for the last time. */
  readonly #spent: readonly string[][];
  readonly #packer: Packer;
  packetsSent = 0;
  bytesSent = 0;
  /** Whether anything waits in any queue: asked for each packet, so it is known rather than found out. */
  hasNews = false;

  constructor(
    config: OutboxConfig,
    tenants: readonly Tenant[],
    registry: WireRegistry,
    peers: Peers,
    ferry: Pick<Ferry, "send">,
  ) {
    this.#ferry = ferry;
    this.#tenants = tenants;
    this.#registry = registry;
    this.#peers = peers;
    this.#queues = tenants.map(({ wire }) => new TransmitQueue(wire.queue ?? config.queue));
    this.#spent = tenants.map(() => []);
    this.#audiences = tenants.map(({ wire }) => {
      return wire.channel === undefined ? NO_CHANNELS : channelBit(wire.channel);
    });
    const lanes = tenants.map(({ wire }, i) => {
      return { queue: this.#queues[i] as TransmitQueue, share: wire.share ?? "shared" };
    });
    this.#packer = new Packer(lanes, config.packetBytes);
  }

  /** Puts news into the queue of `tenant`. */
  offer(tenant: number, message: Message, transmits: number, key: string): void {
    const type = this.#registry.typeOf(tenant, message);
    this.#queues[tenant]?.offer(type, message, transmits, key);
    this.#lookForNews();
  }

  /**
   * A datagram with this message, a second one behind it if given, and as much news as fits. `peer` may be
   * `NO_PEER`.
   */
  send(
    tenant: number,
    to: Address,
    peer: PeerId,
    message: Message,
    turn: Turn,
    second?: Message,
  ): void {
    const first = new Outgoing(this.#registry.typeOf(tenant, message), message);
    if (second === undefined) return this.#transmit(first, to, peer, turn);
    const type = this.#registry.typeOf(tenant, second);
    this.#transmit(first, to, peer, turn, new Outgoing(type, second));
  }

  /**
   * This message and no news, to whoever says that he is there. Else a forged address would make a large packet of a small
   * one, and what strangers are told would count as told to members.
   */
  sendAlone(tenant: number, to: Address, message: Message, turn: Turn): void {
    const packet = new Packet(new Outgoing(this.#registry.typeOf(tenant, message), message));
    this.packetsSent++;
    this.bytesSent += packet.size;
    this.#ferry.send(to, NO_PEER, packet, false, turn);
  }

  /** A datagram of news alone, if there is any for this peer. */
  gossip(peer: PeerId, turn: Turn): void {
    this.#transmit(undefined, this.#peers.addressOf(peer), peer, turn);
  }

  eachQueue(visit: (tenant: string, messages: number, bytes: number) => void): void {
    for (const [i, { name }] of this.#tenants.entries()) {
      const { length, bytes } = this.#queues[i] as TransmitQueue;
      visit(name, length, bytes);
    }
  }

  /** Depth and losses of each queue, by tenant name. */
  queueStats(): Record<string, QueueStats> {
    const rows = this.#tenants.map(({ name }, i) => {
      const { length, bytes, dropped } = this.#queues[i] as TransmitQueue;
      return [name, { messages: length, bytes, dropped }] as const;
    });
    return Object.fromEntries(rows);
  }

  save(): SavedOutbox {
    return {
      queues: this.#queues.map((queue) => queue.save()),
      packer: this.#packer.save(),
      packetsSent: this.packetsSent,
      bytesSent: this.bytesSent,
    };
  }

  restore(saved: SavedOutbox): void {
    for (const [tenant, queue] of saved.queues.entries()) {
      const typeOf = (message: Message): MessageType => this.#registry.typeOf(tenant, message);
      this.#queues[tenant]?.restore(queue, typeOf);
    }
    this.#lookForNews();
    this.#packer.restore(saved.packer);
    this.packetsSent = saved.packetsSent;
    this.bytesSent = saved.bytesSent;
  }

  #transmit(
    first: Outgoing | undefined,
    to: Address,
    peer: PeerId,
    turn: Turn,
    second?: Outgoing,
  ): void {
    // Most packets of most nodes are a probe or its answer, while nobody has any news.
    const isLone = second === undefined && !this.hasNews;
    const packet = isLone ? lonePacket(first) : this.#fill(first, peer, second);
    if (packet === undefined) return;
    this.packetsSent++;
    this.bytesSent += packet.size;
    const checksum = peer !== NO_PEER && this.#peers.checksums(peer) && !isLoneProbe(packet);
    this.#ferry.send(to, peer, packet, checksum, turn);
    if (!isLone) this.#reportSpent(turn);
  }

  #fill(
    first: Outgoing | undefined,
    peer: PeerId,
    second: Outgoing | undefined,
  ): Packet | undefined {
    const channels = peer === NO_PEER ? NO_CHANNELS : this.#peers.channelsOf(peer);
    const packet = this.#packer.fill(
      first,
      (lane) => includesChannels(channels, this.#audiences[lane] as ChannelSet),
      (lane) => this.#spent[lane] as string[],
      second,
    );
    this.#lookForNews();
    return packet;
  }

  #lookForNews(): void {
    this.hasNews = this.#queues.some((queue) => queue.length > 0);
  }

  #reportSpent(turn: Turn): void {
    for (let tenant = 0; tenant < this.#spent.length; tenant++) {
      const keys = this.#spent[tenant] as string[];
      if (keys.length === 0) continue;
      for (const key of keys) turn.deliver(tenant, { type: "spent", key });
      keys.length = 0;
    }
  }
}

function lonePacket(first: Outgoing | undefined): Packet | undefined {
  return first === undefined ? undefined : new Packet(first);
}

/**
 * Whether a packet tells nothing of anybody. memberlist sends those without a checksum, too: garbled by a
 * network whose own checksums let it pass, they harm nobody.
 */
function isLoneProbe({ first, more }: Packet): boolean {
  return more.length === 0 && isProbe(first.wire.prefix[0]);
}

/** Whether it asks or answers whether somebody is there. */
function isProbe(type: number | undefined): boolean {
  switch (type) {
    case TYPE_BYTE.ping:
    case TYPE_BYTE.indirectPing:
    case TYPE_BYTE.ack:
    case TYPE_BYTE.nack:
      return true;
    default:
      return false;
  }
}
