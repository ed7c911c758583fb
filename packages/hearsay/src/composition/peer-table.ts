/**
 * Names and addresses as small integers.
 *
 *     PeerId   ┌─ 11 bits ──┬──── 20 bits ────┐
 *              │ generation │      slot       │
 *              └────────────┴─────────────────┘
 *
 * A freed slot is used again under the next generation, so that a late answer that still carries the old
 * `PeerId` finds nobody instead of somebody else. The table may be shared: in the simulator one table
 * serves all nodes of a world.
 * @module
 */
import { addressParts, channelBit, invariant, NO_CHANNELS, NO_PEER } from "../kernel/index.ts";
import type { Address, AddressParts, Channel, ChannelSet, PeerId, Peers } from "../kernel/index.ts";

const SLOT_BITS = 20;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const GENERATIONS = 1 << 11;
/** Some 250 addresses. */
const IPS_BYTES = 1 << 10;

/** Peers that one table can hold at a time. */
export const MAX_PEERS: number = 1 << SLOT_BITS;

class Row {
  readonly slot: number;
  generation = 0;
  holds = 0;
  used = false;
  /** Another with the same name. */
  namesake: Row | undefined;
  /** Who was the latest at the same address before. */
  housemate: Row | undefined;
  name = "";
  address = "" as Address;
  /** Made when they are first asked for. */
  parts: AddressParts | undefined;
  channels: ChannelSet = NO_CHANNELS;
  checksums = false;

  constructor(slot: number) {
    this.slot = slot;
  }

  get id(): PeerId {
    return ((this.generation << SLOT_BITS) | this.slot) as PeerId;
  }
}

/** A row as it is saved; its place in the list is its slot. */
interface SavedPeer {
  readonly generation: number;
  readonly holds: number;
  readonly used: boolean;
  readonly name: string;
  readonly address: Address;
  readonly channels: ChannelSet;
  readonly checksums: boolean;
  /** Their slots. */
  readonly namesake: number | undefined;
  readonly housemate: number | undefined;
}

export interface SavedPeers {
  readonly rows: readonly SavedPeer[];
  /** Slots, in the order in which they were freed. */
  readonly free: readonly number[];
  readonly released: readonly number[];
  /** Slot of the latest peer at each address. */
  readonly byAddress: ReadonlyMap<Address, number>;
}

export class PeerTable implements Peers {
  readonly #rows: Row[] = [];
  readonly #free: Row[] = [];
  /** Rows that had no hold when they were last let go. */
  readonly #released: Row[] = [];
  /** IPs side by side: for each an array with memory of its own would take fifty times what it holds. */
  #ips = new Uint8Array(0);
  #ipsUsed = 0;
  /** The first of each name; its namesakes hang on it. */
  readonly #byName = new Map<string, Row>();
  readonly #byAddress = new Map<Address, Row>();

  /** Peers in the table. */
  get size(): number {
    return this.#rows.length - this.#free.length;
  }

  intern(name: string, address: Address): PeerId {
    const first = this.#byName.get(name);
    let row = first;
    while (row !== undefined && row.address !== address) row = row.namesake;
    if (row === undefined) {
      row = this.#claimRow();
      row.used = true;
      row.name = name;
      row.address = address;
      row.namesake = first;
      this.#byName.set(name, row);
      row.housemate = this.#byAddress.get(address);
      this.#byAddress.set(address, row);
    }
    row.holds++;
    return row.id;
  }

  retain(peer: PeerId): void {
    this.#row(peer).holds++;
  }

  release(peer: PeerId): void {
    const row = this.#row(peer);
    row.holds--;
    if (row.holds === 0) this.#released.push(row);
  }

  /**
   * Frees the rows that nobody holds. The node does it when a turn is over: until then whoever still has
   * to hear of a peer can ask its name.
   */
  sweep(): void {
    while (this.#released.length > 0) {
      const row = this.#released.pop() as Row;
      if (row.used && row.holds === 0) this.#recycle(row);
    }
  }

  has(peer: PeerId): boolean {
    const row = this.#rows[peer & SLOT_MASK];
    return peer >= 0 && row !== undefined && row.used && row.id === peer;
  }

  at(address: Address): PeerId {
    return this.#byAddress.get(address)?.id ?? NO_PEER;
  }

  firstNamed(name: string): PeerId {
    return this.#byName.get(name)?.id ?? NO_PEER;
  }

  nextNamed(peer: PeerId): PeerId {
    return this.#row(peer).namesake?.id ?? NO_PEER;
  }

  slotOf(peer: PeerId): number {
    return peer & SLOT_MASK;
  }

  nameOf(peer: PeerId): string {
    return this.#row(peer).name;
  }

  addressOf(peer: PeerId): Address {
    return this.#row(peer).address;
  }

  partsOf(peer: PeerId): AddressParts {
    const row = this.#row(peer);
    return (row.parts ??= this.#packed(addressParts(row.address)));
  }

  channelsOf(peer: PeerId): ChannelSet {
    return this.#row(peer).channels;
  }

  understands(peer: PeerId, channel: Channel): boolean {
    return (this.#row(peer).channels & channelBit(channel)) !== 0;
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

  save(): SavedPeers {
    const rows = this.#rows.map((row) => {
      const { generation, holds, used, name, address, channels, checksums } = row;
      const [namesake, housemate] = [row.namesake?.slot, row.housemate?.slot];
      return { generation, holds, used, name, address, channels, checksums, namesake, housemate };
    });
    const free = this.#free.map(({ slot }) => slot);
    const released = this.#released.map(({ slot }) => slot);
    const byAddress = new Map([...this.#byAddress].map(([address, { slot }]) => [address, slot]));
    return { rows, free, released, byAddress };
  }

  /** Becomes the table that was saved; whatever was in it before is gone. */
  restore(saved: SavedPeers): void {
    for (const list of [this.#rows, this.#free, this.#released]) list.length = 0;
    this.#byName.clear();
    this.#byAddress.clear();
    const slots = saved.rows.keys();
    const rows = Array.from(slots, (slot) => new Row(slot));
    const followers = new Set<number>();
    for (const [slot, { namesake, housemate, ...fields }] of saved.rows.entries()) {
      const row = Object.assign(rows[slot] as Row, fields);
      row.housemate = housemate === undefined ? undefined : rows[housemate];
      this.#rows.push(row);
      if (namesake === undefined) continue;
      row.namesake = rows[namesake] as Row;
      followers.add(namesake);
    }
    for (const row of rows) {
      if (row.used && !followers.has(row.slot)) this.#byName.set(row.name, row);
    }
    for (const slot of saved.free) this.#free.push(rows[slot] as Row);
    for (const slot of saved.released) this.#released.push(rows[slot] as Row);
    for (const [address, slot] of saved.byAddress) this.#byAddress.set(address, rows[slot] as Row);
  }

  #recycle(row: Row): void {
    this.#dropName(row);
    this.#dropAddress(row);
    row.generation = (row.generation + 1) % GENERATIONS;
    row.parts = undefined;
    row.channels = NO_CHANNELS;
    row.checksums = false;
    row.used = false;
    this.#free.push(row);
  }

  /** Whoever was there before is the latest again: one that was only heard of takes nobody's address away. */
  #dropAddress(row: Row): void {
    const latest = this.#byAddress.get(row.address);
    if (latest !== row) {
      let after = latest;
      while (after !== undefined && after.housemate !== row) after = after.housemate;
      if (after !== undefined) after.housemate = row.housemate;
    } else if (row.housemate === undefined) this.#byAddress.delete(row.address);
    else this.#byAddress.set(row.address, row.housemate);
    row.housemate = undefined;
  }

  #dropName(row: Row): void {
    const first = this.#byName.get(row.name);
    if (first !== row) {
      let before = first;
      while (before !== undefined && before.namesake !== row) before = before.namesake;
      if (before !== undefined) before.namesake = row.namesake;
    } else if (row.namesake === undefined) this.#byName.delete(row.name);
    else this.#byName.set(row.name, row.namesake);
    row.namesake = undefined;
  }

  #packed({ ip, port }: AddressParts): AddressParts {
    if (this.#ipsUsed + ip.length > this.#ips.length) {
      this.#ips = new Uint8Array(IPS_BYTES);
      this.#ipsUsed = 0;
    }
    const packed = this.#ips.subarray(this.#ipsUsed, this.#ipsUsed + ip.length);
    packed.set(ip);
    this.#ipsUsed += ip.length;
    return { ip: packed, port };
  }

  #claimRow(): Row {
    const reused = this.#free.pop();
    if (reused !== undefined) return reused;
    invariant(this.#rows.length < MAX_PEERS, `more than ${MAX_PEERS} peers in one table`);
    const row = new Row(this.#rows.length);
    this.#rows.push(row);
    return row;
  }

  #row(peer: PeerId): Row {
    if (!this.has(peer)) invariant(false, `peer ${peer} was released`);
    return this.#rows[peer & SLOT_MASK] as Row;
  }
}
