/**
 * User messages: from one member to another, and from one to all.
 *
 * - `send`, best effort: one datagram; lost when the network loses it.
 * - `send`, reliable: one stream; its outcome is known when the other side has taken it all and closed,
 *   or the stream has failed. Taken does not mean handled.
 * - `broadcast`: rides on the node's packets up to the retransmit limit. Each receiver hands it to its
 *   application once and passes it on once, to peers that understand it. Best effort: whoever is cut off
 *   while it spreads never gets it.
 *
 * The tenant knows members from signals alone; whatever makes peers known will do.
 * @module
 */
import { TYPE_BYTE } from "../codec/index.ts";
import { assertNever, NEVER, retransmitLimit, SeenOrigins } from "../kernel/index.ts";
import type {
  Address,
  ErrorCode,
  Instant,
  NodeSignal,
  PeerId,
  Peers,
  Rng,
  Saved,
  SavedSeenOrigins,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { resolveMessagingConfig } from "./config.ts";
import type { MessagingConfig } from "./config.ts";
import type { MessageEvent, MessagingCommand, SendOutcome } from "./events.ts";
import { ReliableReceiver } from "./reliable-receiver.ts";
import type { SavedReceiving } from "./reliable-receiver.ts";
import { ReliableSender } from "./reliable-sender.ts";
import type { SavedSender } from "./reliable-sender.ts";
import { BROADCAST, DIRECT, MESSAGING_CHANNEL, MESSAGING_MESSAGES } from "./wire.ts";
import type { Broadcast, Direct, MessagingMessage } from "./wire.ts";

export interface MessagingOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our broadcasts from those of an earlier run. */
  readonly epoch: number;
  readonly peers: Peers;
  readonly config?: Partial<MessagingConfig>;
}

interface SavedMessaging {
  readonly members: ReadonlyMap<string, PeerId>;
  readonly seen: SavedSeenOrigins;
  readonly sender: SavedSender;
  readonly receiver: readonly SavedReceiving[];
  readonly broadcasts: number;
}

/** No key: broadcasts do not replace each other. */
const UNIQUE = "";

export class Messaging implements Tenant<MessagingMessage, MessagingCommand> {
  readonly name = "messaging";
  readonly wire: TenantWire<MessagingMessage>;
  /** Streams have their deadline in the composition; nothing here waits for a time. */
  readonly deadline: Instant = NEVER;
  readonly #name: string;
  readonly #epoch: number;
  readonly #peers: Peers;
  readonly #config: MessagingConfig;
  readonly #members = new Map<string, PeerId>();
  readonly #seen: SeenOrigins;
  readonly #sender: ReliableSender;
  readonly #receiver: ReliableReceiver;
  #broadcasts = 0;

  constructor(options: MessagingOptions) {
    this.#name = options.name;
    this.#epoch = options.epoch;
    this.#peers = options.peers;
    this.#config = resolveMessagingConfig(options.config);
    this.wire = {
      channel: MESSAGING_CHANNEL,
      messages: MESSAGING_MESSAGES,
      streams: [TYPE_BYTE.user],
      queue: this.#config.broadcastQueue,
    };
    this.#seen = new SeenOrigins(this.#config.maxOrigins);
    this.#sender = new ReliableSender(this.#config);
    this.#receiver = new ReliableReceiver(this.#config);
  }

  /** Largest payload of a broadcast. */
  get maxBroadcastBytes(): number {
    const empty = BROADCAST.sizeOf(this.#broadcastOf(0xffffffff, undefined));
    return this.#config.datagramBytes - empty - RAW_HEADER_BYTES;
  }

  /** Largest payload of a `send`. */
  maxSendBytes(reliable: boolean): number {
    const empty = DIRECT.sizeOf({ type: "direct", from: this.#name, payload: undefined });
    const limit = reliable ? this.#config.reliableBytes : this.#config.datagramBytes;
    return limit - empty - RAW_HEADER_BYTES;
  }

  handle(
    input: TenantInput<MessagingMessage, MessagingCommand>,
    now: Instant,
    _rng: Rng,
    effects: TenantEffects<MessagingMessage>,
  ): void {
    switch (input.type) {
      case "message":
        if (input.message.type === "broadcast") {
          this.#onBroadcast(input.message, input.from, now, effects);
        } else notify(input.message, input.from, "datagram", now, effects);
        return;
      case "signal":
        return this.#onSignal(input.signal);
      case "command":
        return this.#onCommand(input.command, effects);
      case "accepted":
        return this.#receiver.accept(input.exchange, input.from);
      case "opened":
      case "ended":
      case "failed":
        this.#receiver.close(input, effects);
        return this.#sender.handle(input, effects);
      case "chunk": {
        const received = this.#receiver.chunk(input.exchange, input.bytes, effects);
        if (received !== undefined) {
          notify(received.message, received.from, "stream", now, effects);
        }
        return;
      }
      case "start":
      case "timeout":
      case "writable":
      case "spent":
      case "news":
      case "linkUp":
      case "linkDown":
        return;
      default:
        assertNever(input);
    }
  }

  save(): SavedMessaging {
    return {
      members: new Map(this.#members),
      seen: this.#seen.save(),
      sender: this.#sender.save(),
      receiver: this.#receiver.save(),
      broadcasts: this.#broadcasts,
    };
  }

  restore(saved: Saved): void {
    const { members, seen, sender, receiver, broadcasts } = saved as SavedMessaging;
    for (const [name, peer] of members) this.#members.set(name, peer);
    this.#seen.restore(seen);
    this.#sender.restore(sender);
    this.#receiver.restore(receiver);
    this.#broadcasts = broadcasts;
  }

  #onSignal(signal: NodeSignal): void {
    if (signal.type === "peerUp") {
      this.#members.set(this.#peers.nameOf(signal.peer), signal.peer);
    } else if (signal.type === "peerDown") {
      const name = this.#peers.nameOf(signal.peer);
      if (this.#members.get(name) === signal.peer) this.#members.delete(name);
    }
  }

  #onCommand(command: MessagingCommand, effects: TenantEffects<MessagingMessage>): void {
    switch (command.type) {
      case "send":
        return this.#send(command, effects);
      case "broadcast": {
        const message = this.#broadcastOf(++this.#broadcasts, command.payload);
        return effects.offer(message, this.#transmits(), UNIQUE);
      }
      default:
        assertNever(command);
    }
  }

  #send(
    command: Extract<MessagingCommand, { type: "send" }>,
    effects: TenantEffects<MessagingMessage>,
  ): void {
    const { id, to, payload, reliable } = command;
    const fail = (code: ErrorCode, message: string): void => {
      effects.notify({ type: "sendFailed", id, code, message } satisfies SendOutcome);
    };
    const peer = this.#members.get(to);
    if (peer === undefined) {
      return fail("ERR_UNKNOWN_MEMBER", `no live member is named ${JSON.stringify(to)}`);
    }
    if (!this.#peers.understands(peer, MESSAGING_CHANNEL)) {
      return fail("ERR_PEER_INCAPABLE", `${to} does not read hearsay's user messages`);
    }
    const message: Direct = { type: "direct", from: this.#name, payload };
    if (!reliable) {
      effects.send(peer, message);
      return effects.notify({ type: "sent", id } satisfies SendOutcome);
    }
    if (!this.#sender.send(id, this.#peers.addressOf(peer), message, effects)) {
      const { maxReliableSends, maxOutboundBytes } = this.#config;
      const limits = `${maxReliableSends} reliable messages or ${maxOutboundBytes} bytes of them`;
      fail("ERR_QUEUE_FULL", `${limits} are on their way`);
    }
  }

  #onBroadcast(
    message: Broadcast,
    from: Address,
    now: Instant,
    effects: TenantEffects<MessagingMessage>,
  ): void {
    const { origin, epoch, number, payload } = message;
    if (origin === this.#name) return;
    const { givenUp } = this.#seen;
    const sighting = this.#seen.see(origin, epoch, number, now);
    if (sighting === "repeated") return effects.drop("repeatedBroadcast");
    if (sighting === "tooManyOrigins") return effects.drop(sighting);
    if (this.#seen.givenUp > givenUp) effects.drop("originGivenUp");
    effects.offer(message, this.#transmits(), UNIQUE);
    notify({ from: origin, payload }, from, "broadcast", now, effects);
  }

  #broadcastOf(number: number, payload: Uint8Array | undefined): Broadcast {
    return { type: "broadcast", origin: this.#name, epoch: this.#epoch, number, payload };
  }

  #transmits(): number {
    return retransmitLimit(this.#config.retransmitMult, this.#members.size + 1);
  }
}

/** What msgpack puts before up to 65,535 bytes, more than the nil that stands for none. */
const RAW_HEADER_BYTES = 4;

const NO_PAYLOAD = new Uint8Array(0);

function notify(
  message: { readonly from: string; readonly payload: Uint8Array | undefined },
  address: Address,
  carrier: MessageEvent["carrier"],
  at: Instant,
  effects: TenantEffects<MessagingMessage>,
): void {
  const payload = message.payload ?? NO_PAYLOAD;
  effects.notify({
    type: "message",
    from: message.from,
    address,
    payload,
    carrier,
    at,
  } satisfies MessageEvent);
}
