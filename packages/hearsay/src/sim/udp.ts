/**
 * Datagrams between hosts.
 *
 *     bytes     packet ─ encode, seal ─▶ bytes ─▶ open, decode        what a real node does
 *     objects   packet ─────────────────────────▶ packet              its exact size is counted
 *
 * Both carry the same packets at the same times; `objects` saves the work where bytes prove nothing new.
 * @module
 */
import type { Envelope } from "../codec/index.ts";
import type { NodeInput, Packet } from "../composition/index.ts";
import type { Address } from "../kernel/index.ts";
import type { OldDatagram } from "./mischief.ts";
import { CLOGGED, LOST } from "./network.ts";
import type { Network } from "./network.ts";
import type { Due, Timeline } from "./timeline.ts";
import { keyOf } from "./ways.ts";

/** How packets travel. */
export type WireMode = "bytes" | "objects";

/** What datagrams need of a host. */
export interface UdpHost {
  readonly index: number;
  readonly address: Address;
  /** Where others see it: its own address, unless that is rewritten on the way. */
  readonly seenAs: Address;
  readonly envelope: Envelope;
  /** A datagram has reached the host's socket. */
  receive(datagram: Datagram): void;
}

/** One datagram on its way, or waiting in a socket's buffer. */
export class Datagram implements Due {
  readonly from: Address;
  /** Bytes of payload, envelope and all. */
  readonly size: number;
  readonly content: Uint8Array | Packet;
  readonly #target: UdpHost;

  constructor(from: Address, target: UdpHost, size: number, content: Uint8Array | Packet) {
    this.from = from;
    this.size = size;
    this.content = content;
    this.#target = target;
  }

  due(): void {
    this.#target.receive(this);
  }
}

/** Datagrams that one clogged way holds at most; more are lost. */
const CLOGGED_DATAGRAMS = 1000;
/** Lots of second latencies, by what makes them needed. */
const OF_DUPLICATES = 1;
const OF_REPLAYS = 2;
const OF_UNCLOGGED = 3;

/** A datagram in a clogged way. */
interface Stuck {
  readonly number: number;
  readonly index: number;
  readonly target: UdpHost;
  readonly datagram: Datagram;
}

export class VirtualUdp {
  readonly #timeline: Timeline;
  readonly #network: Network;
  readonly #hostAt: (address: Address) => UdpHost | undefined;
  readonly mode: WireMode;
  /** By way, in the order in which they were sent. */
  readonly #clogged = new Map<number, Stuck[]>();

  constructor(
    timeline: Timeline,
    network: Network,
    hostAt: (address: Address) => UdpHost | undefined,
    mode: WireMode,
  ) {
    this.#timeline = timeline;
    this.#network = network;
    this.#hostAt = hostAt;
    this.mode = mode;
  }

  send(from: UdpHost, to: Address, packet: Packet, checksum: boolean): void {
    const { seenAs, envelope, index } = from;
    let content: Uint8Array | Packet = packet;
    let size: number;
    if (this.mode === "objects") size = envelope.sizeOf(packet.size, checksum);
    else {
      content = seal(packet, envelope, checksum);
      size = content.length;
    }
    const target = this.#hostAt(to);
    const latency = this.#network.datagram(index, target?.index ?? -1, size);
    if (seenAs !== from.address) this.#network.rewrite();
    if (this.#network.mischief.isOn) {
      if (this.#network.mischief.corrupts(this.#network.datagrams)) {
        if (!(content instanceof Uint8Array)) content = seal(packet, envelope, checksum);
        this.#network.mischief.flip(content, this.#network.datagrams);
      }
      this.#meddle({ index, from: seenAs, to, size, content }, latency, target);
    }
    if (latency === LOST || target === undefined) return;
    const datagram = new Datagram(seenAs, target, size, content);
    if (latency === CLOGGED) this.#hold(index, target, datagram);
    else this.#timeline.after(latency, datagram);
  }

  /** Puts bytes on the wire that no node has made; `from` is what they claim. */
  inject(from: Address, to: Address, bytes: Uint8Array): void {
    const target = this.#hostAt(to);
    if (target !== undefined) {
      this.#timeline.after(0, new Datagram(from, target, bytes.length, bytes.slice()));
    }
  }

  /** Ways may be free again: what waits in them goes on, in its order. */
  flush(): void {
    for (const [way, stuck] of this.#clogged) {
      const { index, target } = stuck[0] as Stuck;
      if (this.#network.isClogged(index, target.index)) continue;
      this.#clogged.delete(way);
      for (const { datagram, number } of stuck) {
        const latency = this.#network.again(index, target.index, number, OF_UNCLOGGED);
        if (latency !== LOST) this.#timeline.after(latency, datagram);
      }
    }
  }

  /** Second copies of this datagram and of old ones. */
  #meddle(sent: OldDatagram, latency: number, target: UdpHost | undefined): void {
    const { mischief, datagrams: number } = this.#network;
    const old = mischief.replays(number);
    if (old !== undefined && this.#sendAgain(old, this.#hostAt(old.to), number, OF_REPLAYS)) {
      mischief.struck("replay");
    }
    mischief.remember(number, () => ({ ...sent, content: copyOf(sent.content) }));
    if (latency < 0 || !mischief.duplicates(number)) return;
    if (this.#sendAgain(sent, target, number, OF_DUPLICATES)) mischief.struck("duplicate");
  }

  #sendAgain(
    { index, from, size, content }: OldDatagram,
    target: UdpHost | undefined,
    number: number,
    aspect: number,
  ): boolean {
    if (target === undefined) return false;
    const latency = this.#network.again(index, target.index, number, aspect);
    if (latency === LOST) return false;
    this.#timeline.after(latency, new Datagram(from, target, size, copyOf(content)));
    return true;
  }

  #hold(index: number, target: UdpHost, datagram: Datagram): void {
    const way = keyOf(index, target.index);
    const stuck = this.#clogged.get(way) ?? [];
    if (stuck.length === CLOGGED_DATAGRAMS) return this.#network.overflow();
    stuck.push({ number: this.#network.datagrams, index, target, datagram });
    this.#clogged.set(way, stuck);
  }
}

/** Who reads bytes overwrites them: a second reader needs its own. */
function copyOf(content: Uint8Array | Packet): Uint8Array | Packet {
  return content instanceof Uint8Array ? content.slice() : content;
}

/**
 * What the node at `envelope` reads in a datagram.
 * @throws DecodeError when the envelope cannot be opened
 */
export function inputOf(datagram: Datagram, envelope: Envelope): NodeInput {
  const { from, content } = datagram;
  if (!(content instanceof Uint8Array)) return { type: "packet", from, packet: content };
  return { type: "datagram", from, bytes: envelope.open(content) };
}

/** What the bytes of an input turn into once they are no longer valid. */
export function poison(bytes: Uint8Array): void {
  bytes.fill(0xdd);
}

function seal(packet: Packet, envelope: Envelope, checksum: boolean): Uint8Array {
  const start = envelope.headroomBytes;
  const buffer = new Uint8Array(packet.size + envelope.overheadBytes);
  const end = packet.encodeInto(buffer, start);
  return envelope.seal(buffer, start, end, checksum);
}
