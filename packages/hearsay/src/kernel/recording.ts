/**
 * The recording adapter: what a tenant asks for, as an array.
 *
 * For tests, tutorials, and whoever wants "a tick returns effects".
 * @module
 */
import type { Address } from "./address.ts";
import type { ExchangeId, PeerId } from "./ids.ts";
import type { Message } from "./message.ts";
import type { StreamPart } from "./stream-part.ts";
import type { NodeEvent, NodeSignal, TenantEffects } from "./tenant.ts";

/** One call on `TenantEffects`, as a value. */
export type TenantEffect<M extends Message = Message> =
  | { readonly type: "send"; readonly peer: PeerId; readonly message: M; readonly second?: M }
  | { readonly type: "sendTo"; readonly address: Address; readonly message: M; readonly second?: M }
  | { readonly type: "gossip"; readonly peer: PeerId }
  | {
      readonly type: "offer";
      readonly message: M;
      readonly transmits: number;
      readonly key: string;
    }
  | { readonly type: "dial"; readonly exchange: ExchangeId; readonly to: Address }
  | { readonly type: "write"; readonly exchange: ExchangeId; readonly bytes: Uint8Array }
  | { readonly type: "finish"; readonly exchange: ExchangeId }
  | { readonly type: "abort"; readonly exchange: ExchangeId }
  | { readonly type: "link"; readonly peer: PeerId }
  | { readonly type: "sendLinked"; readonly peer: PeerId; readonly message: M }
  | { readonly type: "unlink"; readonly peer: PeerId }
  | { readonly type: "signal"; readonly signal: NodeSignal }
  | { readonly type: "notify"; readonly event: NodeEvent }
  | { readonly type: "drop"; readonly reason: string };

export class RecordedEffects<M extends Message = Message> implements TenantEffects<M> {
  #effects: TenantEffect<M>[] = [];

  /** What was asked since the last call, in order. */
  take(): TenantEffect<M>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  send(peer: PeerId, message: M, second?: M): void {
    this.#effects.push({ type: "send", peer, message, ...(second !== undefined && { second }) });
  }

  sendTo(address: Address, message: M, more?: "alone" | M): void {
    const behind = typeof more === "object" && { second: more };
    this.#effects.push({ type: "sendTo", address, message, ...behind });
  }

  gossip(peer: PeerId): void {
    this.#effects.push({ type: "gossip", peer });
  }

  offer(message: M, transmits: number, key: string): void {
    this.#effects.push({ type: "offer", message, transmits, key });
  }

  dial(exchange: ExchangeId, to: Address): void {
    this.#effects.push({ type: "dial", exchange, to });
  }

  write(exchange: ExchangeId, bytes: Uint8Array): void {
    this.#effects.push({ type: "write", exchange, bytes });
  }

  writePart(exchange: ExchangeId, part: StreamPart): void {
    this.write(exchange, part.encode());
  }

  finish(exchange: ExchangeId): void {
    this.#effects.push({ type: "finish", exchange });
  }

  abort(exchange: ExchangeId): void {
    this.#effects.push({ type: "abort", exchange });
  }

  link(peer: PeerId): void {
    this.#effects.push({ type: "link", peer });
  }

  sendLinked(peer: PeerId, message: M): void {
    this.#effects.push({ type: "sendLinked", peer, message });
  }

  unlink(peer: PeerId): void {
    this.#effects.push({ type: "unlink", peer });
  }

  signal(signal: NodeSignal): void {
    this.#effects.push({ type: "signal", signal });
  }

  notify(event: NodeEvent): void {
    this.#effects.push({ type: "notify", event });
  }

  drop(reason: string): void {
    this.#effects.push({ type: "drop", reason });
  }
}
