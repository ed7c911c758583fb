/**
 * Who reads what: from the first bytes of a message to the tenant that owns it.
 *
 *     00 …             memberlist's own types, one byte
 *     08 letter kind   a tenant's messages, inside memberlist's user message
 * @module
 */
import { TYPE_BYTE } from "../codec/index.ts";
import { DecodeError, channelBit, invariant, joinChannels, NO_CHANNELS } from "../kernel/index.ts";
import type { ChannelSet, Message, MessageType, Tenant, TenantWire } from "../kernel/index.ts";

const BYTE_VALUES = 0x100;

/** A message that has found its reader. */
export interface Claim {
  /** Index of the tenant. */
  readonly tenant: number;
  readonly type: MessageType;
}

export class WireRegistry {
  /** Channels of all tenants: this node's capability tag. */
  readonly channels: ChannelSet;
  /** memberlist's own types, by their one byte: nearly all messages, and looked up for each. */
  readonly #byByte: (Claim | undefined)[] = Array.from({ length: BYTE_VALUES }, () => undefined);
  /** Tenants' messages, by letter and kind. */
  readonly #byChannel = new Map<number, Claim>();
  readonly #byMessageType: ReadonlyMap<string, MessageType>[] = [];
  readonly #streams = new Map<number, number>();
  readonly #channelOwners = new Map<number, number>();
  readonly #wires: readonly TenantWire[];

  constructor(tenants: readonly Tenant[]) {
    let channels = NO_CHANNELS;
    for (const [i, { wire, name }] of tenants.entries()) {
      if (wire.channel !== undefined) {
        const letter = wire.channel.charCodeAt(0);
        invariant(!this.#channelOwners.has(letter), `two tenants on channel ${wire.channel}`);
        this.#channelOwners.set(letter, i);
        channels = joinChannels(channels, channelBit(wire.channel));
      }
      for (const type of wire.messages) {
        const key = prefixKey(type.prefix);
        invariant(this.#find(key) === undefined, `${name}: prefix of ${type.type} is taken`);
        if (key < BYTE_VALUES) this.#byByte[key] = { tenant: i, type };
        else this.#byChannel.set(key, { tenant: i, type });
      }
      for (const first of wire.streams ?? []) {
        invariant(!this.#streams.has(first), `${name}: streams that open with ${first} are taken`);
        this.#streams.set(first, i);
      }
      this.#byMessageType.push(new Map(wire.messages.map((type) => [type.type, type])));
    }
    this.channels = channels;
    this.#wires = tenants.map(({ wire }) => wire);
  }

  /** The one for these tenants: nodes with the same wires share it, as nearly all nodes of a world do. */
  static of(tenants: readonly Tenant[]): WireRegistry {
    if (latest === undefined || !latest.#isOf(tenants)) latest = new WireRegistry(tenants);
    return latest;
  }

  /** How `tenant` writes `message`. */
  typeOf(tenant: number, message: Message): MessageType {
    const type = this.#byMessageType[tenant]?.get(message.type);
    if (type !== undefined) return type;
    throw new Error(`BUG: tenant ${tenant} has no message ${message.type} in its wire`);
  }

  /**
   * Finds the reader of the message in `bytes[start, end)`.
   * @throws DecodeError `unknownType` or `unclaimed` if nobody here speaks it, `truncated`, `empty`
   */
  claim(bytes: Uint8Array, start: number, end: number): Claim {
    if (start >= end) throw new DecodeError("empty", "a message of no bytes");
    const first = bytes[start] as number;
    const isUser = first === TYPE_BYTE.user;
    if (isUser && end - start < 3)
      throw new DecodeError("truncated", "user message without a header");
    const key = isUser ? channelKey(bytes[start + 1] as number, bytes[start + 2] as number) : first;
    const claim = this.#find(key);
    if (claim !== undefined) return claim;
    // Serf's messages and those of other programs on memberlist come this way: ordinary, not an attack.
    if (isUser) throw new DecodeError("unclaimed", "a user message for nobody here");
    throw new DecodeError("unknownType", `nobody here reads messages of type ${first}`);
  }

  /** The reader of messages with this prefix. */
  find(prefix: readonly number[]): Claim | undefined {
    return this.#find(prefixKey(prefix));
  }

  /** The tenant that answers streams which open with this byte. */
  streamOwner(first: number): number | undefined {
    return this.#streams.get(first);
  }

  /** The tenant of a channel letter. */
  channelOwner(letter: number): number | undefined {
    return this.#channelOwners.get(letter);
  }

  #find(key: number): Claim | undefined {
    return key < BYTE_VALUES ? this.#byByte[key] : this.#byChannel.get(key);
  }

  #isOf(tenants: readonly Tenant[]): boolean {
    if (tenants.length !== this.#wires.length) return false;
    return this.#wires.every(({ channel, messages, streams = [] }, i) => {
      const other = (tenants[i] as Tenant).wire;
      const isSame = channel === other.channel && areSame(messages, other.messages);
      return isSame && areSame(streams, other.streams ?? []);
    });
  }
}

/** Nothing in it ever changes, and it knows no tenant. */
let latest: WireRegistry | undefined;

function areSame<T>(some: readonly T[], others: readonly T[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}

function prefixKey(prefix: readonly number[]): number {
  const first = prefix[0];
  invariant(first !== undefined, "a message type needs a prefix");
  if (first !== TYPE_BYTE.user) return first;
  const letter = prefix[1];
  const kind = prefix[2];
  invariant(
    letter !== undefined && kind !== undefined,
    "user messages have a prefix of three bytes",
  );
  return channelKey(letter, kind);
}

/** Above every one-byte prefix. */
function channelKey(letter: number, kind: number): number {
  return 0x10000 | (letter << 8) | kind;
}
