/**
 * Runs a node machine in the real world: a transport, a clock, an envelope, one timer.
 *
 *     transport ─ bytes ─▶ envelope.open ─▶ machine.handle ─▶ envelope.seal ─ bytes ─▶ transport
 *                                               │  ▲
 *                             events, after it  ▼  │ timeout, at machine.deadline
 *                                           application
 *
 * A wake-up that comes late does not reach the machine before the packets that wait in the sockets:
 * event loops run timers first, and a paused process would blame its peers for its own sleep.
 * @module
 */
import type { Envelope } from "../codec/index.ts";
import type { NodeEffects, NodeInput, NodeMachine, Packet } from "../composition/index.ts";
import { DecodeError, NEVER } from "../kernel/index.ts";
import type {
  Address,
  Command,
  Instant,
  NodeEvent,
  PeerId,
  Rng,
  StreamId,
} from "../kernel/index.ts";
import type { Clock } from "./clock.ts";
import type { StreamListener, Transport, TransportListener, TransportStream } from "./transport.ts";

/** Lateness of a wake-up, in ms, from which on waiting packets go first. */
const LATE_MS = 2;

export interface DriverOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly envelope: Envelope;
  /** An event of the machine, never from inside `handle`. */
  readonly onEvent: (event: NodeEvent) => void;
  /** A condition of the sockets, or a bug of ours that one input has brought to light. */
  readonly onTrouble: (error: Error) => void;
}

export interface DriverStats {
  /** Datagrams that no envelope could be opened of, by reason. */
  readonly envelopeDrops: Readonly<Record<string, number>>;
  /** Wake-ups that came more than 2 ms late, and the worst of them. */
  readonly lateWakeUps: number;
  readonly worstLatenessMs: number;
}

export class Driver implements TransportListener {
  readonly #options: DriverOptions;
  readonly #effects: HostEffects;
  readonly #envelopeDrops = new Map<string, number>();
  #machine: NodeMachine | undefined;
  #armedAt: Instant = NEVER;
  #disarm: (() => void) | undefined;
  #accepted = 0;
  #lateWakeUps = 0;
  #worstLatenessMs = 0;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#effects = new HostEffects(options, (stream) => this.#listenerOf(stream));
  }

  /** Opens the sockets. The machine is made after, when the address is known. */
  bind(): Promise<Address> {
    return this.#options.transport.bind(this);
  }

  /** Puts the machine to work. */
  start(machine: NodeMachine): void {
    this.#machine = machine;
    this.#handle({ type: "start" });
  }

  command(tenant: string, command: Command): void {
    this.#handle({ type: "command", tenant, command });
  }

  /** Nothing is sent or delivered from here on. */
  async stop(): Promise<void> {
    this.#machine = undefined;
    this.#disarm?.();
    this.#effects.abortAll();
    await this.#options.transport.close();
  }

  stats(): DriverStats {
    return {
      envelopeDrops: Object.fromEntries(this.#envelopeDrops),
      lateWakeUps: this.#lateWakeUps,
      worstLatenessMs: this.#worstLatenessMs,
    };
  }

  datagram(from: Address, bytes: Uint8Array): void {
    let plain: Uint8Array;
    try {
      plain = this.#options.envelope.open(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { reason } = error;
      this.#envelopeDrops.set(reason, (this.#envelopeDrops.get(reason) ?? 0) + 1);
      return;
    }
    this.#handle({ type: "datagram", from, bytes: plain });
  }

  accept(stream: TransportStream, from: Address): StreamListener {
    const id = -++this.#accepted as StreamId;
    this.#effects.adopt(id, stream);
    this.#handle({ type: "accepted", stream: id, from });
    return this.#listenerOf(id);
  }

  trouble(error: Error): void {
    this.#options.onTrouble(error);
  }

  #listenerOf(stream: StreamId): StreamListener {
    return {
      opened: () => this.#handle({ type: "opened", stream }),
      chunk: (bytes) => this.#handle({ type: "chunk", stream, bytes }),
      writable: () => this.#handle({ type: "writable", stream }),
      ended: () => {
        this.#effects.ended(stream);
        this.#handle({ type: "ended", stream });
      },
      failed: (reason) => {
        this.#effects.release(stream);
        this.#handle({ type: "failed", stream, reason });
      },
    };
  }

  #handle(input: NodeInput): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    const { clock, rng } = this.#options;
    try {
      machine.handle(input, clock.now(), rng, this.#effects);
    } catch (error) {
      // A bug of ours. One input is lost; the node goes on, because its cluster needs it.
      this.#options.onTrouble(error instanceof Error ? error : new Error(String(error)));
    }
    this.#arm(machine.deadline);
    for (const event of this.#effects.takeEvents()) this.#options.onEvent(event);
  }

  /** An earlier deadline moves the timer; a later one is found out when the timer fires. */
  #arm(deadline: Instant): void {
    if (deadline >= this.#armedAt || this.#machine === undefined) return;
    this.#disarm?.();
    this.#armedAt = deadline;
    this.#disarm = this.#options.clock.wake(deadline, () => this.#onWake(deadline));
  }

  #onWake(deadline: Instant): void {
    const { clock } = this.#options;
    this.#armedAt = NEVER;
    this.#disarm = undefined;
    const latenessMs = clock.now() - deadline;
    if (latenessMs <= LATE_MS) return this.#handle({ type: "timeout" });
    this.#lateWakeUps++;
    this.#worstLatenessMs = Math.max(this.#worstLatenessMs, latenessMs);
    clock.afterIo(() => this.#handle({ type: "timeout" }));
  }
}

interface OpenStream {
  readonly stream: TransportStream;
  finished: boolean;
  ended: boolean;
}

/** What the machine asks for, done. */
class HostEffects implements NodeEffects {
  readonly #transport: Transport;
  readonly #envelope: Envelope;
  readonly #listenerOf: (stream: StreamId) => StreamListener;
  readonly #streams = new Map<StreamId, OpenStream>();
  #events: NodeEvent[] = [];

  constructor(options: DriverOptions, listenerOf: (stream: StreamId) => StreamListener) {
    this.#transport = options.transport;
    this.#envelope = options.envelope;
    this.#listenerOf = listenerOf;
  }

  datagram(to: Address, _peer: PeerId, packet: Packet, checksum: boolean): void {
    const start = this.#envelope.headroomBytes;
    const buffer = new Uint8Array(start + packet.size);
    const end = packet.encodeInto(buffer, start);
    this.#transport.send(to, this.#envelope.seal(buffer, start, end, checksum));
  }

  open(stream: StreamId, to: Address): void {
    this.adopt(stream, this.#transport.open(to, this.#listenerOf(stream)));
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    this.#streams.get(stream)?.stream.write(bytes);
  }

  finish(stream: StreamId): void {
    const row = this.#streams.get(stream);
    if (row === undefined) return;
    row.stream.finish();
    row.finished = true;
    if (row.ended) this.#streams.delete(stream);
  }

  abort(stream: StreamId): void {
    this.#streams.get(stream)?.stream.abort();
    this.#streams.delete(stream);
  }

  notify(event: NodeEvent): void {
    this.#events.push(event);
  }

  adopt(id: StreamId, stream: TransportStream): void {
    this.#streams.set(id, { stream, finished: false, ended: false });
  }

  ended(stream: StreamId): void {
    const row = this.#streams.get(stream);
    if (row === undefined) return;
    row.ended = true;
    if (row.finished) this.#streams.delete(stream);
  }

  release(stream: StreamId): void {
    this.#streams.delete(stream);
  }

  abortAll(): void {
    for (const { stream } of this.#streams.values()) stream.abort();
    this.#streams.clear();
  }

  takeEvents(): readonly NodeEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }
}
