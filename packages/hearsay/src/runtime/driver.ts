/**
 * Runs a node machine in the real world: a transport, a clock, an envelope, one timer.
 *
 *     transport ─ bytes ─▶ envelope.open ─▶ machine.handle ─▶ envelope.seal ─ bytes ─▶ transport
 *                          of packets and of each stream
 *                                               │  ▲
 *                             events, after it  ▼  │ timeout, at machine.deadline
 *                                           application
 *
 * A wake-up that comes late does not reach the machine before the packets that wait in the sockets:
 * event loops run timers first, and a paused process would blame its peers for its own sleep.
 * @module
 */
import type { Envelope, StreamEnvelope, WrappedStream } from "../codec/index.ts";
import type { NodeInput, NodeMachine } from "../composition/index.ts";
import { RecentTroubles } from "../diagnosis/index.ts";
import { DecodeError, NEVER } from "../kernel/index.ts";
import type {
  Address,
  Command,
  DecodeReason,
  Instant,
  NodeEvent,
  Rng,
  StreamFailure,
  StreamId,
} from "../kernel/index.ts";
import type { Clock } from "./clock.ts";
import { HostEffects } from "./host-effects.ts";
import { DEAF_LISTENER } from "./transport.ts";
import type { StreamListener, Transport, TransportListener, TransportStream } from "./transport.ts";

/** Lateness of a wake-up, in ms, from which on waiting packets go first. */
const LATE_MS = 2;

/** How long somebody who was refused may take to read why. */
const FAREWELL_MS = 1000;

/** Failures that two sides with the same keys and label do not have. */
const SETTINGS_DIFFER: ReadonlySet<string> = new Set<DecodeReason>([
  "wrongLabel",
  "missingLabel",
  "unexpectedLabel",
  "encrypted",
  "notEncrypted",
  "undecryptable",
  "badPadding",
]);

/** Where inputs go: the machine, or what stands in front of it and passes them on. */
export type InputHandler = Pick<NodeMachine, "handle">;

export interface DriverOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly envelope: Envelope;
  /** What goes around streams. @default nothing */
  readonly streams?: StreamEnvelope;
  /** Whether anybody at this address is listened to. @default everybody is */
  readonly allows?: ((from: Address) => boolean) | undefined;
  /** An event of the machine, never from inside `handle`. */
  readonly onEvent: (event: NodeEvent) => void;
  /** A condition of the sockets, or a bug of ours that one input has brought to light. */
  readonly onTrouble: (error: Error) => void;
}

export interface DriverStats {
  /** Datagrams and streams that were refused before the machine could read them, by reason. */
  readonly envelopeDrops: Readonly<Record<string, number>>;
  /** Wake-ups that came more than 2 ms late, and the worst of them. */
  readonly lateWakeUps: number;
  readonly worstLatenessMs: number;
}

export class Driver implements TransportListener {
  readonly #options: DriverOptions;
  readonly #effects: HostEffects;
  /** Whom it has refused lately, and when it stood still. */
  readonly troubles: RecentTroubles = new RecentTroubles();
  readonly #envelopeDrops = new Map<string, number>();
  #machine: NodeMachine | undefined;
  #handler: InputHandler | undefined;
  #armedAt: Instant = NEVER;
  #disarm: (() => void) | undefined;
  #accepted = 0;
  /** Inputs and refusals so far. */
  #received = 0;
  #lateWakeUps = 0;
  #worstLatenessMs = 0;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#effects = new HostEffects(options, (stream, to) => this.#listenerOf(stream, to));
  }

  /** Opens the sockets. The machine is made after, when the address is known. */
  bind(): Promise<Address> {
    return this.#options.transport.bind(this);
  }

  /** Puts the machine to work; its inputs go through `handler`. */
  start(machine: NodeMachine, handler: InputHandler = machine): void {
    this.#machine = machine;
    this.#handler = handler;
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
    if (!this.#allows(from)) return this.#drop("notAllowed", from);
    let plain: Uint8Array;
    try {
      plain = this.#options.envelope.open(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#drop(error.reason, from);
    }
    this.#handle({ type: "datagram", from, bytes: plain });
  }

  accept(stream: TransportStream, from: Address): StreamListener {
    if (!this.#allows(from)) {
      this.#drop("notAllowed", from);
      stream.abort();
      return DEAF_LISTENER;
    }
    const id = -++this.#accepted as StreamId;
    this.#effects.adopt(id, stream, "acceptor");
    this.#handle({ type: "accepted", stream: id, from });
    return this.#listenerOf(id, from);
  }

  trouble(error: Error): void {
    this.#options.onTrouble(error);
  }

  #listenerOf(stream: StreamId, other: Address): StreamListener {
    return {
      opened: () => this.#handle({ type: "opened", stream }),
      chunk: (bytes) => {
        const plain = this.#unwrap(stream, other, (wrapped) => wrapped.open(bytes));
        if (plain !== undefined && plain.length > 0) {
          this.#handle({ type: "chunk", stream, bytes: plain });
        }
      },
      writable: () => this.#handle({ type: "writable", stream }),
      ended: () => {
        this.#unwrap(stream, other, (wrapped) => wrapped.ended());
        this.#effects.ended(stream);
        this.#handle({ type: "ended", stream });
      },
      failed: (reason) => {
        this.#effects.release(stream);
        this.#handle({ type: "failed", stream, reason });
      },
    };
  }

  /** Takes off what is around a stream; one that cannot be read is over. */
  #unwrap<T>(stream: StreamId, other: Address, step: (wrapped: WrappedStream) => T): T | undefined {
    const wrapped = this.#effects.wrapped(stream);
    if (wrapped === undefined) return undefined;
    try {
      return step(wrapped);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#drop(error.reason, other);
      this.#dismiss(stream, wrapped.refuse(error));
      const reason: StreamFailure = SETTINGS_DIFFER.has(error.reason)
        ? "undecryptable"
        : "malformed";
      this.#handle({ type: "failed", stream, reason });
      return undefined;
    }
  }

  /** Closes a stream; whoever is told why gets time to read it. */
  #dismiss(stream: StreamId, farewell: Uint8Array): void {
    if (farewell.length === 0) return this.#effects.abort(stream);
    const told = this.#effects.release(stream);
    if (told === undefined) return;
    told.write(farewell);
    told.finish();
    const { clock } = this.#options;
    clock.wake((clock.now() + FAREWELL_MS) as Instant, () => told.abort());
  }

  #allows(from: Address): boolean {
    return this.#options.allows?.(from) ?? true;
  }

  #drop(reason: string, from: Address): void {
    this.#received++;
    this.troubles.refused(reason, from, this.#options.clock.now());
    this.#envelopeDrops.set(reason, (this.#envelopeDrops.get(reason) ?? 0) + 1);
  }

  #handle(input: NodeInput): void {
    const machine = this.#machine;
    const handler = this.#handler;
    if (machine === undefined || handler === undefined) return;
    const { clock, rng } = this.#options;
    this.#received++;
    try {
      handler.handle(input, clock.now(), rng, this.#effects);
    } catch (error) {
      // A bug of ours. One input is lost; the node goes on, because its cluster needs it.
      this.#options.onTrouble(error instanceof Error ? error : new Error(String(error)));
    }
    this.#arm(machine.deadline);
    this.#followUp();
    for (const event of this.#effects.takeEvents()) this.#options.onEvent(event);
  }

  /** What the transport cannot say of streams, because nothing was written, comes later and in turn. */
  #followUp(): void {
    const inputs = this.#effects.takeFollowUps();
    if (inputs.length === 0) return;
    this.#options.clock.afterIo(() => {
      for (const input of inputs) this.#handle(input);
    });
  }

  /**
   * A later deadline moves the timer, too: to wake up a process for nothing costs more than to set a timer
   * again, and every ack that is in time makes the deadline a later one.
   */
  #arm(deadline: Instant): void {
    if (deadline === this.#armedAt || this.#machine === undefined) return;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedAt = deadline;
    if (deadline === NEVER) return;
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
    this.troubles.wokeLate(latenessMs, clock.now());
    clock.afterIo(
      () => this.#handle({ type: "timeout" }),
      () => this.#received,
    );
  }
}
