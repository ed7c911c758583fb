/**
 * Counts what nodes send, in the simulator and on sockets alike: packets, their messages by type, bytes.
 *
 *     node ─ packet ─▶ MeteredEnvelope ─▶ …     by type of each message in it
 *          ─ stream ─▶ MeteredStreams  ─▶ …     bytes
 *
 * In the simulator's objects mode packets pass no envelope, and only streams are counted here.
 * @module
 */
import {
  crc32,
  DEFAULT_LAYER_LIMITS,
  PlainEnvelope,
  readLayers,
  StreamEnvelope,
} from "hearsay/codec";
import type { Envelope, StreamRole, WrappedStream } from "hearsay/codec";
import { MEMBERSHIP_MESSAGES } from "hearsay/membership";
import type { NodeEnvelopes } from "hearsay/sim";

/** One message in a packet: its type, and where its body is. */
export type MessageListener = (
  node: string,
  type: string,
  bytes: Uint8Array,
  start: number,
  end: number,
) => void;

const TYPE_NAMES = new Map(MEMBERSHIP_MESSAGES.map(({ prefix, type }) => [prefix[0], type]));

export class Meter {
  packets = 0;
  packetBytes = 0;
  streamBytes = 0;
  /** Messages by type. A packet has one or more. */
  readonly messages: Map<string, number> = new Map();
  readonly #onMessage: MessageListener | undefined;

  constructor(onMessage?: MessageListener) {
    this.#onMessage = onMessage;
  }

  /** What a world puts around everything that a node sends. */
  envelopes(node: string): NodeEnvelopes {
    return {
      packets: new MeteredEnvelope((packet, bytes) => this.packet(node, packet, bytes)),
      streams: new MeteredStreams((bytes) => this.stream(bytes)),
    };
  }

  /** `datagramBytes` is the packet with what is around it. */
  packet(node: string, packet: Uint8Array, datagramBytes: number): void {
    this.packets++;
    this.packetBytes += datagramBytes;
    readLayers(packet, DEFAULT_LAYER_LIMITS, {
      message: (bytes, start, end) => {
        const type = TYPE_NAMES.get(bytes[start]) ?? "other";
        this.messages.set(type, (this.messages.get(type) ?? 0) + 1);
        this.#onMessage?.(node, type, bytes, start + 1, end);
      },
      drop: () => {},
    });
  }

  stream(bytes: number): void {
    this.streamBytes += bytes;
  }

  reset(): void {
    this.packets = 0;
    this.packetBytes = 0;
    this.streamBytes = 0;
    this.messages.clear();
  }
}

class MeteredEnvelope extends PlainEnvelope implements Envelope {
  readonly #count: (packet: Uint8Array, datagramBytes: number) => void;

  constructor(count: (packet: Uint8Array, datagramBytes: number) => void) {
    super(crc32);
    this.#count = count;
  }

  override seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    const datagram = super.seal(buffer, start, end, checksum);
    this.#count(buffer.subarray(start, end), datagram.length);
    return datagram;
  }
}

class MeteredStreams extends StreamEnvelope {
  readonly #count: (bytes: number) => void;

  constructor(count: (bytes: number) => void) {
    super();
    this.#count = count;
  }

  override begin(role: StreamRole): WrappedStream {
    const stream = super.begin(role);
    const seal = stream.seal.bind(stream);
    stream.seal = (bytes) => {
      this.#count(bytes.length);
      return seal(bytes);
    };
    return stream;
  }
}
