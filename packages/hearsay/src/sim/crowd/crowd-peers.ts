/**
 * The peer table of a crowd: a peer is the index of a node, and every peer is known to all.
 *
 * Names and addresses are made when somebody asks for them, so that a million nodes cost nothing here.
 * @module
 */
import { addressParts, invariant, NO_PEER } from "../../kernel/index.ts";
import type { Address, AddressParts, ChannelSet, PeerId, Peers } from "../../kernel/index.ts";

/** Nodes that one crowd can hold: those with an address of 10.0.0.0/8. */
export const MAX_CROWD: number = (1 << 24) - 2;

const ALL_CHANNELS = 0x3ff_ffff as ChannelSet;
const PORT = 7946;
const ADDRESS = /^10\.(\d+)\.(\d+)\.(\d+):7946$/;

export class CrowdPeers implements Peers {
  readonly #names: string[] = [];
  readonly #addresses: Address[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** One peer more; its `PeerId`. */
  add(): PeerId {
    invariant(this.#size < MAX_CROWD, `more than ${MAX_CROWD} nodes in one crowd`);
    return this.#size++ as PeerId;
  }

  intern(name: string, address: Address): PeerId {
    const peer = numberOf(name);
    invariant(this.has(peer) && this.addressOf(peer) === address, `${name} is not at ${address}`);
    return peer;
  }

  retain(): void {}

  release(): void {}

  has(peer: PeerId): boolean {
    return Number.isInteger(peer) && peer >= 0 && peer < this.#size;
  }

  at(address: Address): PeerId {
    const [, a, b, c] = ADDRESS.exec(address) ?? [];
    const peer = (((Number(a) << 16) | (Number(b) << 8) | Number(c)) - 1) as PeerId;
    return c !== undefined && this.has(peer) ? peer : NO_PEER;
  }

  firstNamed(name: string): PeerId {
    const peer = numberOf(name);
    return this.has(peer) && this.nameOf(peer) === name ? peer : NO_PEER;
  }

  nextNamed(): PeerId {
    return NO_PEER;
  }

  slotOf(peer: PeerId): number {
    return peer;
  }

  nameOf(peer: PeerId): string {
    return (this.#names[peer] ??= `n${peer}`);
  }

  addressOf(peer: PeerId): Address {
    return (this.#addresses[peer] ??= addressOf(peer));
  }

  partsOf(peer: PeerId): AddressParts {
    return addressParts(this.addressOf(peer));
  }

  channelsOf(): ChannelSet {
    return ALL_CHANNELS;
  }

  understands(): boolean {
    return true;
  }

  setChannels(): void {}

  checksums(): boolean {
    return false;
  }

  setChecksums(): void {}
}

const DIGIT_0 = 48;

/** Of `n7` the 7; overlays ask for it with every peer in every message. */
function numberOf(name: string): PeerId {
  let number = 0;
  for (let i = 1; i < name.length; i++) number = 10 * number + (name.charCodeAt(i) - DIGIT_0);
  return number as PeerId;
}

/** 10.0.0.1:7946 and on, as in a world; canonical as written. */
function addressOf(peer: PeerId): Address {
  const n = peer + 1;
  return `10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}:${PORT}` as Address;
}
