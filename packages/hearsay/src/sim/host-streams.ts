/**
 * The streams of one host: between its machine, which speaks plain bytes, and the network.
 *
 *     machine ── write ──▶ seal ──▶ tcp
 *             ◀─ chunk ─── open ◀──
 *
 * What cannot be opened ends the stream, as in the driver of the real world.
 * @module
 */
import type { StreamEnvelope, StreamRole, WrappedStream } from "../codec/index.ts";
import type { NodeInput, StreamInput } from "../composition/index.ts";
import { DecodeError } from "../kernel/index.ts";
import type { Address, StreamId, StreamPart } from "../kernel/index.ts";
import type { Socket, TcpHost } from "./socket.ts";
import type { VirtualTcp } from "./tcp.ts";
import { poison } from "./udp.ts";
import type { WireMode } from "./udp.ts";

/** What the streams need of their host's process. */
export interface StreamProcess extends TcpHost {
  /** Hands an input to the machine. */
  handle(input: NodeInput): void;
  /** Hands an input to the machine when the present one is over. */
  handleLater(input: StreamInput): void;
  /** Counts what could not be opened. */
  refused(error: DecodeError, from: Address): void;
}

export class HostStreams {
  readonly #host: StreamProcess;
  readonly #tcp: VirtualTcp;
  readonly #envelope: StreamEnvelope;
  /** Whether parts of streams can be handed over without being encoded. */
  readonly #carriesParts: boolean;
  readonly #wrapped = new Map<StreamId, WrappedStream>();

  constructor(host: StreamProcess, tcp: VirtualTcp, envelope: StreamEnvelope, mode: WireMode) {
    this.#host = host;
    this.#tcp = tcp;
    this.#envelope = envelope;
    this.#carriesParts = mode === "objects" && envelope.isPlain;
  }

  open(stream: StreamId, to: Address): void {
    this.#wrap(stream, "dialer");
    this.#tcp.open(this.#host, stream, to);
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    const host = this.#host;
    if (!host.sockets.has(stream)) return;
    const sealed = this.#wrap(stream, "acceptor").seal(bytes);
    if (sealed === undefined) {
      this.abort(stream);
      host.handleLater({ type: "failed", stream, reason: "overLimit" });
    } else if (sealed.length > 0) this.#tcp.write(host, stream, sealed);
    else host.handleLater({ type: "writable", stream });
  }

  writePart(stream: StreamId, part: StreamPart): void {
    if (this.#carriesParts) this.#tcp.write(this.#host, stream, part);
    else this.write(stream, part.encode());
  }

  finish(stream: StreamId): void {
    const last = this.#wrapped.get(stream)?.finish();
    if (last !== undefined && last.length > 0) this.#tcp.write(this.#host, stream, last);
    this.#tcp.finish(this.#host, stream);
  }

  abort(stream: StreamId): void {
    this.#unwrap(stream);
    this.#tcp.abort(this.#host, stream);
  }

  /** The process is killed. */
  kill(): void {
    this.#tcp.kill(this.#host);
    for (const wrapped of this.#wrapped.values()) wrapped.close();
    this.#wrapped.clear();
  }

  /** The process hears of a stream. */
  deliver(socket: Socket, input: StreamInput): void {
    if (!this.#tcp.heard(socket, input)) return;
    const host = this.#host;
    const { stream } = input;
    const wrapped = this.#wrap(stream, "acceptor");
    try {
      if (input.type === "chunk") this.#deliverChunk(input, wrapped);
      else {
        if (input.type === "ended") wrapped.ended();
        host.handle(input);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      host.refused(error, socket.to);
      const farewell = wrapped.refuse(error);
      if (farewell.length > 0) this.#tcp.write(host, stream, farewell);
      this.#tcp.finish(host, stream);
      // What else comes is the rest of what was refused, and no beginning.
      wrapped.close();
      host.handle({ type: "failed", stream, reason: "undecryptable" });
    }
    if (input.type === "failed" || !host.sockets.has(stream)) this.#unwrap(stream);
  }

  #deliverChunk(input: Extract<StreamInput, { type: "chunk" }>, wrapped: WrappedStream): void {
    const { stream, part } = input;
    if (part !== undefined && this.#envelope.isPlain) {
      // The first byte of a stream alone tells the envelope what is being said.
      wrapped.open(Uint8Array.of(part.opener));
      return this.#host.handle(input);
    }
    // The writer's bytes may be shared and are not ours to poison: lend a copy.
    const lent = input.bytes.slice();
    const plain = wrapped.open(lent);
    if (plain.length > 0) this.#host.handle({ type: "chunk", stream, bytes: plain });
    poison(plain);
    poison(lent);
  }

  /** What is around a stream; accepted ones get theirs when they are first heard of. */
  #wrap(stream: StreamId, role: StreamRole): WrappedStream {
    let wrapped = this.#wrapped.get(stream);
    if (wrapped === undefined) {
      wrapped = this.#envelope.begin(role);
      this.#wrapped.set(stream, wrapped);
    }
    return wrapped;
  }

  #unwrap(stream: StreamId): void {
    this.#wrapped.get(stream)?.close();
    this.#wrapped.delete(stream);
  }
}
