/**
 * One node of a world: a machine, run after run, in a process that can be paused and killed.
 *
 *              start                    pause
 *     down ────────────▶ running ◀──────────────▶ paused
 *      ▲                    │          resume        │
 *      └──────── kill ──────┴──────── kill ──────────┘
 *
 * When its machine gets to work is the process's affair, what time it sees the clock's, and what is around its
 * streams theirs. What is left is the machine's life.
 * @module
 */
import type { Envelope } from "../codec/index.ts";
import { NodeMachine } from "../composition/index.ts";
import type {
  NodeEffects,
  NodeInput,
  Packet,
  PeerTable,
  StreamInput,
} from "../composition/index.ts";
import { RecentTroubles } from "../diagnosis/index.ts";
import { DecodeError, HearsayError, NEVER } from "../kernel/index.ts";
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
import { HostClock } from "./host-clock.ts";
import { HostDrops } from "./host-drops.ts";
import { HostStreams } from "./host-streams.ts";
import type { StreamProcess } from "./host-streams.ts";
import type { HostSurroundings } from "./host-surroundings.ts";
import type { HostCounts, Memory, NodeContext, NodeSpec } from "./node-spec.ts";
import { Process } from "./process.ts";
import type { Worker } from "./process.ts";
import type { Socket } from "./socket.ts";
import { inputOf, poison } from "./udp.ts";
import type { Datagram, UdpHost } from "./udp.ts";
import type { Waiting } from "./waiting-room.ts";

const TIMEOUT: NodeInput = { type: "timeout" };

export class VirtualHost implements NodeEffects, UdpHost, StreamProcess, Worker {
  readonly name: string;
  readonly index: number;
  readonly envelope: Envelope;
  readonly clock: HostClock = new HostClock();
  readonly sockets: Map<StreamId, Socket> = new Map();
  readonly #streams: HostStreams;
  readonly #spec: NodeSpec;
  readonly #around: HostSurroundings;
  /** Gives each run a source of its own, so that a restart shifts nobody else's draws. */
  readonly #runs: Rng;
  readonly #process: Process;
  #address: Address;
  #seenAs: Address;
  #rng: Rng;
  #machine: NodeMachine | undefined;
  /** What its tenants were made with, and how many runs there have been. */
  #context: NodeContext | undefined;
  #run = 0;
  /** What the application has kept where a crash does not reach, and what it had kept at the first crash. */
  #memory: unknown;
  #oldMemory: unknown;
  #pauses = 0;
  #pausedAt: Instant = NEVER;
  #troubles = new RecentTroubles();
  readonly #drops = new HostDrops();
  #accepted = 0;
  #inputs = 0;

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
    this.#seenAs = address;
    this.#spec = spec;
    this.#around = around;
    this.#runs = rng;
    this.#rng = rng;
    const { timeline, nodeCounts } = around;
    this.#process = new Process(this, timeline, nodeCounts, spec.socketBufferBytes);
    const { packets, streams } = around.envelopes(name);
    this.envelope = packets;
    this.#streams = new HostStreams(this, around.tcp, streams, around.udp.mode);
  }

  get address(): Address {
    return this.#address;
  }

  get seenAs(): Address {
    return this.#seenAs;
  }

  get alive(): boolean {
    return this.#machine !== undefined;
  }

  get paused(): boolean {
    return this.#process.isPaused;
  }

  /** Times that it has been paused. */
  get pauses(): number {
    return this.#pauses;
  }

  /** Inputs handled, by all of its runs. */
  get inputs(): number {
    return this.#inputs;
  }

  /** Whom the present run has refused lately, and when it stood still. */
  get troubles(): RecentTroubles {
    return this.#troubles;
  }

  /** What the node's own clock shows. */
  get now(): Instant {
    return this.clock.read(this.#around.timeline.now);
  }

  get counts(): HostCounts {
    return this.#drops.counts;
  }

  /** @throws HearsayError `ERR_STATE` when the node is down */
  get machine(): NodeMachine {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    return this.#machine;
  }

  /** @throws HearsayError `ERR_STATE` when the node is running already, or keeps nothing that `memory` wants */
  checkStart(memory: Memory): void {
    if (this.#machine !== undefined) throw this.#stateError("down", "running");
    if (memory !== "none" && this.#spec.remember === undefined) {
      throw this.#stateError("a node that keeps something", "one without a memory");
    }
  }

  /**
   * To be called after `checkStart`.
   * @param memory what the application finds of what it has kept
   */
  start(address: Address, memory: Memory = "none"): void {
    const name = this.#spec.name ?? this.name;
    const peers = this.#around.peers();
    const epochMs = this.#around.epochMs() + this.clock.wallMs;
    const epochSeconds = Math.max(0, Math.floor(epochMs / 1000));
    const now = this.now;
    this.#context = { name, address, peers, epochSeconds, now };
    if (memory !== "none") {
      this.#context = { ...this.#context, memory: this.#recalled(memory) };
    }
    this.#machine = this.#make(this.#context);
    this.#run++;
    if (this.#seenAs === this.#address) this.#seenAs = address;
    const isMove = address !== this.#address;
    this.#around.nodeCounts.start(this.#run > 1, isMove, memory, this.clock.wallMs !== 0);
    this.#address = address;
    this.#rng = this.#runs.fork();
    if (this.#around.ownPeers) {
      this.#around.trace?.start(this.name, this.#machine, peers, now, this.#rng);
    }
    this.#drops.clear();
    this.#troubles = new RecentTroubles();
    this.handle({ type: "start" });
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
    this.#memory = this.#spec.remember?.(this.machine);
    this.#oldMemory ??= this.#memory;
    this.#streams.kill();
    this.#machine = undefined;
    this.#process.end();
    this.#around.nodeCounts.crashes++;
  }

  /** As SIGSTOP. */
  pause(): void {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    this.#around.nodeCounts.pauses++;
    this.#pauses++;
    this.#pausedAt = this.now;
    this.#process.pause();
  }

  /** As SIGCONT: first what has waited, then the timer. */
  resume(): void {
    if (!this.paused) throw this.#stateError("paused", this.alive ? "running" : "down");
    this.#troubles.wokeLate(this.now - this.#pausedAt, this.now);
    this.#process.resume();
  }

  /** From here on each input takes `ms` of work; 0 ends that. */
  slow(ms: number): void {
    this.#process.slow(ms);
  }

  /** From here on the node's clock is fast by this share. */
  drift(share: number): void {
    this.clock.drift(share, this.#around.timeline.now);
    if (this.alive) this.#process.rearm();
  }

  /** From here on others see the node at another address. */
  rewrite(seenAs: Address): void {
    this.#seenAs = seenAs;
  }

  /** Reaches the process when it goes on, if it is paused. */
  command(tenant: string, command: Command): void {
    if (this.#machine === undefined) throw this.#stateError("running", "down");
    this.#process.take({ command: { type: "command", tenant, command } });
  }

  // What the network brings.

  receive(datagram: Datagram): void {
    if (this.#machine === undefined) return;
    if (this.#process.isIdle) {
      this.#deliverDatagram(datagram);
      this.#process.tire();
    } else if (!this.#process.keep(datagram)) this.#drops.overflow();
  }

  nextAccepted(): StreamId {
    return -++this.#accepted as StreamId;
  }

  hear(socket: Socket, input: StreamInput): void {
    if (this.#machine !== undefined) this.#process.take({ socket, input });
  }

  // What the machine asks for.

  datagram(to: Address, _peer: PeerId, packet: Packet, checksum: boolean): void {
    this.#around.sent?.({ node: this.name, to, packet });
    this.#around.udp.send(this, to, packet, checksum);
  }

  open(stream: StreamId, to: Address): void {
    this.#around.sent?.({ node: this.name, to, packet: undefined });
    this.#streams.open(stream, to);
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    this.#streams.write(stream, bytes);
  }

  writePart(stream: StreamId, part: StreamPart): void {
    this.#streams.writePart(stream, part);
  }

  finish(stream: StreamId): void {
    this.#streams.finish(stream);
  }

  abort(stream: StreamId): void {
    this.#streams.abort(stream);
  }

  notify(event: NodeEvent): void {
    this.#around.record(this.name, event);
  }

  // What streams ask for.

  handle(input: NodeInput): void {
    const { clock, machine } = this;
    const around = this.#around;
    const now = clock.read(around.timeline.now);
    this.#inputs++;
    if (around.trace === undefined) machine.handle(input, now, this.#rng, this);
    else around.trace.handle(this.name, machine, input, now, this.#rng, this);
    this.#process.arm(clock.whenShown(machine.deadline));
    around.stepped(this.name, input.type);
  }

  /** What the network cannot say of a stream, because nothing was sent. */
  handleLater(input: StreamInput): void {
    const run = this.#run;
    const due = (): void => {
      if (this.alive && this.#run === run) this.#process.take({ command: input });
    };
    this.#around.timeline.after(0, { due });
  }

  refused(error: DecodeError, from: Address): void {
    this.#around.nodeCounts.refused++;
    this.#troubles.refused(error.reason, from, this.now);
    this.#drops.refuse(error);
  }

  // What the process asks for.

  get deadline(): Instant {
    return this.clock.whenShown(this.machine.deadline);
  }

  timeout(): void {
    this.handle(TIMEOUT);
  }

  deliver(waiting: Waiting): void {
    if ("timer" in waiting) {
      if (this.machine.deadline <= this.now) this.timeout();
      else this.#process.rearm();
    } else if ("datagram" in waiting) this.#deliverDatagram(waiting.datagram);
    else if ("command" in waiting) this.handle(waiting.command);
    else this.#streams.deliver(waiting.socket, waiting.input);
  }

  #deliverDatagram(datagram: Datagram): void {
    let input: NodeInput;
    try {
      input = inputOf(datagram, this.envelope);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.refused(error, datagram.from);
    }
    this.handle(input);
    // Bytes are lent for the call: a machine that kept them finds that out here.
    if (datagram.content instanceof Uint8Array) poison(datagram.content);
  }

  #make(context: NodeContext): NodeMachine {
    const { name, address, peers } = context;
    const tenants = this.#spec.tenants(context);
    const envelopeBytes = this.envelope.overheadBytes;
    const config = this.#spec.config ?? {};
    return new NodeMachine({ name, address, peers, tenants, envelopeBytes, config });
  }

  /** What is left of what the application has kept. */
  #recalled(memory: Memory): unknown {
    if (memory === "old") return this.#oldMemory;
    return memory === "torn" ? this.#spec.tear?.(this.#memory) : this.#memory;
  }

  #stateError(expected: string, received: string): HearsayError {
    const message = `node ${this.name}: expected it to be ${expected}, but it is ${received}`;
    return new HearsayError("ERR_STATE", message, { option: this.name, expected, received });
  }
}
