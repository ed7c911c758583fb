/**
 * The ping over a stream: the last attempt of a probe whose packets are not answered.
 *
 *     dial ──opened──▶ ping ──▶ ack with our number        answered
 *       └── refused, reset, another number, an error       why not
 *
 * A path that drops UDP, or all but small packets, would have a healthy member declared dead by everybody.
 * A node that sends no datagrams asks memberlist's members and strangers this way alone. A ping that nobody waits for
 * any more ends with the round that it was for, or when its stream has been silent for too long.
 * @see docs/wire/memberlist.md, ping over TCP; docs/protocols/lifeguard.md, TCP ping
 * @module
 */
import { StreamReader, TYPE_BYTE } from "../codec/index.ts";
import type { Reader } from "../codec/index.ts";
import { assertNever, DecodeError, encode } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  ExchangeInput,
  ProbeSeq,
  StreamFailure,
  TenantEffects,
} from "../kernel/index.ts";
import { ACK, MAX_STREAM_STRUCT_BYTES, PING } from "./wire.ts";
import type { Ack, Ping } from "./wire.ts";

/** What became of the ping over a stream, if there was one. */
export type TcpPingResult =
  | "notTried"
  /** Nothing had come when the time was up. */
  | "silent"
  | "answered"
  /** Closed without an ack: another node lives at this address. */
  | "closed"
  | StreamFailure;

export interface TcpPingerEffects extends Pick<
  TenantEffects,
  "dial" | "write" | "finish" | "abort" | "drop"
> {
  tcpPinged(seq: ProbeSeq, result: TcpPingResult): void;
}

/** Exchanges of state are numbered from 1 and will never come near. */
const FIRST_EXCHANGE = 0x100_0000_0000;

interface Attempt {
  readonly exchange: ExchangeId;
  readonly ping: Ping;
  readonly stream: StreamReader;
  hasType: boolean;
  isOpen: boolean;
}

export interface SavedTcpPinger {
  readonly dialed: number;
  readonly attempts: readonly {
    readonly exchange: ExchangeId;
    readonly ping: Ping;
    /** What has come and is not read yet. */
    readonly read: Uint8Array;
    readonly hasType: boolean;
    readonly isOpen: boolean;
  }[];
}

/** Pings under way at a time; further ones are dropped. */
const MAX_ATTEMPTS = 64;

export class TcpPinger {
  #dialed = FIRST_EXCHANGE;
  readonly #attempts = new Map<ExchangeId, Attempt>();

  /** Whether inputs of this exchange are for us. */
  owns(exchange: ExchangeId): boolean {
    return exchange > FIRST_EXCHANGE;
  }

  ping(to: Address, ping: Ping, effects: TcpPingerEffects): void {
    this.end(ping.seq, effects);
    if (this.#attempts.size >= MAX_ATTEMPTS) return effects.drop("tooManyTcpPings");
    const exchange = ++this.#dialed as ExchangeId;
    const stream = new StreamReader(MAX_STREAM_STRUCT_BYTES);
    this.#attempts.set(exchange, { exchange, ping, stream, hasType: false, isOpen: false });
    effects.dial(exchange, to);
  }

  /** Whether the connection for this ping has come about. */
  isOpen(seq: ProbeSeq): boolean {
    return [...this.#attempts.values()].some(({ ping, isOpen }) => ping.seq === seq && isOpen);
  }

  /**
   * Nobody waits for the answer to this ping any more. Who has been asked may answer all the same: a reset would make it
   * report an error, where memberlist just closes.
   */
  end(seq: ProbeSeq, effects: Pick<TenantEffects, "abort" | "finish">): void {
    for (const [exchange, { ping, isOpen }] of this.#attempts) {
      if (ping.seq !== seq) continue;
      this.#attempts.delete(exchange);
      if (isOpen) effects.finish(exchange);
      else effects.abort(exchange);
    }
  }

  handleExchange(input: ExchangeInput, effects: TcpPingerEffects): void {
    const attempt = this.#attempts.get(input.exchange);
    if (attempt === undefined) return;
    switch (input.type) {
      case "opened":
        attempt.isOpen = true;
        return effects.write(attempt.exchange, encode(PING, attempt.ping));
      case "chunk":
        return this.#read(attempt, input.bytes, effects);
      case "ended":
        effects.abort(attempt.exchange);
        return this.#settle(attempt, "closed", effects);
      case "failed":
        return this.#settle(attempt, input.reason, effects);
      case "writable":
      case "accepted":
        return;
      default:
        assertNever(input);
    }
  }

  save(): SavedTcpPinger {
    const attempts = [...this.#attempts.values()].map((attempt) => {
      const { exchange, ping, stream, hasType, isOpen } = attempt;
      return { exchange, ping, read: stream.save(), hasType, isOpen };
    });
    return { dialed: this.#dialed, attempts };
  }

  restore({ dialed, attempts }: SavedTcpPinger): void {
    this.#dialed = dialed;
    for (const { exchange, ping, read, hasType, isOpen } of attempts) {
      const stream = new StreamReader(MAX_STREAM_STRUCT_BYTES);
      stream.push(read);
      this.#attempts.set(exchange, { exchange, ping, stream, hasType, isOpen });
    }
  }

  #read(attempt: Attempt, bytes: Uint8Array, effects: TcpPingerEffects): void {
    const { exchange, ping } = attempt;
    let ack: Ack | undefined;
    try {
      ack = readAck(attempt, bytes);
      if (ack === undefined) return;
      if (ack.seq !== ping.seq) throw new DecodeError("malformed", "the ack of another ping");
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      effects.drop(error.reason);
      effects.abort(exchange);
      return this.#settle(attempt, "malformed", effects);
    }
    effects.finish(exchange);
    this.#settle(attempt, "answered", effects);
  }

  #settle({ exchange, ping }: Attempt, result: TcpPingResult, effects: TcpPingerEffects): void {
    this.#attempts.delete(exchange);
    effects.tcpPinged(ping.seq, result);
  }
}

/** The ack once it is whole. */
function readAck(attempt: Attempt, bytes: Uint8Array): Ack | undefined {
  const { stream } = attempt;
  stream.push(bytes);
  if (!attempt.hasType) {
    const [type] = stream.takeUpTo(1);
    if (type === undefined) return undefined;
    if (type !== TYPE_BYTE.ack) throw new DecodeError("misplacedType", `type ${type} for an ack`);
    attempt.hasType = true;
  }
  return stream.tryRead(readAckFields, MAX_STREAM_STRUCT_BYTES);
}

const readAckFields = (reader: Reader): Ack => ACK.read(reader);
