/**
 * How two replicas of a map find out what differs: by their contexts, which are small.
 *
 *     context ──▶                    what I have seen
 *     ◀── delta, context             what you lack; what I have seen, if you have more
 *     delta ──▶                      in parts: who has merged one that is not the last tells its context again
 *
 * A context that does not fit a packet is not told at first, but a checksum of it: as long as two agree, that is all.
 * Besides, all words tell who speaks and what his clock shows; and who waits for copies of a write asks for the other's
 * context in any case.
 * @module
 */
import { fingerprintOf, sameFingerprint } from "../../anti-entropy/index.ts";
import type { Comparison, StoreTurn } from "../../anti-entropy/index.ts";
import { DotSet } from "../../crdt/index.ts";
import type { DotRuns } from "../../crdt/index.ts";
import type { MapStore } from "./map-store.ts";
import { LAST_WALL_MS, WORDS_OVERHEAD_BYTES } from "./map-words.ts";
import type { MapWords } from "./map-words.ts";

export class MapComparison implements Comparison {
  readonly #holder: string;
  readonly #store: MapStore;

  /** `holder` is the name of this node. */
  constructor(holder: string, store: MapStore) {
    this.#holder = holder;
    this.#store = store;
  }

  begin(turn: StoreTurn): Uint8Array {
    const context = this.#store.map.context();
    const bytes = this.#store.codec.writeContext(context);
    const fits = bytes.length + WORDS_OVERHEAD_BYTES <= turn.packetBytes;
    return this.#say(turn, {
      ...(fits ? { context } : fingerprintOf(bytes)),
      asks: this.#store.asks,
    });
  }

  answer(bytes: Uint8Array, turn: StoreTurn): Uint8Array | undefined {
    const store = this.#store;
    const heard = store.codec.readWords(bytes);
    const { holder, context, delta, more, asks } = heard;
    store.heard(holder, heard.wallMs, turn);
    const gained = delta !== undefined && store.take(delta, turn);
    if (context !== undefined)
      return this.#compare(holder, context, asks || (more && gained), turn);
    if (delta !== undefined) {
      if (!more) store.nothingMissing(holder, turn);
      // Who is given nothing new asks no further: lies about "more" lead nowhere.
      return asks || (more && gained)
        ? this.#say(turn, { context: store.map.context() })
        : undefined;
    }
    const own = store.map.context();
    const sum = fingerprintOf(store.codec.writeContext(own));
    if (!sameFingerprint(heard, sum)) return this.#say(turn, { context: own });
    store.report(holder, own, turn);
    store.nothingMissing(holder, turn);
    return asks ? this.#say(turn, sum) : undefined;
  }

  #compare(
    holder: string,
    theirs: DotRuns,
    asks: boolean,
    turn: StoreTurn,
  ): Uint8Array | undefined {
    const store = this.#store;
    store.report(holder, theirs, turn);
    const own = store.map.context();
    const isBehind = !DotSet.from(own).covers(DotSet.from(theirs));
    if (!isBehind) store.nothingMissing(holder, turn);
    const context = isBehind || asks ? own : undefined;
    const contextBytes = context === undefined ? 0 : store.codec.writeContext(own).length;
    const part = store.deltaFor(theirs, turn.maxBytes - WORDS_OVERHEAD_BYTES - contextBytes);
    if (context === undefined && part === undefined) return undefined;
    return this.#say(turn, { context, ...part, asks: part !== undefined && store.asks });
  }

  #say(turn: StoreTurn, said: Partial<MapWords>): Uint8Array {
    const wallMs = Math.min(Math.max(0, Math.floor(turn.wallMs)), LAST_WALL_MS);
    return this.#store.codec.writeWords({ ...SILENCE, ...said, holder: this.#holder, wallMs });
  }
}

const SILENCE: MapWords = {
  holder: "",
  wallMs: 0,
  high: 0,
  low: 0,
  context: undefined,
  delta: undefined,
  more: false,
  asks: false,
};
