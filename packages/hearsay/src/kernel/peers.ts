/**
 * Who this node can name: the contract of the peer table, and of choosing peers from a crowd.
 * @module
 */
import type { Address, AddressParts } from "./address.ts";
import type { Channel, ChannelSet, PeerId } from "./ids.ts";
import type { Rng } from "./random.ts";

/**
 * Names and addresses as small integers, shared by all tenants of a node; in the simulator, by all
 * nodes of a world. A row lives while somebody retains it. What a tenant knows of a peer is a column
 * of its own beside this table, indexed by `slotOf(peer)`.
 */
export interface Peers {
  /** The peer with this name at this address, made if need be, retained once for the caller. */
  intern(name: string, address: Address): PeerId;
  retain(peer: PeerId): void;
  /** Gives up one hold; with the last one the row is freed and its `PeerId` is never valid again. */
  release(peer: PeerId): void;
  /** Whether the row behind `peer` is still that peer. */
  has(peer: PeerId): boolean;
  /** The latest peer interned at `address`, or `NO_PEER`: addresses do not prove who speaks. */
  at(address: Address): PeerId;
  /** The peers with this name, one at each address that it has been at: the first, or `NO_PEER`. */
  firstNamed(name: string): PeerId;
  /** The one after `peer`, or `NO_PEER`. */
  nextNamed(peer: PeerId): PeerId;
  /** Index for a tenant's own column; reused when the row is freed. */
  slotOf(peer: PeerId): number;
  nameOf(peer: PeerId): string;
  addressOf(peer: PeerId): Address;
  /** The same, as messages name it. */
  partsOf(peer: PeerId): AddressParts;
  channelsOf(peer: PeerId): ChannelSet;
  understands(peer: PeerId, channel: Channel): boolean;
  /** Learnt from metadata or a hello. */
  setChannels(peer: PeerId, channels: ChannelSet): void;
  checksums(peer: PeerId): boolean;
  /** Whether packets to this peer may carry memberlist's CRC layer (its PMax is 5 or more). */
  setChecksums(peer: PeerId, understood: boolean): void;
}

/** Peers to talk to. Full membership, partial views and, in simulation, an oracle are all this. */
export interface PeerSampler {
  /** How many there are to choose from. */
  readonly size: number;
  /**
   * Up to `count` distinct peers, uniform at random, none of them `except`. The array is the
   * caller's to keep.
   */
  sample(count: number, except: PeerId, rng: Rng): PeerId[];
}
