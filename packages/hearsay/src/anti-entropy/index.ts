/**
 * Anti-entropy: replicas find out what differs, and come to the same.
 * @see docs/protocols/anti-entropy.md
 * @module
 */
export { AntiEntropy } from "./anti-entropy.ts";
export type { AntiEntropyOptions } from "./anti-entropy.ts";
export { ByDigest } from "./by-digest.ts";
export { ANTI_ENTROPY_DEFAULTS, resolveAntiEntropyConfig } from "./config.ts";
export type { AntiEntropyConfig } from "./config.ts";
export { fingerprintOf, sameFingerprint } from "./fingerprint.ts";
export { converse, turnOf } from "./conversation.ts";
export type { ConversationOptions } from "./conversation.ts";
export { KeyedComparison, STRATEGIES } from "./keyed-comparison.ts";
export type { KeyedComparisonOptions, Strategy } from "./keyed-comparison.ts";
export type { WordCounts } from "./range-comparison.ts";
export { KeyedStore } from "./keyed-store.ts";
export { KEYED_STORE_LIMITS, resolveKeyedStoreLimits } from "./keyed-store-options.ts";
export type { KeyedStoreLimits, KeyedStoreOptions } from "./keyed-store-options.ts";
export type { EntryChanged, KeyedMutation } from "./keyed-store.ts";
export type { Certificate, Entry } from "./entry.ts";
export type {
  AntiEntropyCommand,
  AntiEntropyEvent,
  Comparison,
  DeltaPart,
  DigestStore,
  Direction,
  HostedStore,
  Store,
  StoreMaker,
  StoreSpec,
  StoreTurn,
} from "./store.ts";
export { ANTI_ENTROPY_CHANNEL, ANTI_ENTROPY_MESSAGES, MAX_STORE_NAME } from "./wire.ts";
export type { AntiEntropyMessage, News, Talk, TalkPart } from "./wire.ts";
