/**
 * What can be reconciled: the contracts between the machine of anti-entropy and stores of any kind.
 *
 *     application ── mutate ──▶ ┌───────┐ ──▶ delta ── news, at once ──▶ some peers ── merge ──▶ their store
 *                               │ store │
 *     comparison ◀── reads ──── └───────┘ ◀── merge ── delta ── what was missing, every interval ── one peer
 *
 *     begin ──▶ words ──▶ answer ──▶ words ──▶ answer ──▶ … ──▶ nothing more to say
 *
 * A store is data that merges. A comparison is how two of them find out what differs: words go to and fro, and each answer
 * is a function of the words and the store alone, so that nobody has to remember a conversation, and one that breaks
 * off costs nothing. Both speak bytes, and nobody between them reads these.
 *
 * Who has a store of their own implements `DigestStore`, digest, delta and merge, and compares with `ByDigest`.
 * @see docs/protocols/anti-entropy.md
 * @module
 */
import type { Instant, NodeEvent, Rng, Saved } from "../kernel/index.ts";

/** What a store and a comparison are given with each call. Valid during the call. */
export interface StoreTurn {
  readonly now: Instant;
  /** The wall clock, in ms since 1970, as the application has told it; near enough to compare with other clocks. */
  readonly wallMs: number;
  readonly rng: Rng;
  /** Bytes of the words or the delta that are asked for, at most. */
  readonly maxBytes: number;
  /** Bytes of words that travel in a packet; what is larger takes a stream. */
  readonly packetBytes: number;
  /** Tells the application: what has changed, say. */
  notify<E extends NodeEvent>(event: E): void;
  /** Counts something that was not done, under a stable name. */
  drop(reason: string): void;
  /** Tells some peers of a delta at once, as of a mutation: of a death certificate that was awakened. */
  spread(delta: Uint8Array): void;
}

/** Data that merges. */
export interface Store {
  /**
   * Does what the application asks for: plain data, so that a recording can ask for it again. Returns the delta that
   * tells others, or `undefined` where there is nothing to tell.
   * @throws HearsayError which the application is told; nothing has changed then
   */
  mutate(mutation: Saved, turn: StoreTurn): Uint8Array | undefined;
  /**
   * Takes up a delta of another's: any number of times, in any order. Returns whether anything has changed; what it has
   * changed it notifies itself. Parts that it refuses it counts with `turn.drop`.
   * @throws DecodeError when the bytes are no delta
   */
  merge(delta: Uint8Array, turn: StoreTurn): boolean;
  /** All of its state, as plain data. */
  save(): Saved;
  /** Of an empty one. */
  restore(saved: Saved): void;
  /** What is to be done now and then, before comparisons: forgetting what is too old. Bounded work. */
  tend?(turn: StoreTurn): void;
}

/** How two stores find out what differs. It keeps nothing; its store keeps all. */
export interface Comparison {
  /** The first words. */
  begin(turn: StoreTurn): Uint8Array;
  /**
   * Takes up what the words bring and says what follows from them; `undefined` ends it.
   * @throws DecodeError when the bytes are no words
   */
  answer(words: Uint8Array, turn: StoreTurn): Uint8Array | undefined;
}

/**
 * A store that can say in few bytes what it has, and pick out what somebody else lacks: version vectors, contexts of
 * CRDTs, logs.
 */
export interface DigestStore extends Store {
  /**
   * What we have seen. The same bytes where the same was seen, if that can be had: of a digest that does not fit a packet
   * `ByDigest` compares a checksum first.
   */
  digest(turn: StoreTurn): Uint8Array;
  /**
   * What somebody with this digest lacks, in `turn.maxBytes` at most, and whether there is more than that;
   * `undefined` if they lack nothing.
   * @throws DecodeError when the bytes are no digest
   */
  delta(theirs: Uint8Array, turn: StoreTurn): DeltaPart | undefined;
  /**
   * Whether somebody with this digest has something that we lack.
   * @throws DecodeError when the bytes are no digest
   */
  isBehind(theirs: Uint8Array, turn: StoreTurn): boolean;
}

export interface DeltaPart {
  readonly bytes: Uint8Array;
  /** Whether there is more than this: the receiver merges it and asks again. */
  readonly more: boolean;
}

/** Which way differences travel, seen from the one who begins. */
export type Direction =
  /** What we have newer goes to them. */
  | "push"
  /** What they have newer comes to us. */
  | "pull"
  | "pushPull";

/** A store in the machine's hands. */
export interface HostedStore {
  readonly store: Store;
  readonly comparison: Comparison;
}

/** What a store is made from: plain data, so that a recording, or a saved state, can make it again. */
export interface StoreSpec {
  /** Name in the cluster: the stores of this name at all nodes are replicas of one. At most 64 bytes. */
  readonly store: string;
  /** Which kind; what kinds there are is up to whoever has made the machine. */
  readonly kind: string;
  /** What this kind wants to know besides. */
  readonly options?: Saved;
}

/** Makes a store. @throws HearsayError which the application is told */
export type StoreMaker = (spec: StoreSpec) => HostedStore;

/** What an application asks of the machine. Each is answered by an event with the same `id`, where it has one. */
export type AntiEntropyCommand =
  /** Makes a store, or says that it is there: `storeOpened`, or `storeRefused`. */
  | ({ readonly type: "open"; readonly id: number } & StoreSpec)
  /** Forgets a store of ours; others keep theirs. `storeClosed`. */
  | { readonly type: "close"; readonly id: number; readonly store: string }
  /** Changes a store and tells some peers at once: `mutated`, or `storeRefused`. `wallMs` is the wall clock. */
  | {
      readonly type: "mutate";
      readonly id: number;
      readonly store: string;
      readonly mutation: Saved;
      readonly wallMs: number;
    }
  /** Begins a comparison at once, with a peer drawn by lot, beside those of every interval. `reconciling`. */
  | { readonly type: "reconcile"; readonly id: number; readonly store: string }
  /** What the wall clock says now; mutations tell it as well. Tell it now and then, and whenever it was set. */
  | { readonly type: "clock"; readonly wallMs: number };

/** What the machine tells the application. What has changed in a store, the store tells by events of its own. */
export type AntiEntropyEvent =
  | { readonly type: "storeOpened"; readonly id: number; readonly store: string }
  | { readonly type: "storeClosed"; readonly id: number; readonly store: string }
  /** Done here; `told` peers were told at once. */
  | {
      readonly type: "mutated";
      readonly id: number;
      readonly store: string;
      readonly told: number;
    }
  | {
      readonly type: "reconciling";
      readonly id: number;
      readonly store: string;
      /** Peers that a comparison was begun with: one, or none if nobody is there. */
      readonly peers: number;
    }
  /** Somebody speaks of a store that is not here. */
  | { readonly type: "storeUnknown"; readonly store: string }
  /** The caller's doing: code and message of the error that the store has thrown. Nothing has changed. */
  | {
      readonly type: "storeRefused";
      readonly id: number;
      readonly store: string;
      readonly code: string;
      readonly message: string;
    };
