/**
 * What one tenant sees of its node: `TenantEffects`, bound to the tenant and to the turn.
 * @module
 */
import { NO_PEER } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  Message,
  NodeEvent,
  NodeSignal,
  PeerId,
  Peers,
  StreamPart,
  TenantEffects,
} from "../kernel/index.ts";
import type { Exchanges } from "./exchanges.ts";
import type { Ferry } from "./ferry.ts";
import type { Links } from "./links.ts";
import type { Outbox } from "./outbox.ts";
import { Outgoing } from "./packet.ts";
import type { Turn } from "./turn.ts";
import type { WireRegistry } from "./wire-registry.ts";

/** The parts of a node that tenants reach through their desks. */
export interface DeskParts {
  readonly tenants: number;
  readonly peers: Peers;
  readonly registry: WireRegistry;
  readonly outbox: Outbox;
  readonly exchanges: Exchanges;
  readonly links: Links;
  readonly ferry: Ferry;
  readonly turn: Turn;
}

export class TenantDesk implements TenantEffects {
  readonly #tenant: number;
  readonly #tenants: number;
  readonly #peers: Peers;
  readonly #registry: WireRegistry;
  readonly #outbox: Outbox;
  readonly #exchanges: Exchanges;
  readonly #links: Links;
  readonly #ferry: Ferry;
  readonly #turn: Turn;

  constructor(tenant: number, parts: DeskParts) {
    this.#tenant = tenant;
    this.#tenants = parts.tenants;
    this.#peers = parts.peers;
    this.#registry = parts.registry;
    this.#outbox = parts.outbox;
    this.#exchanges = parts.exchanges;
    this.#links = parts.links;
    this.#ferry = parts.ferry;
    this.#turn = parts.turn;
  }

  send(peer: PeerId, message: Message, second?: Message): void {
    const to = this.#peers.addressOf(peer);
    this.#outbox.send(this.#tenant, to, peer, message, this.#turn, second);
  }

  sendTo(address: Address, message: Message, more?: "alone" | Message): void {
    if (more === "alone") this.#outbox.sendAlone(this.#tenant, address, message, this.#turn);
    else this.#outbox.send(this.#tenant, address, NO_PEER, message, this.#turn, more);
  }

  gossip(peer: PeerId): void {
    this.#outbox.gossip(peer, this.#turn);
  }

  offer(message: Message, transmits: number, key: string): void {
    this.#outbox.offer(this.#tenant, message, transmits, key);
  }

  dial(exchange: ExchangeId, to: Address): void {
    this.#exchanges.dial(this.#tenant, exchange, to, this.#turn);
  }

  write(exchange: ExchangeId, bytes: Uint8Array): void {
    this.#exchanges.write(this.#tenant, exchange, bytes, this.#turn);
  }

  writePart(exchange: ExchangeId, part: StreamPart): void {
    this.#exchanges.writePart(this.#tenant, exchange, part, this.#turn);
  }

  finish(exchange: ExchangeId): void {
    this.#exchanges.finish(this.#tenant, exchange, this.#turn);
  }

  abort(exchange: ExchangeId): void {
    this.#exchanges.abort(this.#tenant, exchange, this.#turn);
  }

  link(peer: PeerId): void {
    this.#links.hold(this.#tenant, peer, this.#turn);
  }

  sendLinked(peer: PeerId, message: Message): void {
    const type = this.#registry.typeOf(this.#tenant, message);
    this.#links.send(peer, new Outgoing(type, message), this.#turn);
  }

  unlink(peer: PeerId): void {
    this.#links.release(this.#tenant, peer, this.#turn);
  }

  signal(signal: NodeSignal): void {
    this.#ferry.handleSignal(signal, this.#turn);
    for (let other = 0; other < this.#tenants; other++) {
      if (other !== this.#tenant) this.#turn.deliver(other, { type: "signal", signal });
    }
  }

  notify(event: NodeEvent): void {
    this.#turn.host.notify(event);
  }

  drop(reason: string): void {
    this.#turn.drop(reason);
  }
}
