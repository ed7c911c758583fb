/**
 * Streams: for whoever lacks more than packets carry, a joiner above all.
 *
 *     dialer  ── pull: all digests ──▶  acceptor
 *             ◀── ack2: what it lacks, piece by piece, each as the last has gone out
 *
 * One at a time is dialed; a few are answered.
 * @module
 */
import { DecodeError, later } from "../kernel/index.ts";
import type { Address, ExchangeId, Instant, TenantEffects } from "../kernel/index.ts";
import { wholeDeltas } from "./delta-packing.ts";
import type { Debt } from "./delta-packing.ts";
import { entryBytes } from "./owner-state.ts";
import { framed, FrameInbox } from "./frames.ts";
import { ACK2, PULL } from "./wire.ts";
import type { Ack2, Digest, OwnerDelta, Pull, StateMessage } from "./wire.ts";

/** Streams answered at a time: more are refused, and come again. */
export const MAX_ANSWERED = 4;
/** Ms from the end of a stream to the next that we dial. */
const PAUSE_MS = 1000;
/** Bytes of one piece of an answer, about: an owner's whole state goes in one. */
const PIECE_BYTES = 65_536;
/** Bytes of a request: the digests of 65,536 owners with names of usual length. */
const MAX_REQUEST_BYTES = 4 << 20;

type Effects = TenantEffects<StateMessage>;

/** What the streams need of the machine. */
export interface StreamPorts {
  digests(): Digest[];
  /** What somebody lacks who stands there, as far as they have it named. */
  debts(digests: readonly Digest[]): Debt[];
  /** The same of one owner, now. */
  debt(digest: Digest): Debt | undefined;
  take(deltas: readonly OwnerDelta[], now: Instant, effects: Effects): void;
  /** Largest state of an owner. */
  readonly maxOwnerBytes: number;
}

interface Answering {
  readonly inbox: FrameInbox<Pull>;
  /** Where they stand with what they are still to be told; `undefined` before they have asked. */
  debts: Digest[] | undefined;
  /** What is left of the owner that is being told. */
  pieces: OwnerDelta[][];
}

interface Asking {
  readonly exchange: ExchangeId;
  readonly inbox: FrameInbox<Ack2>;
}

export interface SavedStateStreams {
  readonly count: number;
  readonly notBefore: Instant;
  readonly asking: { readonly exchange: ExchangeId; readonly inbox: Uint8Array } | undefined;
  readonly answering: ReadonlyMap<
    ExchangeId,
    {
      readonly inbox: Uint8Array;
      readonly debts: readonly Digest[] | undefined;
      readonly pieces: readonly OwnerDelta[][];
    }
  >;
}

export class StateStreams {
  readonly #ports: StreamPorts;
  readonly #answering = new Map<ExchangeId, Answering>();
  #asking: Asking | undefined;
  #count = 0;
  #notBefore: Instant = 0 as Instant;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  /** Asks for all that we lack, unless we are about it already. */
  ask(to: Address, now: Instant, effects: Effects): void {
    if (this.#asking !== undefined || now < this.#notBefore) return;
    const exchange = ++this.#count as ExchangeId;
    this.#asking = { exchange, inbox: this.#answerInbox() };
    effects.dial(exchange, to);
  }

  opened(exchange: ExchangeId, effects: Effects): void {
    if (exchange !== this.#asking?.exchange) return;
    effects.write(exchange, framed(PULL, { type: "pull", digests: this.#ports.digests() }));
    effects.finish(exchange);
  }

  accepted(exchange: ExchangeId, effects: Effects): void {
    if (this.#answering.size >= MAX_ANSWERED) {
      effects.drop("tooManyStateStreams");
      return effects.abort(exchange);
    }
    this.#answering.set(exchange, newAnswering());
  }

  chunk(exchange: ExchangeId, bytes: Uint8Array, now: Instant, effects: Effects): void {
    try {
      if (exchange === this.#asking?.exchange) {
        for (const { deltas } of this.#asking.inbox.push(bytes)) {
          this.#ports.take(deltas, now, effects);
        }
        return;
      }
      const answering = this.#answering.get(exchange);
      if (answering === undefined || answering.debts !== undefined) return;
      const [pull] = answering.inbox.push(bytes);
      if (pull === undefined) return;
      answering.debts = this.#ports.debts(pull.digests).map(standing);
      this.writable(exchange, now, effects);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      effects.drop("malformedStateStream");
      effects.abort(exchange);
      this.over(exchange, now);
    }
  }

  /** The last piece has gone out: the next, or the end. */
  writable(exchange: ExchangeId, now: Instant, effects: Effects): void {
    const answering = this.#answering.get(exchange);
    if (answering?.debts === undefined) return;
    const deltas: OwnerDelta[] = [];
    let bytes = 0;
    while (bytes < PIECE_BYTES) {
      const piece = this.#nextPiece(answering, now);
      if (piece === undefined) break;
      for (const delta of piece) {
        deltas.push(delta);
        for (const entry of delta.entries) bytes += entryBytes(entry);
      }
    }
    if (deltas.length > 0) {
      const ack2: Ack2 = { type: "ack2", wants: [], deltas, stream: false };
      return effects.write(exchange, framed(ACK2, ack2));
    }
    this.#answering.delete(exchange);
    effects.finish(exchange);
  }

  /** Ended or failed. */
  over(exchange: ExchangeId, now: Instant): void {
    if (exchange !== this.#asking?.exchange) return;
    this.#asking = undefined;
    this.#notBefore = later(now, PAUSE_MS);
  }

  failed(exchange: ExchangeId, now: Instant): void {
    this.#answering.delete(exchange);
    this.over(exchange, now);
  }

  save(): SavedStateStreams {
    const asking = this.#asking;
    return {
      count: this.#count,
      notBefore: this.#notBefore,
      asking: asking && { exchange: asking.exchange, inbox: asking.inbox.save() },
      answering: new Map(
        [...this.#answering].map(([exchange, { inbox, debts, pieces }]) => {
          return [exchange, { inbox: inbox.save(), debts: debts?.slice(), pieces: pieces.slice() }];
        }),
      ),
    };
  }

  restore({ count, notBefore, asking, answering }: SavedStateStreams): void {
    this.#count = count;
    this.#notBefore = notBefore;
    if (asking !== undefined) {
      this.#asking = { exchange: asking.exchange, inbox: this.#answerInbox() };
      this.#asking.inbox.restore(asking.inbox);
    }
    for (const [exchange, { inbox, debts, pieces }] of answering) {
      const one = { ...newAnswering(), debts: debts?.slice(), pieces: pieces.slice() };
      one.inbox.restore(inbox);
      this.#answering.set(exchange, one);
    }
  }

  #nextPiece(answering: Answering, now: Instant): OwnerDelta[] | undefined {
    for (;;) {
      const piece = answering.pieces.shift();
      if (piece !== undefined) return piece;
      const stands = answering.debts?.pop();
      if (stands === undefined) return undefined;
      const debt = this.#ports.debt(stands);
      if (debt !== undefined) answering.pieces = wholeDeltas(debt, PIECE_BYTES, now);
    }
  }

  #answerInbox(): FrameInbox<Ack2> {
    return new FrameInbox(ACK2, 2 * (this.#ports.maxOwnerBytes + PIECE_BYTES));
  }
}

function newAnswering(): Answering {
  return { inbox: new FrameInbox(PULL, MAX_REQUEST_BYTES), debts: undefined, pieces: [] };
}

/** Where they stand, for who cannot keep the state itself: it may be forgotten meanwhile. */
function standing({ state: { owner, generation }, from }: Debt): Digest {
  return { owner, generation, version: from };
}
