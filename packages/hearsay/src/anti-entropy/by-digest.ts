/**
 * Comparison by digest and delta: per-origin version vectors, contexts of CRDTs, and whatever a user has that knows
 * what it has seen.
 *
 *     digest ──▶                 what I have seen
 *     ◀── delta, digest          what you lack; what I have seen, if you have more
 *     delta ──▶                  in parts: who has merged one that is not the last sends a new digest
 *
 * A digest that does not fit a packet is not sent at first, but a checksum of it: as long as two agree, that is all.
 *
 *     words   [gives, wants, sum high, sum low, digest or nil, delta or nil, more]
 *
 * `gives` and `wants` are the direction, from the side of whoever speaks.
 * @module
 */
import { bool, bytes, Reader, record, uint32, Writer } from "../codec/index.ts";
import { fingerprintOf, sameFingerprint } from "./fingerprint.ts";
import type { Comparison, DigestStore, Direction, StoreTurn } from "./store.ts";
import { MAX_BYTES } from "./wire.ts";

interface Words {
  readonly gives: boolean;
  readonly wants: boolean;
  /** Fingerprint of a digest that is left out. */
  readonly high: number;
  readonly low: number;
  readonly digest: Uint8Array | undefined;
  readonly delta: Uint8Array | undefined;
  /** Whether there is more than this delta. */
  readonly more: boolean;
}

const WORDS = record<Words>({
  gives: bool(),
  wants: bool(),
  high: uint32(),
  low: uint32(),
  digest: bytes(MAX_BYTES),
  delta: bytes(MAX_BYTES),
  more: bool(),
});

/** Bytes of words without what is in them. */
const OVERHEAD_BYTES = 32;

export class ByDigest implements Comparison {
  readonly #store: DigestStore;
  readonly #gives: boolean;
  readonly #wants: boolean;

  constructor(store: DigestStore, direction: Direction = "pushPull") {
    this.#store = store;
    this.#gives = direction !== "pull";
    this.#wants = direction !== "push";
  }

  begin(turn: StoreTurn): Uint8Array {
    const digest = this.#store.digest(turn);
    const fits = digest.length + OVERHEAD_BYTES <= turn.packetBytes;
    return encodeWords({
      ...this.#words(this.#gives, this.#wants),
      ...(fits ? { digest } : fingerprintOf(digest)),
    });
  }

  answer(bytesHeard: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    const heard = WORDS.read(new Reader(bytesHeard));
    const gained = heard.delta !== undefined && this.#store.merge(heard.delta, turn);
    const reply = this.#words(heard.wants, heard.gives);
    if (heard.digest === undefined && heard.delta === undefined) {
      // Nothing but a checksum: if it is not ours, they are told all that we have seen.
      const digest = this.#store.digest(turn);
      return sameFingerprint(heard, fingerprintOf(digest))
        ? undefined
        : encodeWords({ ...reply, digest });
    }
    // Who is given nothing new asks no further: lies about "more" lead nowhere.
    const asksOn = heard.more && gained;
    const isBehind = heard.digest !== undefined && this.#store.isBehind(heard.digest, turn);
    const digest = heard.gives && (asksOn || isBehind) ? this.#store.digest(turn) : undefined;
    const maxBytes = Math.max(1, turn.maxBytes - OVERHEAD_BYTES - (digest?.length ?? 0));
    const part =
      heard.wants && heard.digest !== undefined
        ? this.#store.delta(heard.digest, limited(turn, maxBytes))
        : undefined;
    if (digest === undefined && part === undefined) return undefined;
    return encodeWords({ ...reply, digest, delta: part?.bytes, more: part?.more ?? false });
  }

  #words(gives: boolean, wants: boolean): Words {
    return { gives, wants, high: 0, low: 0, digest: undefined, delta: undefined, more: false };
  }
}

/** The same turn with less room. */
function limited(turn: StoreTurn, maxBytes: number): StoreTurn {
  const { now, wallMs, rng, packetBytes } = turn;
  return {
    now,
    wallMs,
    rng,
    maxBytes,
    packetBytes,
    notify: (event) => turn.notify(event),
    drop: (reason) => turn.drop(reason),
    spread: (delta) => turn.spread(delta),
  };
}

function encodeWords(words: Words): Uint8Array {
  const writer = new Writer(new Uint8Array(WORDS.sizeOf(words)));
  WORDS.write(writer, words);
  return writer.bytes;
}
