/**
 * A node: tenants under one roof, as one pure machine.
 *
 *                    datagram · packet · stream inputs · timeout · command
 *                                        │ handle
 *     ┌──────────────────────────────────▼──────────────────────────────────┐
 *     │ layers ─▶ WireRegistry ─▶ tenant ─┬─ send, gossip ─▶ Packer ────────┼─▶ datagram
 *     │ Streams ─▶ Exchanges, Links ──────┤  offer ─▶ TransmitQueue ─▶ ┘    │
 *     │                                   ├─ dial, write, link … ───────────┼─▶ open · write …
 *     │           other tenants ◀─ queue ─┴─ signal        notify ──────────┼─▶ notify
 *     └──────────────────────────────────────────────────────────────────────┘
 *
 * A protocol is added by putting its tenant into the list; nothing here knows any by name. The tenants'
 * timers and the streams' make the one `deadline`. Inputs that tenants cause each other are queued and
 * handled before `handle` returns; no tenant is ever re-entered.
 * @module
 */
import { DEFAULT_LAYER_LIMITS, readLayers } from "../codec/index.ts";
import type { LayerSink } from "../codec/index.ts";
import {
  assertNever,
  channelBit,
  DecodeError,
  earlier,
  invariant,
  joinChannels,
  NEVER,
  NO_PEER,
  STREAMS_ONLY,
} from "../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Instant,
  Message,
  PeerId,
  Rng,
  Tenant,
  TenantInput,
} from "../kernel/index.ts";
import { resolveCompositionConfig } from "./config.ts";
import type { CompositionConfig } from "./config.ts";
import { Exchanges } from "./exchanges.ts";
import { Ferry, FERRY, PACKET_FRAME } from "./ferry.ts";
import type { NodeEffects, NodeInput } from "./host.ts";
import { Links } from "./links.ts";
import type { LinkInput } from "./links.ts";
import { Outbox } from "./outbox.ts";
import type { Outgoing, Packet } from "./packet.ts";
import type { PeerTable } from "./peer-table.ts";
import { checkTenants, saveTenant } from "./saved-node.ts";
import type { SavedNode } from "./saved-node.ts";
import { Drops } from "./stats.ts";
import type { NodeStats } from "./stats.ts";
import { Streams } from "./streams.ts";
import { TenantDesk } from "./tenant-desk.ts";
import type { Turn } from "./turn.ts";
import { WireRegistry } from "./wire-registry.ts";

export interface NodeMachineOptions {
  readonly name: string;
  /** Where others reach us. */
  readonly address: Address;
  readonly peers: PeerTable;
  /** In this order they see inputs that concern all. */
  readonly tenants: readonly Tenant[];
  /** Bytes that the envelope adds to each datagram. @default 0 */
  readonly envelopeBytes?: number;
  readonly config?: Partial<CompositionConfig>;
}

export class NodeMachine {
  readonly name: string;
  readonly address: Address;
  /** What this node understands: the channels of its tenants. */
  readonly channels: ChannelSet;
  readonly #peers: PeerTable;
  readonly #tenants: readonly Tenant[];
  readonly #registry: WireRegistry;
  readonly #outbox: Outbox;
  readonly #streams: Streams;
  readonly #exchanges: Exchanges;
  readonly #links: Links;
  readonly #ferry: Ferry;
  readonly #turn: CurrentTurn;
  /** Of every datagram; one object serves all. */
  readonly #layers: LayerSink = {
    message: (bytes, start, end) => this.#onBytes(bytes, start, end),
    drop: (reason) => this.#turn.drop(reason),
  };
  /** Where the datagram at hand is from. */
  #from = "" as Address;
  /** Who has sent it on a link, if it was not sent as a datagram. */
  #ferriedBy: PeerId = NO_PEER;
  /** What tenants have been told last, or take for granted: see `news`. */
  #newsTold = true;
  #packetsReceived = 0;
  #bytesReceived = 0;
  #messagesReceived = 0;

  constructor(options: NodeMachineOptions) {
    const { name, address, peers, tenants } = options;
    const config = resolveCompositionConfig(options.config);
    const registry = WireRegistry.of(tenants);
    const packetBytes = config.packetBytes - (options.envelopeBytes ?? 0);
    const exchanges = new Exchanges(tenants, () => this.#streams);
    const { streamsOnly } = config;
    const spoken = registry.channels;
    const channels = streamsOnly ? joinChannels(spoken, channelBit(STREAMS_ONLY)) : spoken;
    const self = { name, address, channels };
    const links = new Links(config, self, peers, () => this.#streams, {
      up: (peer, turn) => this.#onLink({ type: "linkUp", peer }, turn),
      down: (peer, reason, turn) => this.#onLink({ type: "linkDown", peer, reason }, turn),
      tell: (holder, input, turn) => this.#tellHolder(holder, input, turn),
      message: (peer, bytes, turn) => this.#onFrame(peer, bytes, turn),
    });
    const ferry = new Ferry(streamsOnly, peers, links);
    const queueing = { packetBytes, queue: config.queue };
    const outbox = new Outbox(queueing, tenants, registry, peers, ferry);
    const turn = new CurrentTurn(tenants);
    const shared = { peers, registry, outbox, exchanges, links, ferry, turn };
    const parts = { tenants: tenants.length, ...shared };
    for (const i of tenants.keys()) turn.desks.push(new TenantDesk(i, parts));
    this.name = name;
    this.address = address;
    this.channels = channels;
    this.#peers = peers;
    this.#tenants = tenants;
    this.#registry = registry;
    this.#outbox = outbox;
    this.#streams = new Streams(config, registry, { exchanges, links });
    this.#exchanges = exchanges;
    this.#links = links;
    this.#ferry = ferry;
    this.#turn = turn;
  }

  /** When the host must next deliver `timeout`; read again after every `handle`. */
  get deadline(): Instant {
    let deadline = earlier(this.#streams.deadline, this.#ferry.deadline);
    for (const tenant of this.#tenants) deadline = earlier(deadline, tenant.deadline);
    return deadline;
  }

  stats(): NodeStats {
    return {
      packetsSent: this.#outbox.packetsSent,
      packetsReceived: this.#packetsReceived,
      bytesSent: this.#outbox.bytesSent,
      bytesReceived: this.#bytesReceived,
      messagesReceived: this.#messagesReceived,
      drops: this.#turn.drops.snapshot(),
      queues: this.#outbox.queueStats(),
      streams: this.#streams.size,
      links: this.#links.size,
    };
  }

  /** Shows how deep each tenant's queue is: `stats` for whoever asks after every step. */
  eachQueue(visit: (tenant: string, messages: number, bytes: number) => void): void {
    this.#outbox.eachQueue(visit);
  }

  /** Streams that are open, links among them. */
  get openStreams(): number {
    return this.#streams.size;
  }

  get openLinks(): number {
    return this.#links.size;
  }

  /** Whether links have taken so much that whoever has more to say should wait for the event `linksDrained`. */
  get isCongested(): boolean {
    return this.#links.isCongested;
  }

  /** Applies one input; everything that it causes inside the node is done when this returns. */
  handle(input: NodeInput, now: Instant, rng: Rng, host: NodeEffects): void {
    const turn = this.#turn;
    turn.begin(now, rng, host);
    this.#ferry.hear(NO_PEER, false);
    switch (input.type) {
      case "datagram":
        this.#onDatagram(input.from, input.bytes);
        break;
      case "packet":
        this.#onPacket(input.from, input.packet, turn);
        break;
      case "timeout":
        this.#onTimeout(turn);
        break;
      case "accepted":
      case "opened":
      case "chunk":
      case "writable":
      case "ended":
      case "failed":
        this.#streams.handle(input, turn);
        break;
      case "command": {
        const index = this.#tenants.findIndex((tenant) => tenant.name === input.tenant);
        invariant(index >= 0, `no tenant named ${input.tenant}`);
        turn.deliver(index, { type: "command", command: input.command });
        break;
      }
      case "start":
        this.#toAll({ type: "start", channels: this.channels }, turn);
        break;
      default:
        assertNever(input);
    }
    this.#tellOfNews(turn);
    this.#peers.sweep();
  }

  /** Whether all tenants have what `save` and `restore` need. */
  get isSavable(): boolean {
    return this.#tenants.every(({ save, restore }) => save !== undefined && restore !== undefined);
  }

  /**
   * All of its state between two inputs, with that of its tenants, but for the peer table, which may be shared.
   * @throws HearsayError `ERR_STATE` if a tenant has no `save`
   */
  save(): SavedNode {
    return {
      tenants: new Map(this.#tenants.map((tenant) => [tenant.name, saveTenant(tenant)])),
      newsTold: this.#newsTold,
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      messagesReceived: this.#messagesReceived,
      drops: this.#turn.drops.save(),
      outbox: this.#outbox.save(),
      streams: this.#streams.save(),
      exchanges: this.#exchanges.save(),
      links: this.#links.save(),
      ferry: this.#ferry.save(),
    };
  }

  /**
   * Goes on where the node stood that was saved, in place of `start`: of a fresh node with the same options, when
   * its peer table has been restored.
   * @throws HearsayError `ERR_STATE` if the tenants are others, or one has no `restore`
   */
  restore(saved: SavedNode): void {
    checkTenants(this.#tenants, [...saved.tenants.keys()]);
    for (const tenant of this.#tenants) tenant.restore?.(saved.tenants.get(tenant.name));
    this.#newsTold = saved.newsTold;
    this.#packetsReceived = saved.packetsReceived;
    this.#bytesReceived = saved.bytesReceived;
    this.#messagesReceived = saved.messagesReceived;
    this.#turn.drops.restore(saved.drops);
    this.#outbox.restore(saved.outbox);
    this.#streams.restore(saved.streams);
    this.#exchanges.restore(saved.exchanges);
    this.#links.restore(saved.links);
    this.#ferry.restore(saved.ferry);
  }

  /** A tenant that hears of news may offer some, or send the last of it. */
  #tellOfNews(turn: Turn): void {
    for (let told = this.#newsTold; told !== this.#outbox.hasNews; told = this.#newsTold) {
      this.#newsTold = !told;
      this.#toAll({ type: "news", waiting: !told }, turn);
    }
  }

  #toAll(input: TenantInput, turn: Turn): void {
    for (const i of this.#tenants.keys()) turn.deliver(i, input);
  }

  #onDatagram(from: Address, bytes: Uint8Array): void {
    this.#packetsReceived++;
    this.#bytesReceived += bytes.length;
    this.#from = from;
    readLayers(bytes, DEFAULT_LAYER_LIMITS, this.#layers);
  }

  /** One message of a datagram: the one place where reading it may fail. */
  #onBytes(bytes: Uint8Array, start: number, end: number): void {
    const turn = this.#turn;
    let tenant: number;
    let message: Message;
    try {
      const claim = this.#registry.claim(bytes, start, end);
      tenant = claim.tenant;
      message = claim.type.decode(bytes, start + claim.type.prefix.length, end);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return turn.drop(error.reason);
    }
    this.#onMessage(tenant, message, this.#from, turn);
  }

  #onPacket(from: Address, packet: Packet, turn: Turn): void {
    this.#packetsReceived++;
    this.#bytesReceived += packet.size;
    this.#onPart(packet.first, from, turn);
    for (const part of packet.more) this.#onPart(part, from, turn);
  }

  #onPart({ wire, message }: Outgoing, from: Address, turn: Turn): void {
    const claim = this.#registry.find(wire.prefix);
    if (claim === undefined) turn.drop("unknownType");
    else this.#onMessage(claim.tenant, message, from, turn);
  }

  #onMessage(tenant: number, message: Message, from: Address, turn: Turn): void {
    this.#messagesReceived++;
    const isFerried = this.#ferriedBy !== NO_PEER;
    const peer = isFerried ? this.#ferriedBy : this.#peers.at(from);
    this.#ferry.hear(peer, isFerried);
    const carrier = isFerried ? "link" : "datagram";
    turn.deliver(tenant, { type: "message", message, from, peer, carrier });
  }

  #onFrame(peer: PeerId, bytes: Uint8Array, turn: Turn): void {
    if (bytes[0] === PACKET_FRAME) this.#onFerried(peer, bytes.subarray(1));
    else this.#onLinked(peer, bytes, turn);
  }

  /** A packet that has come on a link. */
  #onFerried(peer: PeerId, bytes: Uint8Array): void {
    this.#ferriedBy = peer;
    this.#onDatagram(this.#peers.addressOf(peer), bytes);
    this.#ferriedBy = NO_PEER;
  }

  /** A message on a link. Those of channels alone go there without a packet around them. */
  #onLinked(peer: PeerId, bytes: Uint8Array, turn: Turn): void {
    const { tenant, type } = this.#registry.claim(bytes, 0, bytes.length);
    if (this.#tenants[tenant]?.wire.channel === undefined) {
      throw new DecodeError("misplacedType", `${type.type} does not travel on links`);
    }
    const message = type.decode(bytes, type.prefix.length, bytes.length);
    const from = this.#peers.addressOf(peer);
    this.#messagesReceived++;
    turn.deliver(tenant, { type: "message", message, from, peer, carrier: "link" });
  }

  #onTimeout(turn: Turn): void {
    if (this.#streams.deadline <= turn.now) this.#streams.timeout(turn);
    if (this.#ferry.deadline <= turn.now) this.#ferry.timeout(turn);
    for (let i = 0; i < this.#tenants.length; i++) {
      if ((this.#tenants[i] as Tenant).deadline <= turn.now) turn.deliver(i, TIMEOUT);
    }
  }

  /** All who speak on links hear of all of them. */
  #onLink(input: LinkInput, turn: Turn): void {
    this.#tellHolder(FERRY, input, turn);
    for (const [i, { wire }] of this.#tenants.entries()) {
      if (wire.channel !== undefined) turn.deliver(i, input);
    }
  }

  #tellHolder(holder: number, input: LinkInput, turn: Turn): void {
    if (holder !== FERRY) turn.deliver(holder, input);
    else if (input.type === "linkUp") this.#ferry.linkUp(input.peer, turn);
    else this.#ferry.linkDown(input.peer, turn);
  }
}

const TIMEOUT: TenantInput = { type: "timeout" };

/** Inputs that one turn may queue: more means that tenants signal each other in a circle. */
const MAX_PENDING_INPUTS = 1 << 22;

interface Pending {
  readonly tenant: number;
  readonly input: TenantInput;
}

/** The call of `handle` that is under way. One object serves all calls. */
class CurrentTurn implements Turn {
  now: Instant = NEVER;
  rng!: Rng;
  host!: NodeEffects;
  readonly drops = new Drops();
  /** Index: tenant. */
  readonly desks: TenantDesk[] = [];
  readonly #tenants: readonly Tenant[];
  readonly #pending: Pending[] = [];
  /** Whether there are any: asked for at each input, and hardly ever so. */
  #hasPending = false;
  #draining = false;

  constructor(tenants: readonly Tenant[]) {
    this.#tenants = tenants;
  }

  begin(now: Instant, rng: Rng, host: NodeEffects): void {
    invariant(!this.#draining, "a host called the node back from inside an effect");
    this.now = now;
    this.rng = rng;
    this.host = host;
  }

  /** Outside of any tenant the input is handled at once; inside, when that tenant has returned. */
  deliver(tenant: number, input: TenantInput): void {
    if (this.#draining) {
      invariant(this.#pending.length < MAX_PENDING_INPUTS, "tenants signal each other without end");
      this.#pending.push({ tenant, input });
      this.#hasPending = true;
      return;
    }
    this.#draining = true;
    try {
      this.#handle(tenant, input);
      if (this.#hasPending) this.#drain();
    } finally {
      if (this.#hasPending) this.#pending.length = 0;
      this.#hasPending = false;
      this.#draining = false;
    }
  }

  /** Grows while it is drained. */
  #drain(): void {
    for (let i = 0; i < this.#pending.length; i++) {
      const { tenant, input } = this.#pending[i] as Pending;
      this.#handle(tenant, input);
    }
  }

  drop(reason: string): void {
    this.drops.add(reason);
  }

  #handle(tenant: number, input: TenantInput): void {
    const desk = this.desks[tenant] as TenantDesk;
    (this.#tenants[tenant] as Tenant).handle(input, this.now, this.rng, desk);
  }
}
