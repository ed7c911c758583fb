/**
 * The sending half of the driver: what a machine asks for, sealed and handed to the transport.
 * @module
 */
import { StreamEnvelope } from "../codec/index.ts";
import type { Envelope, StreamRole, WrappedStream } from "../codec/index.ts";
import type { NodeEffects, NodeInput, Packet } from "../composition/index.ts";
import type { Address, NodeEvent, PeerId, StreamId } from "../kernel/index.ts";
import type { StreamListener, Transport, TransportStream } from "./transport.ts";

/** Room for a packet of the usual size. */
const FIRST_BUFFER_BYTES = 2048;

const NONE: readonly NodeInput[] = [];

interface OpenStream {
  readonly stream: TransportStream;
  readonly wrapped: WrappedStream;
  finished: boolean;
  ended: boolean;
}

/** Where a node's words go, and what goes around them. */
export interface HostWays {
  readonly transport: Transport;
  readonly envelope: Envelope;
  /** @default nothing around streams */
  readonly streams?: StreamEnvelope;
}

/** What the machine asks for, done. */
export class HostEffects implements NodeEffects {
  readonly #transport: Transport;
  readonly #envelope: Envelope;
  readonly #wraps: StreamEnvelope;
  readonly #listenerOf: (stream: StreamId, to: Address) => StreamListener;
  readonly #streams = new Map<StreamId, OpenStream>();
  /** Streams that collect what was written, and those that could not take it. */
  readonly #followUps = new Map<StreamId, NodeInput>();
  #events: NodeEvent[] = [];
  /** Every packet is made here: transports copy what they keep. */
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);

  constructor(ways: HostWays, listenerOf: (stream: StreamId, to: Address) => StreamListener) {
    this.#transport = ways.transport;
    this.#envelope = ways.envelope;
    this.#wraps = ways.streams ?? new StreamEnvelope();
    this.#listenerOf = listenerOf;
  }

  datagram(to: Address, _peer: PeerId, packet: Packet, checksum: boolean): void {
    const { headroomBytes: start, overheadBytes } = this.#envelope;
    const needed = packet.size + overheadBytes;
    if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
    const buffer = this.#buffer;
    const end = packet.encodeInto(buffer, start);
    this.#transport.send(to, this.#envelope.seal(buffer, start, end, checksum));
  }

  open(stream: StreamId, to: Address): void {
    this.adopt(stream, this.#transport.open(to, this.#listenerOf(stream, to)), "dialer");
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    const row = this.#streams.get(stream);
    if (row === undefined || row.finished) return;
    const sealed = row.wrapped.seal(bytes);
    if (sealed === undefined) {
      this.abort(stream);
      this.#followUps.set(stream, { type: "failed", stream, reason: "overLimit" });
    } else if (sealed.length > 0) row.stream.write(sealed);
    else this.#followUps.set(stream, { type: "writable", stream });
  }

  finish(stream: StreamId): void {
    const row = this.#streams.get(stream);
    if (row === undefined || row.finished) return;
    const last = row.wrapped.finish();
    if (last.length > 0) row.stream.write(last);
    row.stream.finish();
    row.finished = true;
    if (row.ended) this.release(stream);
  }

  abort(stream: StreamId): void {
    this.release(stream)?.abort();
  }

  notify(event: NodeEvent): void {
    this.#events.push(event);
  }

  adopt(id: StreamId, stream: TransportStream, role: StreamRole): void {
    const wrapped = this.#wraps.begin(role);
    this.#streams.set(id, { stream, wrapped, finished: false, ended: false });
  }

  wrapped(stream: StreamId): WrappedStream | undefined {
    return this.#streams.get(stream)?.wrapped;
  }

  ended(stream: StreamId): void {
    const row = this.#streams.get(stream);
    if (row === undefined) return;
    row.ended = true;
    if (row.finished) this.release(stream);
  }

  /** Takes a stream out of the books. */
  release(stream: StreamId): TransportStream | undefined {
    const row = this.#streams.get(stream);
    if (row === undefined) return undefined;
    this.#streams.delete(stream);
    row.wrapped.close();
    return row.stream;
  }

  abortAll(): void {
    for (const stream of this.#streams.keys()) this.abort(stream);
  }

  takeFollowUps(): readonly NodeInput[] {
    if (this.#followUps.size === 0) return NONE;
    const inputs = [...this.#followUps.values()];
    this.#followUps.clear();
    return inputs;
  }

  takeEvents(): readonly NodeEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }
}
