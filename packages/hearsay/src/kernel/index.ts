/**
 * The shared vocabulary: time, randomness, ids, errors and the contracts between rooms.
 * @module
 */
export * from "./address.ts";
export * from "./brand.ts";
export * from "./channel.ts";
export * from "./cidr.ts";
export * from "./deadlines.ts";
export * from "./decode-error.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./message.ts";
export * from "./options.ts";
export * from "./peers.ts";
export * from "./portable-math.ts";
export * from "./random.ts";
export * from "./recording.ts";
export * from "./retransmit.ts";
export * from "./saved.ts";
export * from "./seen-window.ts";
export * from "./stream-part.ts";
export * from "./tenant.ts";
export * from "./time.ts";
