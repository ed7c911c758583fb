/**
 * The ping over a stream: the last attempt of a probe whose packets are not answered.
 *
 *     dial ──opened──▶ ping ──▶ ack with our number        answered
 *       └── refused, reset, another number, an error       why not
 *
 * A path that drops UDP, or all but small packets, would have a healthy member declared dead by everybody.
 * One ping is under way at a time, because a prober has one round; it ends with the round.
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
}

export interface SavedTcpPinger {
  readonly dialed: number;
  readonly attempt:
    | {
        readonly exchange: ExchangeId;
        readonly ping: Ping;
        /** What has come and is not read yet. */
        readonly read: Uint8Array;
        readonly hasType: boolean;
      }
    | undefined;
}

export class TcpPinger {
  #dialed = FIRST_EXCHANGE;
  #attempt: Attempt | undefined;

  /** Whether inputs of this exchange are for us. */
  owns(exchange: ExchangeId): boolean {
    return exchange > FIRST_EXCHANGE;
  }

  ping(to: Address, ping: Ping, effects: TcpPingerEffects): void {
    this.end(effects);
    const exchange = ++this.#dialed as ExchangeId;
    const stream = new StreamReader(MAX_STREAM_STRUCT_BYTES);
    this.#attempt = { exchange, ping, stream, hasType: false };
    effects.dial(exchange, to);
  }

  /** Nobody waits for the answer any more. */
  end(effects: Pick<TenantEffects, "abort">): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#attempt = undefined;
    effects.abort(attempt.exchange);
  }

  handleExchange(input: ExchangeInput, effects: TcpPingerEffects): void {
    const attempt = this.#attempt;
    if (attempt === undefined || input.exchange !== attempt.exchange) return;
    switch (input.type) {
      case "opened":
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
    const attempt = this.#attempt;
    if (attempt === undefined) return { dialed: this.#dialed, attempt };
    const { exchange, ping, stream, hasType } = attempt;
    return { dialed: this.#dialed, attempt: { exchange, ping, read: stream.save(), hasType } };
  }

  restore({ dialed, attempt }: SavedTcpPinger): void {
    this.#dialed = dialed;
    if (attempt === undefined) return;
    const { exchange, ping, read, hasType } = attempt;
    const stream = new StreamReader(MAX_STREAM_STRUCT_BYTES);
    stream.push(read);
    this.#attempt = { exchange, ping, stream, hasType };
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

  #settle({ ping }: Attempt, result: TcpPingResult, effects: TcpPingerEffects): void {
    this.#attempt = undefined;
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
