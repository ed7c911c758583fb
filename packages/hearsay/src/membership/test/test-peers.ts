import { addressParts, invariant, NO_CHANNELS, NO_PEER } from "../../kernel/index.ts";
import type {
  Address,
  AddressParts,
  Channel,
  ChannelSet,
  PeerId,
  Peers,
} from "../../kernel/index.ts";

interface Row {
  readonly name: string;
  readonly address: Address;
  holds: number;
  channels: ChannelSet;
  checksums: boolean;
}

/** The contract of the peer table, as simply as can be: ids count up and are never used again. */
export class TestPeers implements Peers {
  readonly #rows: Row[] = [];

  intern(name: string, address: Address): PeerId {
    const found = this.#rows.findIndex((row) => {
      return row.holds > 0 && row.name === name && row.address === address;
    });
    if (found >= 0) {
      this.retain(found as PeerId);
      return found as PeerId;
    }
    const row = { name, address, holds: 1, channels: NO_CHANNELS, checksums: false };
    return (this.#rows.push(row) - 1) as PeerId;
  }

  retain(peer: PeerId): void {
    this.#row(peer).holds++;
  }

  release(peer: PeerId): void {
    this.#row(peer).holds--;
  }

  has(peer: PeerId): boolean {
    return (this.#rows[peer]?.holds ?? 0) > 0;
  }

  at(address: Address): PeerId {
    const found = this.#rows.findLastIndex((row) => row.holds > 0 && row.address === address);
    return found < 0 ? NO_PEER : (found as PeerId);
  }

  firstNamed(name: string): PeerId {
    return this.#named(name, 0);
  }

  nextNamed(peer: PeerId): PeerId {
    return this.#named(this.nameOf(peer), peer + 1);
  }

  #named(name: string, from: number): PeerId {
    const found = this.#rows.findIndex((row, i) => i >= from && row.holds > 0 && row.name === name);
    return found < 0 ? NO_PEER : (found as PeerId);
  }

  slotOf(peer: PeerId): number {
    return peer;
  }

  nameOf(peer: PeerId): string {
    return this.#row(peer).name;
  }

  addressOf(peer: PeerId): Address {
    return this.#row(peer).address;
  }

  partsOf(peer: PeerId): AddressParts {
    return addressParts(this.addressOf(peer));
  }

  channelsOf(peer: PeerId): ChannelSet {
    return this.#row(peer).channels;
  }

  understands(peer: PeerId, channel: Channel): boolean {
    return (this.#row(peer).channels & (1 << (channel.charCodeAt(0) - 0x61))) !== 0;
  }

  setChannels(peer: PeerId, channels: ChannelSet): void {
    this.#row(peer).channels = channels;
  }

  checksums(peer: PeerId): boolean {
    return this.#row(peer).checksums;
  }

  setChecksums(peer: PeerId, understood: boolean): void {
    this.#row(peer).checksums = understood;
  }

  #row(peer: PeerId): Row {
    const row = this.#rows[peer];
    invariant(row !== undefined && row.holds > 0, `peer ${peer} was released`);
    return row;
  }
}
