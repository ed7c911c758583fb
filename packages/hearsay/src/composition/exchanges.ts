/**
 * Streams of tenants: one request, at most one reply.
 * @module
 */
import { ChunkOfPart } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  StreamFailure,
  StreamId,
  StreamPart,
  Tenant,
} from "../kernel/index.ts";
import { EXCHANGE_OPENER } from "./streams.ts";
import type { StreamOwner, Streams } from "./streams.ts";
import type { Turn } from "./turn.ts";

interface Exchange {
  readonly tenant: number;
  readonly id: ExchangeId;
}

class ExchangePart extends ChunkOfPart {
  readonly exchange: ExchangeId;

  constructor(exchange: ExchangeId, part: StreamPart) {
    super(part);
    this.exchange = exchange;
  }
}

export type SavedExchange = readonly [stream: StreamId, tenant: number, id: ExchangeId];

export class Exchanges implements StreamOwner {
  readonly #tenants: readonly Tenant[];
  readonly #streams: () => Streams;
  readonly #byStream = new Map<StreamId, Exchange>();
  /** Index: tenant. */
  readonly #byExchange: readonly Map<ExchangeId, StreamId>[];

  constructor(tenants: readonly Tenant[], streams: () => Streams) {
    this.#tenants = tenants;
    this.#streams = streams;
    this.#byExchange = tenants.map(() => new Map<ExchangeId, StreamId>());
  }

  dial(tenant: number, id: ExchangeId, to: Address, turn: Turn): void {
    const { wire } = this.#tenants[tenant] as Tenant;
    const raw = wire.streams !== undefined;
    const stream = this.#streams().dial(this, to, raw, turn);
    this.#remember(stream, { tenant, id });
    if (raw || wire.channel === undefined) return;
    // At once, so that a tenant that writes before the stream is open comes after it.
    const opener = Uint8Array.of(EXCHANGE_OPENER, wire.channel.charCodeAt(0));
    this.#streams().write(stream, opener, turn);
  }

  /** An accepted stream turns out to be for `tenant`. */
  accept(stream: StreamId, tenant: number, from: Address, turn: Turn): void {
    // Accepted streams are numbered below zero, where no tenant numbers its own.
    const id = stream as number as ExchangeId;
    this.#remember(stream, { tenant, id });
    turn.deliver(tenant, { type: "accepted", exchange: id, from });
  }

  write(tenant: number, id: ExchangeId, bytes: Uint8Array, turn: Turn): void {
    const stream = this.#byExchange[tenant]?.get(id);
    if (stream !== undefined) this.#streams().write(stream, bytes, turn);
  }

  writePart(tenant: number, id: ExchangeId, part: StreamPart, turn: Turn): void {
    const stream = this.#byExchange[tenant]?.get(id);
    if (stream !== undefined) this.#streams().writePart(stream, part, turn);
  }

  finish(tenant: number, id: ExchangeId, turn: Turn): void {
    const stream = this.#byExchange[tenant]?.get(id);
    if (stream !== undefined) this.#streams().finish(stream, turn);
  }

  abort(tenant: number, id: ExchangeId, turn: Turn): void {
    const stream = this.#byExchange[tenant]?.get(id);
    if (stream === undefined) return;
    this.#streams().abort(stream, turn);
    this.#forget(stream);
  }

  opened(stream: StreamId, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => ({ type: "opened", exchange }));
  }

  chunk(stream: StreamId, bytes: Uint8Array, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => ({ type: "chunk", exchange, bytes }));
  }

  part(stream: StreamId, part: StreamPart, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => new ExchangePart(exchange, part));
  }

  writable(stream: StreamId, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => ({ type: "writable", exchange }));
  }

  ended(stream: StreamId, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => ({ type: "ended", exchange }));
  }

  closed(stream: StreamId): void {
    this.#forget(stream);
  }

  failed(stream: StreamId, reason: StreamFailure, turn: Turn): void {
    this.#deliver(stream, turn, (exchange) => ({ type: "failed", exchange, reason }));
    this.#forget(stream);
  }

  /** The streams of exchanges, with the tenant and its number of each. */
  save(): SavedExchange[] {
    return [...this.#byStream].map(([stream, { tenant, id }]) => [stream, tenant, id]);
  }

  restore(saved: readonly SavedExchange[]): void {
    for (const [stream, tenant, id] of saved) this.#remember(stream, { tenant, id });
  }

  #deliver(
    stream: StreamId,
    turn: Turn,
    input: (exchange: ExchangeId) => Parameters<Turn["deliver"]>[1],
  ): void {
    const exchange = this.#byStream.get(stream);
    if (exchange !== undefined) turn.deliver(exchange.tenant, input(exchange.id));
  }

  #remember(stream: StreamId, exchange: Exchange): void {
    this.#byStream.set(stream, exchange);
    this.#byExchange[exchange.tenant]?.set(exchange.id, stream);
  }

  #forget(stream: StreamId): void {
    const exchange = this.#byStream.get(stream);
    if (exchange === undefined) return;
    this.#byStream.delete(stream);
    this.#byExchange[exchange.tenant]?.delete(exchange.id);
  }
}
