/**
 * Effects of which one is looked at on its way: what a machine tells the application.
 *
 *     inner machine ── notify ──▶ stage: `onEvent` ──▶ application, now, later or never
 *                   ── all else ─────────────────────▶ node
 *
 * @module
 */
import type {
  Address,
  ExchangeId,
  Message,
  NodeEvent,
  NodeSignal,
  PeerId,
  StreamPart,
  TenantEffects,
} from "../kernel/index.ts";

export class DivertedEffects<M extends Message> implements TenantEffects<M> {
  readonly #onEvent: (event: NodeEvent) => void;
  /** Those of the turn at hand. */
  #effects: TenantEffects<M> | undefined;

  constructor(onEvent: (event: NodeEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** The same for another turn. */
  to(effects: TenantEffects<M>): this {
    this.#effects = effects;
    return this;
  }

  send(peer: PeerId, message: M, second?: M): void {
    this.#effects?.send(peer, message, second);
  }

  sendTo(address: Address, message: M, more?: "alone" | M): void {
    this.#effects?.sendTo(address, message, more);
  }

  gossip(peer: PeerId): void {
    this.#effects?.gossip(peer);
  }

  offer(message: M, transmits: number, key: string): void {
    this.#effects?.offer(message, transmits, key);
  }

  dial(exchange: ExchangeId, to: Address): void {
    this.#effects?.dial(exchange, to);
  }

  write(exchange: ExchangeId, bytes: Uint8Array): void {
    this.#effects?.write(exchange, bytes);
  }

  writePart(exchange: ExchangeId, part: StreamPart): void {
    this.#effects?.writePart(exchange, part);
  }

  finish(exchange: ExchangeId): void {
    this.#effects?.finish(exchange);
  }

  abort(exchange: ExchangeId): void {
    this.#effects?.abort(exchange);
  }

  link(peer: PeerId): void {
    this.#effects?.link(peer);
  }

  sendLinked(peer: PeerId, message: M): void {
    this.#effects?.sendLinked(peer, message);
  }

  unlink(peer: PeerId): void {
    this.#effects?.unlink(peer);
  }

  signal(signal: NodeSignal): void {
    this.#effects?.signal(signal);
  }

  notify(event: NodeEvent): void {
    this.#onEvent(event);
  }

  drop(reason: string): void {
    this.#effects?.drop(reason);
  }
}
