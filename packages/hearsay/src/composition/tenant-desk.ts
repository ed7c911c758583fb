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
  readonly turn: Turn;
}

export class TenantDesk implements TenantEffects {
  readonly #tenant: number;
  readonly #parts: DeskParts;

  constructor(tenant: number, parts: DeskParts) {
    this.#tenant = tenant;
    this.#parts = parts;
  }

  send(peer: PeerId, message: Message, second?: Message): void {
    const { outbox, peers, turn } = this.#parts;
    outbox.send(this.#tenant, peers.addressOf(peer), peer, message, turn, second);
  }

  sendTo(address: Address, message: Message): void {
    const { outbox, turn } = this.#parts;
    outbox.send(this.#tenant, address, NO_PEER, message, turn);
  }

  gossip(peer: PeerId): void {
    this.#parts.outbox.gossip(peer, this.#parts.turn);
  }

  offer(message: Message, transmits: number, key: string): void {
    this.#parts.outbox.offer(this.#tenant, message, transmits, key);
  }

  dial(exchange: ExchangeId, to: Address): void {
    this.#parts.exchanges.dial(this.#tenant, exchange, to, this.#parts.turn);
  }

  write(exchange: ExchangeId, bytes: Uint8Array): void {
    this.#parts.exchanges.write(this.#tenant, exchange, bytes, this.#parts.turn);
  }

  writePart(exchange: ExchangeId, part: StreamPart): void {
    this.#parts.exchanges.writePart(this.#tenant, exchange, part, this.#parts.turn);
  }

  finish(exchange: ExchangeId): void {
    this.#parts.exchanges.finish(this.#tenant, exchange, this.#parts.turn);
  }

  abort(exchange: ExchangeId): void {
    this.#parts.exchanges.abort(this.#tenant, exchange, this.#parts.turn);
  }

  link(peer: PeerId): void {
    this.#parts.links.hold(this.#tenant, peer, this.#parts.turn);
  }

  sendLinked(peer: PeerId, message: Message): void {
    const { registry, links, turn } = this.#parts;
    links.send(peer, new Outgoing(registry.typeOf(this.#tenant, message), message), turn);
  }

  unlink(peer: PeerId): void {
    this.#parts.links.release(this.#tenant, peer, this.#parts.turn);
  }

  signal(signal: NodeSignal): void {
    for (let other = 0; other < this.#parts.tenants; other++) {
      if (other !== this.#tenant) this.#parts.turn.deliver(other, { type: "signal", signal });
    }
  }

  notify(event: NodeEvent): void {
    this.#parts.turn.host.notify(event);
  }

  drop(reason: string): void {
    this.#parts.turn.drop(reason);
  }
}
