/**
 * All streams of a node, and who owns each.
 *
 *     dialed    by an exchange or a link; owned from the first moment
 *     accepted  owned once its first bytes are read:
 *
 *     00, 06, …      memberlist's own  → the tenant that answers them, bytes untouched
 *     09 …           memberlist's compression around one of those
 *     E0 letter …    an exchange of a tenant of ours, opener taken off
 *     E1 …           a link
 *
 * A stream that stays silent for `streamTimeoutMs` is dropped, at either end, and so is one that is not done after
 * `streamLifeMs`, however busy: who sends a byte now and then would else hold it for ever. What its owner keeps, a link,
 * may live.
 * @module
 */
import { STREAM_OPENER, StreamInflater, TYPE_BYTE } from "../codec/index.ts";
import type { SavedStreamInflater } from "../codec/index.ts";
import {
  addressHost,
  assertNever,
  DecodeError,
  Deadlines,
  earlier,
  later,
} from "../kernel/index.ts";
import type { Address, Instant, StreamFailure, StreamId, StreamPart } from "../kernel/index.ts";
import type { StreamInput } from "./host.ts";
import type { Turn } from "./turn.ts";
import type { WireRegistry } from "./wire-registry.ts";

/** First byte of a stream that a tenant of ours opens; its channel letter follows. */
export const EXCHANGE_OPENER: number = STREAM_OPENER.exchange;
/** First byte of a link. */
export const LINK_OPENER: number = STREAM_OPENER.link;

export interface StreamsConfig {
  /** Ms of silence after which a stream is dropped. */
  readonly streamTimeoutMs: number;
  /** Ms after which a stream is dropped that is not done and not kept. */
  readonly streamLifeMs: number;
  /** Accepted streams that may be open at a time; further ones are dropped at once. */
  readonly maxAcceptedStreams: number;
  /** Of those, how many may come from one IP address. */
  readonly maxAcceptedPerSource: number;
}

/** Who is told what happens on a stream. */
export interface StreamOwner {
  opened(stream: StreamId, turn: Turn): void;
  chunk(stream: StreamId, bytes: Uint8Array, turn: Turn): void;
  /** In place of `chunk`, for owners that read parts. */
  part?(stream: StreamId, part: StreamPart, turn: Turn): void;
  writable(stream: StreamId, turn: Turn): void;
  ended(stream: StreamId, turn: Turn): void;
  /** Both sides have finished; the stream is gone. */
  closed(stream: StreamId): void;
  /** The stream broke; it is gone. */
  failed(stream: StreamId, reason: StreamFailure, turn: Turn): void;
}

/** Who takes over accepted streams. */
export interface StreamAcceptors {
  readonly exchanges: StreamOwner & {
    accept(stream: StreamId, tenant: number, from: Address, turn: Turn): void;
  };
  readonly links: StreamOwner & { accept(stream: StreamId, turn: Turn): void };
}

interface SavedStream {
  readonly id: StreamId;
  readonly from: Address;
  readonly owner: keyof StreamAcceptors | undefined;
  readonly compressible: boolean;
  readonly inflater: SavedStreamInflater | undefined;
  readonly endsAt: Instant;
  readonly head: readonly number[];
  readonly finished: boolean;
  readonly ended: boolean;
}

export interface SavedStreams {
  readonly rows: readonly SavedStream[];
  readonly silence: readonly (readonly [stream: StreamId, at: Instant])[];
  readonly dialed: number;
}

class Row {
  readonly id: StreamId;
  readonly from: Address;
  /** When it is dropped at the latest, unless it is kept. */
  readonly endsAt: Instant;
  owner: StreamOwner | undefined;
  /** Whether memberlist's compression may stand around what we read. */
  compressible: boolean;
  inflater: StreamInflater | undefined;
  /** Opener bytes of an accepted stream that is not yet owned. */
  readonly head: number[] = [];
  finished = false;
  ended = false;

  constructor(
    { id, from, endsAt }: Pick<Row, "id" | "from" | "endsAt">,
    owner: StreamOwner | undefined,
    compressible: boolean,
  ) {
    this.id = id;
    this.from = from;
    this.endsAt = endsAt;
    this.owner = owner;
    this.compressible = compressible;
  }
}

export class Streams {
  readonly #config: StreamsConfig;
  readonly #registry: WireRegistry;
  readonly #acceptors: StreamAcceptors;
  readonly #rows = new Map<StreamId, Row>();
  readonly #silence = new Deadlines<StreamId>();
  #dialed = 0;
  #accepted = 0;
  /** Accepted streams by the IP address that they are from. */
  readonly #bySource = new Map<string, number>();

  constructor(config: StreamsConfig, registry: WireRegistry, acceptors: StreamAcceptors) {
    this.#config = config;
    this.#registry = registry;
    this.#acceptors = acceptors;
  }

  get deadline(): Instant {
    return this.#silence.next;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Opens a stream. `raw` streams speak memberlist's own protocol, which may be compressed. */
  dial(owner: StreamOwner, to: Address, raw: boolean, turn: Turn): StreamId {
    const id = ++this.#dialed as StreamId;
    this.#add(new Row({ id, from: to, endsAt: this.#endsAt(turn) }, owner, raw), turn);
    turn.host.open(id, to);
    return id;
  }

  write(stream: StreamId, bytes: Uint8Array, turn: Turn): void {
    const row = this.#rows.get(stream);
    if (row !== undefined && !row.finished) turn.host.write(stream, bytes);
  }

  writePart(stream: StreamId, part: StreamPart, turn: Turn): void {
    if (turn.host.writePart === undefined) return this.write(stream, part.encode(), turn);
    const row = this.#rows.get(stream);
    if (row !== undefined && !row.finished) turn.host.writePart(stream, part);
  }

  finish(stream: StreamId, turn: Turn): void {
    const row = this.#rows.get(stream);
    if (row === undefined || row.finished) return;
    row.finished = true;
    turn.host.finish(stream);
    if (row.ended) this.#close(row);
  }

  /** Drops the stream without a word to its owner, who asked for it. */
  abort(stream: StreamId, turn: Turn): void {
    const row = this.#rows.get(stream);
    if (row === undefined) return;
    this.#forget(row);
    turn.host.abort(stream);
  }

  /** From here on silence is no fault. */
  keep(stream: StreamId): void {
    this.#silence.delete(stream);
  }

  handle(input: StreamInput, turn: Turn): void {
    if (input.type === "accepted") return this.#onAccepted(input.stream, input.from, turn);
    const row = this.#rows.get(input.stream);
    if (row === undefined) return;
    if (this.#silence.get(row.id) < Infinity) this.#awaitMore(row, turn);
    switch (input.type) {
      case "chunk":
        if (input.part !== undefined && this.#passPart(row, input.part, turn)) return;
        return this.#onChunk(row, input.bytes, turn);
      case "writable":
        return row.owner?.writable(row.id, turn);
      case "opened":
        return row.owner?.opened(row.id, turn);
      case "ended":
        return this.#onEnded(row, turn);
      case "failed":
        return this.#fail(row, input.reason, turn);
      default:
        assertNever(input);
    }
  }

  /** Drops what has been silent, or there, for too long. */
  timeout(turn: Turn): void {
    for (;;) {
      const stream = this.#silence.takeDue(turn.now);
      if (stream === undefined) return;
      const row = this.#rows.get(stream) as Row;
      turn.host.abort(stream);
      this.#fail(row, "timedOut", turn);
    }
  }

  save(): SavedStreams {
    const rows = [...this.#rows.values()].map((row) => {
      const { id, from, endsAt, compressible, finished, ended } = row;
      const [head, owner, inflater] = [[...row.head], this.#ownerName(row), row.inflater?.save()];
      return { id, from, endsAt, compressible, finished, ended, head, owner, inflater };
    });
    return { rows, silence: this.#silence.entries(), dialed: this.#dialed };
  }

  restore({ rows, silence, dialed }: SavedStreams): void {
    for (const saved of rows) {
      const owner = saved.owner === undefined ? undefined : this.#acceptors[saved.owner];
      const row = new Row(saved, owner, saved.compressible);
      row.finished = saved.finished;
      row.ended = saved.ended;
      row.head.push(...saved.head);
      if (saved.inflater !== undefined) {
        row.inflater = new StreamInflater();
        row.inflater.restore(saved.inflater);
      }
      this.#rows.set(row.id, row);
      if (row.id < 0) this.#count(row.from, 1);
    }
    for (const [stream, at] of silence) this.#silence.set(stream, at);
    this.#dialed = dialed;
  }

  #ownerName({ owner }: Row): keyof StreamAcceptors | undefined {
    if (owner === undefined) return undefined;
    return owner === this.#acceptors.links ? "links" : "exchanges";
  }

  #onAccepted(stream: StreamId, from: Address, turn: Turn): void {
    const { maxAcceptedStreams, maxAcceptedPerSource } = this.#config;
    const fromThere = this.#bySource.get(addressHost(from)) ?? 0;
    const isFull = this.#accepted >= maxAcceptedStreams;
    if (isFull || fromThere >= maxAcceptedPerSource) {
      turn.drop(isFull ? "tooManyStreams" : "tooManyOfOneSource");
      turn.host.abort(stream);
      return;
    }
    this.#count(from, 1);
    this.#add(new Row({ id: stream, from, endsAt: this.#endsAt(turn) }, undefined, false), turn);
  }

  #add(row: Row, turn: Turn): void {
    this.#rows.set(row.id, row);
    this.#awaitMore(row, turn);
  }

  #endsAt(turn: Turn): Instant {
    return later(turn.now, this.#config.streamLifeMs);
  }

  #awaitMore(row: Row, turn: Turn): void {
    const silentUntil = later(turn.now, this.#config.streamTimeoutMs);
    this.#silence.set(row.id, earlier(silentUntil, row.endsAt));
  }

  /** Another accepted stream from there, or one less. */
  #count(from: Address, change: 1 | -1): void {
    this.#accepted += change;
    const source = addressHost(from);
    const left = (this.#bySource.get(source) ?? 0) + change;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }

  #onChunk(row: Row, bytes: Uint8Array, turn: Turn): void {
    if (bytes.length === 0) return;
    try {
      if (row.inflater !== undefined) this.#inflate(row, bytes, turn);
      else if (row.compressible && bytes[0] === TYPE_BYTE.compress)
        this.#startInflating(row, bytes, turn);
      else this.#onPlain(row, bytes, turn);
      row.compressible = false;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      turn.drop(error.reason);
      turn.host.abort(row.id);
      this.#fail(row, "malformed", turn);
    }
  }

  /** Hands a part to its owner as it is; false if its bytes must be looked at first. */
  #passPart(row: Row, part: StreamPart, turn: Turn): boolean {
    if (row.inflater !== undefined || row.head.length > 0) return false;
    if (row.owner === undefined) {
      const tenant = this.#registry.streamOwner(part.opener);
      if (tenant === undefined) return false;
      this.#assign(row, tenant, turn);
    }
    if (row.owner?.part === undefined) return false;
    row.compressible = false;
    row.owner.part(row.id, part, turn);
    return true;
  }

  /** Bytes that nothing is wrapped around any more. */
  #onPlain(row: Row, bytes: Uint8Array, turn: Turn): void {
    if (bytes.length === 0 || !this.#rows.has(row.id)) return;
    if (row.owner !== undefined) return row.owner.chunk(row.id, bytes, turn);
    const first = row.head[0] ?? (bytes[0] as number);
    if (first === LINK_OPENER && row.inflater === undefined) {
      row.owner = this.#acceptors.links;
      this.#acceptors.links.accept(row.id, turn);
      return this.#onPlain(row, bytes.subarray(1), turn);
    }
    if (first === EXCHANGE_OPENER && row.inflater === undefined) {
      return this.#onExchangeOpener(row, bytes, turn);
    }
    if (first === TYPE_BYTE.compress && row.inflater === undefined) {
      return this.#startInflating(row, bytes, turn);
    }
    const tenant = this.#registry.streamOwner(first);
    if (tenant === undefined)
      throw new DecodeError("unknownType", `a stream opens with byte ${first}`);
    this.#assign(row, tenant, turn);
    this.#onPlain(row, bytes, turn);
  }

  /** `E0 letter`, which may come in two chunks. */
  #onExchangeOpener(row: Row, bytes: Uint8Array, turn: Turn): void {
    const missing = 2 - row.head.length;
    row.head.push(...bytes.subarray(0, missing));
    const letter = row.head[1];
    if (letter === undefined) return;
    const tenant = this.#registry.channelOwner(letter);
    if (tenant === undefined)
      throw new DecodeError("unknownType", `no tenant on channel ${letter}`);
    this.#assign(row, tenant, turn);
    this.#onPlain(row, bytes.subarray(missing), turn);
  }

  #assign(row: Row, tenant: number, turn: Turn): void {
    row.owner = this.#acceptors.exchanges;
    this.#acceptors.exchanges.accept(row.id, tenant, row.from, turn);
  }

  #startInflating(row: Row, bytes: Uint8Array, turn: Turn): void {
    row.inflater = new StreamInflater();
    this.#inflate(row, bytes, turn);
  }

  #inflate(row: Row, bytes: Uint8Array, turn: Turn): void {
    row.inflater?.push(bytes, (plain) => this.#onPlain(row, plain, turn));
  }

  #onEnded(row: Row, turn: Turn): void {
    row.ended = true;
    if (row.owner === undefined) {
      turn.host.abort(row.id);
      this.#forget(row);
      return;
    }
    row.owner.ended(row.id, turn);
    if (row.finished) this.#close(row);
  }

  #close(row: Row): void {
    if (this.#forget(row)) row.owner?.closed(row.id);
  }

  #fail(row: Row, reason: StreamFailure, turn: Turn): void {
    this.#forget(row);
    row.owner?.failed(row.id, reason, turn);
  }

  /** Takes the row out of the books; false if it was out already. */
  #forget(row: Row): boolean {
    if (!this.#rows.delete(row.id)) return false;
    this.#silence.delete(row.id);
    if (row.id < 0) this.#count(row.from, -1);
    return true;
  }
}
