/**
 * The contract of a protocol that lives in a node.
 *
 *     host ──NodeInput──▶ composition ──TenantInput──▶ tenant
 *     host ◀─NodeEffects─ composition ◀TenantEffects── tenant
 *
 * A tenant is a pure machine: the same inputs at the same instants with the same randomness make the
 * same calls on `TenantEffects`, in every world. It owns its timers and shows the earliest as
 * `deadline`. It never calls another tenant; it hears of others through `NodeSignal`s.
 *
 * Effects return nothing: a return value would be an input that nobody recorded.
 * @module
 */
import type { Address } from "./address.ts";
import type { Channel, ChannelSet, ExchangeId, PeerId } from "./ids.ts";
import type { Message, MessageType } from "./message.ts";
import type { Rng } from "./random.ts";
import type { Saved } from "./saved.ts";
import type { StreamPart } from "./stream-part.ts";
import type { Instant } from "./time.ts";

export interface Tenant<M extends Message = Message, C extends Command = Command> {
  /** Stable name: of its commands, counters and traces. */
  readonly name: string;
  readonly wire: TenantWire<M>;
  /** When `timeout` must next be delivered; read again after every `handle`. */
  readonly deadline: Instant;
  /**
   * Applies one input. Early timeouts are no-ops; late ones never blame a peer.
   * Never re-entered: what it asks for is done after it has returned.
   */
  handle(input: TenantInput<M, C>, now: Instant, rng: Rng, effects: TenantEffects<M>): void;
  /** All of its state between two inputs. A node with a tenant that has no `save` cannot be written out. */
  save?(): Saved;
  /**
   * Goes on where the tenant stood that was saved: called in place of `start`, on a fresh tenant with the same
   * options, when the peer table has been restored already.
   */
  restore?(saved: Saved): void;
}

/** What a tenant says and hears on the wire. */
export interface TenantWire<M extends Message = Message> {
  /** Letter of its messages and of its capability; none for memberlist's own types. */
  readonly channel?: Channel;
  /** The messages it sends and reads in packets and on links. */
  readonly messages: readonly MessageType<M>[];
  /**
   * First bytes of memberlist's streams that it answers. A tenant with this list speaks its streams raw,
   * from the first byte on; without it, the composition opens its streams with its channel and takes
   * that opening off again.
   */
  readonly streams?: readonly number[];
  /**
   * Share of a packet when queues compete: `guaranteed` gets half of it before the others divide
   * the rest. @default "shared"
   */
  readonly share?: "guaranteed" | "shared";
  /** Limits of its queue of news. @default those of the composition's option `queue` */
  readonly queue?: QueueLimits | undefined;
}

/** What a queue of news holds at most; of more, what has been sent most often is dropped and counted. */
export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** What an application asks of a tenant: plain data, so that it can be recorded and replayed. */
export interface Command {
  readonly type: string;
}

/** How a message came. */
export type Carrier = "datagram" | "link";

/** Why a stream or link ended early. */
export type StreamFailure =
  | "refused"
  | "reset"
  | "timedOut"
  | "overLimit"
  | "malformed"
  /** Label, keys or encryption differ between the two sides. */
  | "undecryptable"
  | "stopped";

export type TenantInput<M extends Message = Message, C extends Command = Command> =
  /** Once, before anything else. `channels` are those of all tenants of this node. */
  | { readonly type: "start"; readonly channels: ChannelSet }
  | { readonly type: "timeout" }
  /** `peer` is `NO_PEER` where the address belongs to nobody we know. */
  | {
      readonly type: "message";
      readonly message: M;
      readonly from: Address;
      readonly peer: PeerId;
      readonly carrier: Carrier;
    }
  | { readonly type: "command"; readonly command: C }
  | { readonly type: "signal"; readonly signal: NodeSignal }
  /** An offered message with this key has left the queue, sent as often as it may be. */
  | { readonly type: "spent"; readonly key: string }
  /**
   * Whether anything that any tenant has offered still waits to be sent; told when it changes. Assumed to
   * be so at first. Whoever gossips on a timer can sleep meanwhile.
   */
  | { readonly type: "news"; readonly waiting: boolean }
  | ExchangeInput
  /** A kept stream to `peer` is up; hellos have been exchanged. */
  | { readonly type: "linkUp"; readonly peer: PeerId }
  | { readonly type: "linkDown"; readonly peer: PeerId; readonly reason: StreamFailure | "closed" };

/** One stream with one request and at most one reply. */
export type ExchangeInput =
  | { readonly type: "accepted"; readonly exchange: ExchangeId; readonly from: Address }
  | { readonly type: "opened"; readonly exchange: ExchangeId }
  /** Valid only during `handle`: copy what must be kept. */
  | {
      readonly type: "chunk";
      readonly exchange: ExchangeId;
      readonly bytes: Uint8Array;
      /** The same as a value, where the other side wrote it as one and nothing has cut it up. */
      readonly part?: StreamPart;
    }
  /** What was written has gone out; write the next part now. */
  | { readonly type: "writable"; readonly exchange: ExchangeId }
  /** The other side has finished; nothing more will come. */
  | { readonly type: "ended"; readonly exchange: ExchangeId }
  /** The stream is gone; no further input about it follows. */
  | { readonly type: "failed"; readonly exchange: ExchangeId; readonly reason: StreamFailure };

export interface TenantEffects<M extends Message = Message> {
  /**
   * One datagram with this message, and a second one behind it if the two belong together; the packer
   * fills the rest of it.
   */
  send(peer: PeerId, message: M, second?: M): void;
  /**
   * The same to somebody who may not be a peer; carries only what every memberlist node reads. Always a datagram, unless
   * one of the two knows none. With `"alone"` it carries nothing else: an answer to a packet whose sender nobody vouches for.
   */
  sendTo(address: Address, message: M, more?: "alone" | M): void;
  /** A packet of offered messages alone, if there is anything for this peer. */
  gossip(peer: PeerId): void;
  /**
   * Puts a message into this tenant's queue, to ride on `transmits` packets at most. An earlier offer
   * with the same non-empty `key` is replaced. Peers that lack the tenant's channel are passed over.
   */
  offer(message: M, transmits: number, key: string): void;

  /** Opens a stream; `opened` or `failed` follows. `exchange` is a fresh number of the tenant's. */
  dial(exchange: ExchangeId, to: Address): void;
  write(exchange: ExchangeId, bytes: Uint8Array): void;
  /** The same of a part, which must not change any more. */
  writePart(exchange: ExchangeId, part: StreamPart): void;
  /** Sends all that was written, then ends our side. */
  finish(exchange: ExchangeId): void;
  /** Drops the stream at once; no `failed` follows. */
  abort(exchange: ExchangeId): void;

  /** Wants a kept stream to a peer of our own kind; `linkUp` or `linkDown` follows. */
  link(peer: PeerId): void;
  /** Sends on the link, in order; dropped and counted if there is none. */
  sendLinked(peer: PeerId, message: M): void;
  /** Gives up the wish for the link; it closes when no tenant holds it. */
  unlink(peer: PeerId): void;

  /** Tells the other tenants, after this `handle`. */
  signal(signal: NodeSignal): void;
  /** Tells the application. */
  notify<E extends NodeEvent>(event: E): void;
  /** Counts something that was not done; `reason` is a stable name. */
  drop(reason: string): void;
}

/** What tenants tell each other. */
export type NodeSignal =
  | { readonly type: "peerUp"; readonly peer: PeerId }
  | {
      readonly type: "peerDown";
      readonly peer: PeerId;
      readonly reason: "failed" | "left" | "moved" | "forgotten";
    }
  | { readonly type: "channelsLearnt"; readonly peer: PeerId }
  /** A stream has brought an answer of this peer, and no packet has; packets to it come through again. */
  | { readonly type: "packetsLost"; readonly peer: PeerId }
  | { readonly type: "packetsPass"; readonly peer: PeerId }
  /** An overlay of this name keeps a link to the peer, or does so no more. */
  | { readonly type: "neighbourUp"; readonly peer: PeerId; readonly overlay: string }
  | { readonly type: "neighbourDown"; readonly peer: PeerId; readonly overlay: string };

/** What tenants tell the application; each tenant documents its own. */
export interface NodeEvent {
  readonly type: string;
}
