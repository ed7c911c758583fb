/**
 * One node of a world: a machine, run after run, in a process that can be paused and killed.
 *
 *              start                    pause
 *     down ────────────▶ running ◀──────────────▶ paused
 *      ▲                    │          resume        │
 *      └──────── kill ──────┴──────── kill ──────────┘
 *
 * As the driver of the real world does, it keeps one timer for the machine's deadline, and after a pause
 * delivers what has waited before it lets the late timer through. A slow process works at each input for a
 * while; what comes meanwhile waits its turn, the timer among it.
 * @module
 */
import type { Envelope, StreamRole, WrappedStream } from "../codec/index.ts";
import { NodeMachine } from "../composition/index.ts";
import type {
  NodeEffects,
  NodeInput,
  Packet,
  PeerTable,
  StreamInput,
} from "../composition/index.ts";
import { DecodeError, HearsayError, invariant, later, NEVER } from "../kernel/index.ts";
import type {
  Address,
  Command,
  Instant,
  NodeEvent,
  PeerId,
  Rng,
  Saved,
  StreamId,
  StreamPart,
} from "../kernel/index.ts";
import type { HostCounts, NodeContext, NodeEnvelopes, NodeSpec } from "./node-spec.ts";
import type { Socket, TcpHost } from "./socket.ts";
import type { VirtualTcp } from "./tcp.ts";
import type { Due, Timeline } from "./timeline.ts";
import type { Trace } from "./trace.ts";
import { inputOf } from "./udp.ts";
import type { Datagram, UdpHost, VirtualUdp } from "./udp.ts";

/** What a host takes from its world. */
export interface HostSurroundings {
  readonly timeline: Timeline;
  readonly udp: VirtualUdp;
  readonly tcp: VirtualTcp;
  readonly envelopes: NodeEnvelopes;
  /** The table for a run that starts now. */
  peers(): PeerTable;
  epochSeconds(): number;
  /** Writes down what passes, if somebody wants to read it. */
  readonly trace: Trace | undefined;
  /** Whether each run has a table of peers of its own. */
  readonly ownPeers: boolean;
  /** The machine has been handed an input. */
  stepped(host: VirtualHost): void;
  /** A tenant has told its application something. */
  record(host: VirtualHost, event: NodeEvent): void;
}

/** Linux' default receive buffer. */
const SOCKET_BUFFER_BYTES = 212_992;
/** What Linux charges for a datagram beside its payload: 92 packets of 1400 bytes fit the default. */
const DATAGRAM_CHARGE_BYTES = 900;
/** Timeouts in a row at one instant: more means that a deadline does not move. */
const MAX_IDLE_TIMEOUTS = 1000;
/** What the bytes of an input turn into once they are no longer valid. */
const POISON = 0xdd;

const TIMEOUT: NodeInput = { type: "timeout" };

/** What waits for a paused or busy process, in the order in which it came. */
type Waiting =
  | { readonly timer: true }
  | { readonly datagram: Datagram }
  | { readonly socket: Socket; readonly input: StreamInput }
  | { readonly command: NodeInput };

export class VirtualHost implements NodeEffects, UdpHost, TcpHost, Due {
  readonly name: string;
  readonly index: number;
  readonly sockets: Map<StreamId, Socket> = new Map();
  /** What is around the streams of `sockets`. */
  readonly #wrapped = new Map<StreamId, WrappedStream>();
  readonly #spec: NodeSpec;
  readonly #around: HostSurroundings;
  /** Gives each run a source of its own, so that a restart shifts nobody else's draws. */
  readonly #runs: Rng;
  #address: Address;
  #rng: Rng;
  #machine: NodeMachine | undefined;
  /** What its tenants were made with, and how many runs there have been. */
  #context: NodeContext | undefined;
  #run = 0;
  #paused = false;
  /** Ms of work at each input. */
  #workMs = 0;
  #busyUntil: Instant = 0 as Instant;
  #timerWaits = false;
  #waiting: Waiting[] = [];
  #bufferedBytes = 0;
  #bufferDrops = 0;
  #envelopeDrops = new Map<string, number>();
  #accepted = 0;
  /** When the timer rings; an older one that rings at another time is ignored. */
  #wakeAt: Instant = NEVER;
  #timeoutsAt: Instant = NEVER;
  #timeouts = 0;

  constructor(
    name: string,
    index: number,
    address: Address,
    spec: NodeSpec,
    rng: Rng,
    around: HostSurroundings,
  ) {
    this.name = name;
    this.index = index;
    this.#address = address;
    this.#spec = spec;
    this.#around = around;
    this.#runs = rng;
    this.#rng = rng;
  }

  get address(): Address {
    return this.#address;
  }

  get envelope(): Envelope {
    return this.#around.envelopes.packets;
  }

  get alive(): boolean {
    return this.#machine !== undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get counts(): HostCounts {
    const envelopeDropReasons = Object.fromEntries(this.#envelopeDrops);
    const envelopeDrops = [...this.#envelopeDrops.values()].reduce((sum, count) => sum + count, 0);
    return { bufferDrops: this.#bufferDrops, envelopeDrops, envelopeDropReasons };
  }

  /** @throws HearsayError `ERR_STATE` when the node is down */
  get machine(): NodeMachine {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    return this.#machine;
  }

  /** @throws HearsayError `ERR_STATE` when the node is running already */
  start(address: Address): void {
    if (this.#machine !== undefined) throw this.#stateError("down", "running");
    const { name } = this;
    const peers = this.#around.peers();
    const epochSeconds = this.#around.epochSeconds();
    const { now } = this.#around.timeline;
    this.#context = { name, address, peers, epochSeconds, now };
    this.#machine = this.#make(this.#context);
    this.#run++;
    this.#address = address;
    this.#rng = this.#runs.fork();
    if (this.#around.ownPeers) {
      this.#around.trace?.start(name, this.#machine, peers, now, this.#rng);
    }
    this.#bufferDrops = 0;
    this.#envelopeDrops.clear();
    this.#handle({ type: "start" });
  }

  /**
   * Writes the machine out and puts a fresh one in its place, on another table of peers; what is returned reads it
   * back, when the table has been.
   */
  renew(peers: PeerTable, through: <T extends Saved>(saved: T) => T): () => void {
    const saved = through(this.machine.save());
    this.#context = { ...(this.#context as NodeContext), peers };
    const machine = this.#make(this.#context);
    this.#machine = machine;
    return () => machine.restore(saved);
  }

  /** The table of the present run. */
  get peers(): PeerTable | undefined {
    return this.#context?.peers;
  }

  /** As `kill -9`: no farewell. */
  kill(): void {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    this.#around.tcp.kill(this);
    for (const wrapped of this.#wrapped.values()) wrapped.close();
    this.#wrapped.clear();
    this.#machine = undefined;
    this.#paused = false;
    this.#dropWaiting();
    this.#wakeAt = NEVER;
  }

  /** As SIGSTOP. */
  pause(): void {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    this.#paused = true;
  }

  /** As SIGCONT: first what has waited, then the timer. */
  resume(): void {
    if (!this.#paused) throw this.#stateError("paused", this.alive ? "running" : "down");
    this.#paused = false;
    if (this.#workMs > 0) return this.#workOn();
    for (const waiting of this.#dropWaiting()) this.#deliver(waiting);
    this.#rearm();
  }

  /** From here on each input takes `ms` of work; 0 ends that. */
  slow(ms: number): void {
    this.#workMs = ms;
  }

  /** Reaches the process when it goes on, if it is paused. */
  command(tenant: string, command: Command): void {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    this.#take({ command: { type: "command", tenant, command } });
  }

  // What the network brings.

  receive(datagram: Datagram): void {
    if (this.#machine === undefined) return;
    if (!this.#paused && !this.#isBusy) {
      this.#deliverDatagram(datagram);
      return this.#tire();
    }
    const charge = datagram.size + DATAGRAM_CHARGE_BYTES;
    if (this.#bufferedBytes + charge > (this.#spec.socketBufferBytes ?? SOCKET_BUFFER_BYTES)) {
      this.#bufferDrops++;
      return;
    }
    this.#bufferedBytes += charge;
    this.#waiting.push({ datagram });
  }

  nextAccepted(): StreamId {
    return -++this.#accepted as StreamId;
  }

  hear(socket: Socket, input: StreamInput): void {
    if (this.#machine !== undefined) this.#take({ socket, input });
  }

  /** The timer rings. */
  due(): void {
    const { now } = this.#around.timeline;
    if (now !== this.#wakeAt) return;
    this.#wakeAt = NEVER;
    if (this.#machine === undefined || this.#paused) return;
    if (this.#isBusy) {
      if (!this.#timerWaits) this.#waiting.push({ timer: true });
      this.#timerWaits = true;
      return;
    }
    if (this.#machine.deadline > now) return this.#rearm();
    this.#timeouts = this.#timeoutsAt === now ? this.#timeouts + 1 : 0;
    this.#timeoutsAt = now;
    invariant(this.#timeouts < MAX_IDLE_TIMEOUTS, `${this.name}: the deadline does not move`);
    this.#handle(TIMEOUT);
  }

  // What the machine asks for.

  datagram(to: Address, _peer: PeerId, packet: Packet, checksum: boolean): void {
    this.#around.udp.send(this, to, packet, checksum);
  }

  open(stream: StreamId, to: Address): void {
    this.#wrap(stream, "dialer");
    this.#around.tcp.open(this, stream, to);
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    const socket = this.sockets.get(stream);
    if (socket === undefined) return;
    const sealed = this.#wrap(stream, "acceptor").seal(bytes);
    if (sealed === undefined) {
      this.abort(stream);
      this.#later({ type: "failed", stream, reason: "overLimit" });
    } else if (sealed.length > 0) this.#around.tcp.write(this, stream, sealed);
    else this.#later({ type: "writable", stream });
  }

  writePart(stream: StreamId, part: StreamPart): void {
    const { udp, tcp, envelopes } = this.#around;
    if (udp.mode === "objects" && envelopes.streams.isPlain) tcp.write(this, stream, part);
    else this.write(stream, part.encode());
  }

  finish(stream: StreamId): void {
    const last = this.#wrapped.get(stream)?.finish();
    if (last !== undefined && last.length > 0) this.#around.tcp.write(this, stream, last);
    this.#around.tcp.finish(this, stream);
  }

  abort(stream: StreamId): void {
    this.#unwrap(stream);
    this.#around.tcp.abort(this, stream);
  }

  notify(event: NodeEvent): void {
    this.#around.record(this, event);
  }

  get #isBusy(): boolean {
    return this.#busyUntil > this.#around.timeline.now;
  }

  #take(waiting: Waiting): void {
    if (this.#paused || this.#isBusy) this.#waiting.push(waiting);
    else this.#work(waiting);
  }

  #work(waiting: Waiting): void {
    this.#deliver(waiting);
    this.#tire();
  }

  /** The input that has just been handled takes its time. */
  #tire(): void {
    if (this.#workMs === 0) return;
    const { timeline } = this.#around;
    this.#busyUntil = later(timeline.now, this.#workMs);
    timeline.schedule(this.#busyUntil, { due: () => this.#workOn() });
  }

  /** One piece of work is done: the next. */
  #workOn(): void {
    if (this.#machine === undefined || this.#paused || this.#isBusy) return;
    const next = this.#waiting.shift();
    if (next === undefined) return this.#rearm();
    if ("datagram" in next) this.#bufferedBytes -= next.datagram.size + DATAGRAM_CHARGE_BYTES;
    this.#work(next);
  }

  #deliver(waiting: Waiting): void {
    if ("timer" in waiting) {
      this.#timerWaits = false;
      if (this.machine.deadline <= this.#around.timeline.now) this.#handle({ type: "timeout" });
      else this.#rearm();
    } else if ("datagram" in waiting) this.#deliverDatagram(waiting.datagram);
    else if ("command" in waiting) this.#handle(waiting.command);
    else this.#deliverStream(waiting.socket, waiting.input);
  }

  #deliverDatagram(datagram: Datagram): void {
    let input: NodeInput;
    try {
      input = inputOf(datagram, this.envelope);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#countEnvelopeDrop(error);
      return;
    }
    this.#handle(input);
    // Bytes are lent for the call: a machine that kept them finds that out here.
    if (datagram.content instanceof Uint8Array) datagram.content.fill(POISON);
  }

  #deliverStream(socket: Socket, input: StreamInput): void {
    if (!this.#around.tcp.heard(socket, input)) return;
    const { stream } = input;
    const wrapped = this.#wrap(stream, "acceptor");
    try {
      if (input.type === "chunk") this.#deliverChunk(input, wrapped);
      else {
        if (input.type === "ended") wrapped.ended();
        this.#handle(input);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#countEnvelopeDrop(error);
      const farewell = wrapped.refuse(error);
      if (farewell.length > 0) this.#around.tcp.write(this, stream, farewell);
      this.#around.tcp.finish(this, stream);
      this.#unwrap(stream);
      this.#handle({ type: "failed", stream, reason: "undecryptable" });
    }
    if (input.type === "failed" || !this.sockets.has(stream)) this.#unwrap(stream);
  }

  #deliverChunk(input: Extract<StreamInput, { type: "chunk" }>, wrapped: WrappedStream): void {
    const { stream, part } = input;
    if (part !== undefined && this.#around.envelopes.streams.isPlain) {
      // The first byte of a stream alone tells the envelope what is being said.
      wrapped.open(Uint8Array.of(part.opener));
      return this.#handle(input);
    }
    // The writer's bytes may be shared and are not ours to poison: lend a copy.
    const lent = input.bytes.slice();
    const plain = wrapped.open(lent);
    if (plain.length > 0) this.#handle({ type: "chunk", stream, bytes: plain });
    plain.fill(POISON);
    lent.fill(POISON);
  }

  /** What is around a stream; accepted ones get theirs when they are first heard of. */
  #wrap(stream: StreamId, role: StreamRole): WrappedStream {
    let wrapped = this.#wrapped.get(stream);
    if (wrapped === undefined) {
      wrapped = this.#around.envelopes.streams.begin(role);
      this.#wrapped.set(stream, wrapped);
    }
    return wrapped;
  }

  #unwrap(stream: StreamId): void {
    this.#wrapped.get(stream)?.close();
    this.#wrapped.delete(stream);
  }

  /** What the network cannot say of a stream, because nothing was sent. */
  #later(input: StreamInput): void {
    const run = this.#run;
    const due = (): void => {
      if (this.alive && this.#run === run) this.#take({ command: input });
    };
    this.#around.timeline.after(0, { due });
  }

  #make(context: NodeContext): NodeMachine {
    const { name, address, peers } = context;
    const tenants = this.#spec.tenants(context);
    const envelopeBytes = this.envelope.overheadBytes;
    const config = this.#spec.config ?? {};
    return new NodeMachine({ name, address, peers, tenants, envelopeBytes, config });
  }

  #countEnvelopeDrop({ reason }: DecodeError): void {
    this.#envelopeDrops.set(reason, (this.#envelopeDrops.get(reason) ?? 0) + 1);
  }

  #handle(input: NodeInput): void {
    const { timeline, trace } = this.#around;
    if (trace === undefined) this.machine.handle(input, timeline.now, this.#rng, this);
    else trace.handle(this.name, this.machine, input, timeline.now, this.#rng, this);
    this.#rearm();
    this.#around.stepped(this);
  }

  /** Sets the timer for the machine's deadline. One that is set for an earlier time rings for nothing. */
  #rearm(): void {
    const { timeline } = this.#around;
    const deadline = this.machine.deadline;
    if (deadline >= this.#wakeAt || deadline === NEVER) return;
    this.#wakeAt = deadline > timeline.now ? deadline : timeline.now;
    timeline.schedule(this.#wakeAt, this);
  }

  #dropWaiting(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#timerWaits = false;
    this.#bufferedBytes = 0;
    return waiting;
  }

  #stateError(expected: string, received: string): HearsayError {
    const message = `node ${this.name}: expected it to be ${expected}, but it is ${received}`;
    return new HearsayError("ERR_STATE", message, { option: this.name, expected, received });
  }
}
