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
import { LOST } from "./network.ts";
import type { Network } from "./network.ts";
import type { Due, Timeline } from "./timeline.ts";

/** How packets travel. */
export type WireMode = "bytes" | "objects";

/** What datagrams need of a host. */
export interface UdpHost {
  readonly index: number;
  readonly address: Address;
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

export class VirtualUdp {
  readonly #timeline: Timeline;
  readonly #network: Network;
  readonly #hostAt: (address: Address) => UdpHost | undefined;
  readonly mode: WireMode;

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
    const { address, envelope, index } = from;
    if (this.mode === "objects") {
      const size = envelope.sizeOf(packet.size, checksum);
      this.#carry(index, address, to, size, packet);
    } else {
      const bytes = seal(packet, envelope, checksum);
      this.#carry(index, address, to, bytes.length, bytes);
    }
  }

  /** Puts bytes on the wire that no node has made; `from` is what they claim. */
  inject(from: Address, to: Address, bytes: Uint8Array): void {
    const target = this.#hostAt(to);
    if (target !== undefined) {
      this.#timeline.after(0, new Datagram(from, target, bytes.length, bytes.slice()));
    }
  }

  #carry(
    index: number,
    from: Address,
    to: Address,
    size: number,
    content: Uint8Array | Packet,
  ): void {
    const target = this.#hostAt(to);
    const latency = this.#network.datagram(index, target?.index ?? -1, size);
    if (latency === LOST || target === undefined) return;
    this.#timeline.after(latency, new Datagram(from, target, size, content));
  }
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

function seal(packet: Packet, envelope: Envelope, checksum: boolean): Uint8Array {
  const start = envelope.headroomBytes;
  const buffer = new Uint8Array(packet.size + envelope.overheadBytes);
  const end = packet.encodeInto(buffer, start);
  return envelope.seal(buffer, start, end, checksum);
}
