/**
 * Conversations that do not fit packets: one stream each, words in turn until one side has nothing more to say.
 *
 *     dialed     ── dial, words ──▶   ◀── words ──   ── words ──▶   ◀── end     end ──▶
 *     accepted                                                      has no answer
 *
 * Whoever has no answer ends its side, and so does then the other.
 * @module
 */
import { StreamReader } from "../codec/index.ts";
import type { Reader } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Address, ExchangeId, ExchangeInput, TenantEffects } from "../kernel/index.ts";
import { frameOf, readFrame } from "./wire.ts";
import type { AntiEntropyMessage } from "./wire.ts";

export interface TalkStreamLimits {
  readonly maxStreams: number;
  readonly maxWordsBytes: number;
}

export interface SavedTalkStreams {
  readonly dialed: number;
  readonly rows: readonly {
    readonly id: ExchangeId;
    readonly bytes: Uint8Array;
    readonly finished: boolean;
  }[];
}

interface Row {
  readonly reader: StreamReader;
  finished: boolean;
}

type Effects = TenantEffects<AntiEntropyMessage>;

/** Bytes of a frame around its message. */
const FRAME_BYTES = 4;

export class TalkStreams {
  readonly #limits: TalkStreamLimits;
  readonly #rows = new Map<ExchangeId, Row>();
  readonly #read: (reader: Reader) => AntiEntropyMessage;
  #dialed = 0;
  readonly #open = { dialed: 0, accepted: 0 };

  constructor(limits: TalkStreamLimits) {
    this.#limits = limits;
    this.#read = (reader) => readFrame(reader, limits.maxWordsBytes);
  }

  /** Opens a stream and says the first words; false if there are too many already. */
  dial(to: Address, message: AntiEntropyMessage, effects: Effects): boolean {
    if (this.#open.dialed >= this.#limits.maxStreams) {
      effects.drop("tooManyTalks");
      return false;
    }
    const id = ++this.#dialed as ExchangeId;
    this.#remember(id);
    effects.dial(id, to);
    effects.write(id, frameOf(message));
    // News needs no answer.
    if (message.type === "news") this.#finish(id, effects);
    return true;
  }

  /** `answer` takes a message up and says what follows from it, if anything. */
  handle(
    input: ExchangeInput,
    effects: Effects,
    answer: (message: AntiEntropyMessage) => AntiEntropyMessage | undefined,
  ): void {
    const { exchange } = input;
    switch (input.type) {
      case "accepted":
        return this.#accept(exchange, effects);
      case "chunk":
        return this.#onChunk(exchange, input.bytes, effects, answer);
      case "ended":
        this.#finish(exchange, effects);
        return this.#forget(exchange);
      case "failed":
        return this.#forget(exchange);
      default:
        return;
    }
  }

  save(): SavedTalkStreams {
    const rows = [...this.#rows].map(([id, { reader, finished }]) => {
      return { id, bytes: reader.save(), finished };
    });
    return { dialed: this.#dialed, rows };
  }

  restore({ dialed, rows }: SavedTalkStreams): void {
    this.#dialed = dialed;
    for (const { id, bytes, finished } of rows) {
      const row = this.#remember(id);
      row.reader.push(bytes);
      row.finished = finished;
    }
  }

  #accept(id: ExchangeId, effects: Effects): void {
    if (this.#open.accepted < this.#limits.maxStreams) this.#remember(id);
    else {
      effects.drop("tooManyTalks");
      effects.abort(id);
    }
  }

  #onChunk(
    id: ExchangeId,
    bytes: Uint8Array,
    effects: Effects,
    answer: (message: AntiEntropyMessage) => AntiEntropyMessage | undefined,
  ): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    try {
      row.reader.push(bytes);
      for (;;) {
        const message = row.reader.tryRead(this.#read, this.#maxFrame);
        if (message === undefined) return;
        const reply = answer(message);
        if (reply !== undefined && !row.finished) effects.write(id, frameOf(reply));
        else this.#finish(id, effects);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      effects.drop(error.reason);
      effects.abort(id);
      this.#forget(id);
    }
  }

  get #maxFrame(): number {
    return this.#limits.maxWordsBytes + FRAME_BYTES;
  }

  #remember(id: ExchangeId): Row {
    // What waits to be read is never more than one message and what came behind it in the same chunk.
    const row = { reader: new StreamReader(2 * this.#maxFrame + MAX_CHUNK_BYTES), finished: false };
    this.#rows.set(id, row);
    this.#open[id > 0 ? "dialed" : "accepted"]++;
    return row;
  }

  #finish(id: ExchangeId, effects: Effects): void {
    const row = this.#rows.get(id);
    if (row === undefined || row.finished) return;
    row.finished = true;
    effects.finish(id);
  }

  #forget(id: ExchangeId): void {
    if (this.#rows.delete(id)) this.#open[id > 0 ? "dialed" : "accepted"]--;
  }
}

/** As much as a transport hands over at once, at most. */
const MAX_CHUNK_BYTES = 1 << 20;
