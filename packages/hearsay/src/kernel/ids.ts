/**
 * The small integers that name things inside one node.
 * @module
 */
import type { Brand } from "./brand.ts";

/**
 * A peer of this node: a slot of the peer table and the slot's generation in one 31-bit integer. A
 * slot that is used again gets the next generation, so that a late answer cannot hit the wrong peer.
 */
export type PeerId = Brand<number, "PeerId">;

/** Stands where a `PeerId` could, when the sender is only an address. */
export const NO_PEER: PeerId = -1 as PeerId;

/**
 * One stream of one tenant. Numbers that a tenant dials with are its own, positive and never used
 * twice; accepted streams are numbered by the composition, negative.
 */
export type ExchangeId = Brand<number, "ExchangeId">;

/** One stream of one node, as the host knows it. Dialed: positive. Accepted: negative. */
export type StreamId = Brand<number, "StreamId">;

/** How often a member has spoken up for itself; 32 bits, only the member itself raises it. */
export type Incarnation = Brand<number, "Incarnation">;

/** Wrapping 32-bit number that pairs an ack with its ping. */
export type ProbeSeq = Brand<number, "ProbeSeq">;

/**
 * A lower-case letter that names a tenant's messages on the wire and its capability in a member's
 * `hs` tag. Tenants that speak memberlist's own message types have none.
 */
export type Channel = Brand<string, "Channel">;

/** A set of channels: bit 0 is `a`, bit 25 is `z`. */
export type ChannelSet = Brand<number, "ChannelSet">;

export const NO_CHANNELS: ChannelSet = 0 as ChannelSet;
