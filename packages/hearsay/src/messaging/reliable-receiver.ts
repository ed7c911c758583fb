/**
 * Their end of the streams on which others send to us: memberlist's user stream.
 * @module
 */
import { StreamReader } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Address, ExchangeId, TenantEffects } from "../kernel/index.ts";
import type { MessagingConfig } from "./config.ts";
import { DIRECT, USER_MESSAGE_HEADER } from "./wire.ts";
import type { Direct, MessagingMessage } from "./wire.ts";

export type ReliableReceiverConfig = Pick<MessagingConfig, "reliableBytes" | "maxInboundBytes">;

interface Session {
  readonly from: Address;
  readonly reader: StreamReader;
  /** Of the message, once its header is read. */
  length: number | undefined;
}

export interface Received {
  readonly message: Direct;
  readonly from: Address;
}

/** More than a header of today, less than a reason to worry. */
const MAX_HEADER_BYTES = 64;

/** A message that is on its way in, and what of it has come. */
export interface SavedReceiving {
  readonly exchange: ExchangeId;
  readonly from: Address;
  readonly read: Uint8Array;
  readonly length: number | undefined;
}

export class ReliableReceiver {
  readonly #config: ReliableReceiverConfig;
  readonly #sessions = new Map<ExchangeId, Session>();
  #waitingBytes = 0;

  constructor(config: ReliableReceiverConfig) {
    this.#config = config;
  }

  accept(exchange: ExchangeId, from: Address): void {
    const reader = new StreamReader(this.#config.reliableBytes + MAX_HEADER_BYTES);
    this.#sessions.set(exchange, { from, reader, length: undefined });
  }

  /** Reads on; the message when it is whole. */
  chunk(
    exchange: ExchangeId,
    bytes: Uint8Array,
    effects: TenantEffects<MessagingMessage>,
  ): Received | undefined {
    const session = this.#sessions.get(exchange);
    if (session === undefined) return undefined;
    if (this.#waitingBytes + bytes.length > this.#config.maxInboundBytes + MAX_HEADER_BYTES) {
      this.#end(exchange, session);
      effects.drop("receiverFull");
      effects.abort(exchange);
      return undefined;
    }
    const before = session.reader.available;
    try {
      session.reader.push(bytes);
      const message = this.#read(session);
      this.#waitingBytes += session.reader.available - before;
      if (message === undefined) return undefined;
      this.#end(exchange, session);
      effects.finish(exchange);
      return { message, from: session.from };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#waitingBytes += session.reader.available - before;
      this.#end(exchange, session);
      effects.drop(error.reason);
      effects.abort(exchange);
      return undefined;
    }
  }

  /** The stream is over before its message was whole. */
  close(
    input: { readonly type: string; readonly exchange: ExchangeId },
    effects: TenantEffects<MessagingMessage>,
  ): void {
    const session = this.#sessions.get(input.exchange);
    if (session === undefined) return;
    this.#end(input.exchange, session);
    effects.drop("unfinishedStream");
    if (input.type === "ended") effects.abort(input.exchange);
  }

  save(): SavedReceiving[] {
    return [...this.#sessions].map(([exchange, { from, reader, length }]) => {
      return { exchange, from, read: reader.save(), length };
    });
  }

  restore(saved: readonly SavedReceiving[]): void {
    for (const { exchange, from, read, length } of saved) {
      this.accept(exchange, from);
      const session = this.#sessions.get(exchange) as Session;
      session.reader.push(read);
      session.length = length;
      this.#waitingBytes += read.length;
    }
  }

  #end(exchange: ExchangeId, session: Session): void {
    this.#sessions.delete(exchange);
    this.#waitingBytes -= session.reader.available;
  }

  #read(session: Session): Direct | undefined {
    const { reader } = session;
    if (session.length === undefined) {
      const header = reader.tryRead((cursor) => {
        cursor.uint8();
        return USER_MESSAGE_HEADER.read(cursor);
      }, MAX_HEADER_BYTES);
      if (header === undefined) return undefined;
      if (header.bytes > this.#config.reliableBytes) {
        throw new DecodeError("tooLarge", `a user message of ${header.bytes} bytes`);
      }
      session.length = header.bytes;
    }
    const body = reader.take(session.length);
    return body === undefined ? undefined : readDirect(body);
  }
}

function readDirect(body: Uint8Array): Direct {
  const [, letter, kind] = DIRECT.prefix;
  if (body.length < 2) throw new DecodeError("truncated", "a user message without a header");
  if (body[0] !== letter || body[1] !== kind) {
    throw new DecodeError("unclaimed", "a user message for nobody here");
  }
  return DIRECT.decode(body, 2, body.length);
}
