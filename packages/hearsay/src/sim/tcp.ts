/**
 * Streams between hosts: ordered and reliable while there is a way, as TCP is.
 *
 *     dialer                      acceptor
 *       │ ── syn ──────────────────▶ │   nobody listens: ◀── refuse ──
 *       │ ◀────────────── synAck ──  │
 *     opened ── ack ──────────────▶ accepted
 *       │ ── data ─────────────────▶ chunk       up to 64 KiB each, at most a window under way
 *       │ ── fin ──────────────────▶ ended       the other way stays open
 *       │ ── rst ──────────────────▶ failed      an abort, or a process that was killed
 *
 * The system of a host does this, not its process: a paused process accepts and receives, and hears of it
 * when it goes on. What finds no way through waits, in order, and goes out when the way is repaired; after
 * minutes the system gives up (`timedOut`). A dial needs both ways. Room in the window returns at once,
 * acknowledgements are not simulated.
 * @see RFC 9293; tcp(7), tcp_syn_retries and tcp_retries2
 * @module
 */
import type { StreamInput } from "../composition/index.ts";
import { addressHost, assertNever, parseAddress } from "../kernel/index.ts";
import type { Address, Instant, StreamId, StreamPart } from "../kernel/index.ts";
import type { Network } from "./network.ts";
import { Socket } from "./socket.ts";
import type { Segment, TcpHost } from "./socket.ts";
import { Arrival, Drained, GiveUp, sizeOf, StreamPartChunk } from "./tcp-arrivals.ts";
import type { ArrivalPlace } from "./tcp-arrivals.ts";
import type { Timeline } from "./timeline.ts";

/** The largest part that arrives at a time. */
export const CHUNK_BYTES: number = 64 << 10;
/** Ms until a dial into nowhere fails, as by Linux' six SYNs. */
export const DIAL_PATIENCE_MS = 127_000;
/** Ms until a stream fails that cannot send, as by Linux' fifteen retransmissions. */
export const SEND_PATIENCE_MS = 924_600;

const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;

export class VirtualTcp implements ArrivalPlace {
  readonly #timeline: Timeline;
  readonly #network: Network;
  readonly #hostAt: (address: Address) => TcpHost | undefined;
  /** Sockets with something held, in the order in which they met the obstacle. */
  readonly #held = new Set<Socket>();
  #dials = 0;

  constructor(
    timeline: Timeline,
    network: Network,
    hostAt: (address: Address) => TcpHost | undefined,
  ) {
    this.#timeline = timeline;
    this.#network = network;
    this.#hostAt = hostAt;
  }

  open(host: TcpHost, id: StreamId, to: Address): void {
    const socket = new Socket(host, id, to);
    // An address where nobody ever was has no index: it is never reached.
    socket.otherIndex = this.#hostAt(to)?.index ?? -1;
    host.sockets.set(id, socket);
    this.#send(socket, "syn");
  }

  write(host: TcpHost, id: StreamId, bytes: Uint8Array | StreamPart): void {
    const socket = host.sockets.get(id);
    if (socket === undefined || socket.finishing) return;
    socket.wrote = true;
    socket.unsent.push(bytes);
    this.#pump(socket);
  }

  finish(host: TcpHost, id: StreamId): void {
    const socket = host.sockets.get(id);
    if (socket === undefined || socket.finishing) return;
    socket.finishing = true;
    if (socket.ended) this.#close(socket);
    this.#pump(socket);
  }

  abort(host: TcpHost, id: StreamId): void {
    const socket = host.sockets.get(id);
    if (socket !== undefined) this.#reset(socket);
  }

  /** The process of `host` has been killed: its system resets what it leaves behind. */
  kill(host: TcpHost): void {
    for (const socket of host.sockets.values()) this.#reset(socket);
  }

  /** Ways may have been repaired: sends what waits and now gets through. */
  flush(): void {
    for (const socket of this.#held) {
      if (!this.#open(socket, socket.held[0] as Segment)) continue;
      this.#held.delete(socket);
      const held = socket.held.splice(0);
      for (const segment of held) this.#transmit(socket, segment);
    }
  }

  /**
   * The process of `socket` is about to hear `input`; false if it no longer listens. Keeps the books that
   * hang on what a process has heard rather than on what its system has received.
   */
  heard(socket: Socket, input: StreamInput): boolean {
    if (socket.deaf) return false;
    if (input.type === "failed") this.#close(socket);
    if (input.type === "ended") {
      socket.ended = true;
      if (socket.finishing) this.#close(socket);
    }
    if (input.type === "chunk" && socket.other !== undefined) {
      socket.other.room += input.part?.size ?? input.bytes.length;
      this.#pump(socket.other);
    }
    return true;
  }

  #close(socket: Socket): void {
    socket.deaf = true;
    socket.host.sockets.delete(socket.id);
  }

  #reset(socket: Socket): void {
    this.#close(socket);
    socket.unsent.length = 0;
    // A SYN that has not left yet never will.
    if (socket.held[0] === "syn") this.#dropHeld(socket);
    else this.#send(socket, "rst");
  }

  #dropHeld(socket: Socket): void {
    this.#held.delete(socket);
    socket.held.length = 0;
    socket.unsent.length = 0;
  }

  /** Sends what the window has room for; then FIN, or word that there is room again. */
  #pump(socket: Socket): void {
    if (!socket.connected) return;
    const { unsent } = socket;
    while (unsent.length > 0 && socket.room > 0) {
      const next = unsent[0] as Uint8Array | StreamPart;
      const most = Math.min(CHUNK_BYTES, socket.room);
      if (!(next instanceof Uint8Array) && next.size <= most) {
        unsent.shift();
        socket.room -= next.size;
        this.#send(socket, next);
        continue;
      }
      // A part that is cut up is bytes from here on.
      const bytes = next instanceof Uint8Array ? next : next.encode();
      const length = Math.min(bytes.length, most);
      if (length < bytes.length) unsent[0] = bytes.subarray(length);
      else unsent.shift();
      if (length === 0) continue;
      socket.room -= length;
      this.#send(socket, bytes.subarray(0, length));
    }
    if (unsent.length > 0) return;
    if (socket.finishing) {
      if (socket.finSent) return;
      socket.finSent = true;
      this.#send(socket, "fin");
    } else if (socket.wrote) {
      socket.wrote = false;
      this.#timeline.after(0, new Drained(socket));
    }
  }

  #send(socket: Socket, segment: Segment): void {
    if (socket.held.length === 0 && this.#open(socket, segment)) {
      this.#transmit(socket, segment);
      return;
    }
    this.#network.hold(socket.host.index, socket.otherIndex);
    socket.held.push(segment);
    if (socket.held.length > 1) return;
    this.#held.add(socket);
    socket.heldSince = this.#timeline.now;
    const patience = segment === "syn" ? DIAL_PATIENCE_MS : SEND_PATIENCE_MS;
    this.#timeline.after(patience, new GiveUp(this, socket, socket.heldSince));
  }

  #open(socket: Socket, segment: Segment): boolean {
    const { index } = socket.host;
    const other = socket.otherIndex;
    if (other < 0 || !this.#network.carriesStreams(index, other)) return false;
    return segment !== "syn" || this.#network.carriesStreams(other, index);
  }

  #transmit(socket: Socket, segment: Segment): void {
    const { host, otherIndex } = socket;
    const latency = this.#network.segment(
      host.index,
      otherIndex,
      sizeOf(segment),
      segment === "syn",
    );
    const at = Math.max(this.#timeline.now + latency, socket.lastArrival);
    socket.lastArrival = at;
    this.#timeline.schedule(at as Instant, new Arrival(this, socket, segment));
  }

  /** @internal A segment sent by `socket` reaches the other host. */
  arrive(socket: Socket, segment: Segment): void {
    if (segment === "syn") return this.#onSyn(socket);
    const receiver = socket.other;
    if (receiver === undefined) return;
    const stream = receiver.id;
    if (typeof segment !== "string") {
      if (!(segment instanceof Uint8Array)) {
        return receiver.host.hear(receiver, new StreamPartChunk(stream, segment));
      }
      return receiver.host.hear(receiver, { type: "chunk", stream, bytes: segment });
    }
    switch (segment) {
      case "synAck":
        return this.#onSynAck(receiver);
      case "ack":
        receiver.connected = true;
        return receiver.host.hear(receiver, { type: "accepted", stream, from: receiver.to });
      case "fin":
        return receiver.host.hear(receiver, { type: "ended", stream });
      case "rst":
        this.#dropHeld(receiver);
        // Nobody has heard yet of a stream that is reset before it was accepted.
        if (!receiver.connected) return this.#close(receiver);
        return receiver.host.hear(receiver, { type: "failed", stream, reason: "reset" });
      case "refuse":
        return receiver.host.hear(receiver, { type: "failed", stream, reason: "refused" });
      default:
        assertNever(segment);
    }
  }

  #onSyn(dialer: Socket): void {
    const host = this.#hostAt(dialer.to);
    if (host === undefined) return;
    const from = this.#ephemeral(dialer.host);
    const id = host.alive ? host.nextAccepted() : (0 as StreamId);
    const acceptor = new Socket(host, id, from);
    acceptor.other = dialer;
    acceptor.otherIndex = dialer.host.index;
    dialer.other = acceptor;
    if (host.alive) host.sockets.set(id, acceptor);
    else acceptor.deaf = true;
    this.#send(acceptor, host.alive ? "synAck" : "refuse");
  }

  #onSynAck(dialer: Socket): void {
    if (dialer.deaf) return;
    dialer.connected = true;
    this.#send(dialer, "ack");
    dialer.host.hear(dialer, { type: "opened", stream: dialer.id });
    this.#pump(dialer);
  }

  /** Streams come from a port of their own, not from the one that the dialer listens on. */
  #ephemeral({ address, seenAs }: TcpHost): Address {
    if (seenAs !== address) this.#network.rewrite();
    const port = FIRST_EPHEMERAL_PORT + (this.#dials++ % EPHEMERAL_PORTS);
    const host = addressHost(seenAs);
    return parseAddress(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  }

  /** @internal The system has retransmitted in vain for as long as it does. */
  giveUp(socket: Socket, since: number): void {
    if (!this.#held.has(socket) || socket.heldSince !== since) return;
    this.#dropHeld(socket);
    socket.host.hear(socket, { type: "failed", stream: socket.id, reason: "timedOut" });
  }
}
