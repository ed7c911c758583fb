/**
 * The stage of one conformance case: transports that are closed afterwards, and listeners that write down
 * what they hear.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Address, ErrorCode, StreamFailure } from "../kernel/index.ts";
import type { StreamListener, TransportListener, TransportStream } from "./transport.ts";

/** The transport under test, and what the suite needs of its world. */
export interface ConformanceSubject<T> {
  /** A fresh transport, not bound, to be bound at `at`; at an address of its own choice without. */
  make(at?: Address): T;
  /** Resolves after some milliseconds: a `setTimeout` in a promise. */
  pause(ms: number): Promise<void>;
  /** The largest datagram that it carries; the suite tries 1,400 and 60,000 up to this. @default 65507 */
  readonly maxDatagramBytes?: number;
}

export interface ConformanceCase {
  readonly name: string;
  /** Rejects with what went wrong; everything that it opened is closed in any case. */
  run(): Promise<void>;
}

/** How long something may take that must happen. */
const PATIENCE_MS = 10_000;
/** How long to watch that something does not happen. */
const WATCH_MS = 60;
/** A datagram may be lost: it is sent again after this. */
const RESEND_MS = 200;

/** What every transport has, whichever halves it is made of. */
export interface Closable {
  bind(listener: TransportListener): Promise<Address>;
  close(): Promise<void>;
}

/** A bound transport and what it has heard. */
export interface Station<T> {
  readonly transport: T;
  readonly address: Address;
  readonly ear: Ear;
}

export class Scene<T extends Closable> {
  readonly #subject: ConformanceSubject<T>;
  readonly #made: T[] = [];

  constructor(subject: ConformanceSubject<T>) {
    this.#subject = subject;
  }

  make(at?: Address): T {
    const transport = at === undefined ? this.#subject.make() : this.#subject.make(at);
    this.#made.push(transport);
    return transport;
  }

  async station(at?: Address): Promise<Station<T>> {
    const transport = this.make(at);
    const ear = new Ear();
    const bound = transport.bind(ear);
    bound.then(
      () => {
        ear.bound = true;
      },
      () => {},
    );
    return { transport, address: await bound, ear };
  }

  /** An address where nobody is, on a machine that is there. */
  async nowhere(): Promise<Address> {
    const { transport, address } = await this.station();
    await transport.close();
    return address;
  }

  pause(ms: number): Promise<void> {
    return this.#subject.pause(ms);
  }

  /** Long enough to see what should not come. */
  watch(): Promise<void> {
    return this.#subject.pause(WATCH_MS);
  }

  /** Waits until `happened` is true, doing `again` meanwhile every now and then. */
  async until(what: string, happened: () => boolean, again?: () => void): Promise<void> {
    let sinceAgain = 0;
    for (let waited = 0; !happened();) {
      if (waited >= PATIENCE_MS) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
      const step = waited < 20 ? 1 : 5;
      await this.#subject.pause(step);
      waited += step;
      sinceAgain += step;
      if (again === undefined || sinceAgain < RESEND_MS) continue;
      sinceAgain = 0;
      again();
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#made.map((transport) => transport.close()));
  }
}

/** A case that gets a scene and leaves nothing open. */
export function sceneCase<T extends Closable>(
  subject: ConformanceSubject<T>,
  name: string,
  play: (scene: Scene<T>) => Promise<void>,
): ConformanceCase {
  return {
    name,
    async run() {
      const scene = new Scene(subject);
      try {
        await play(scene);
      } finally {
        await scene.end();
      }
    },
  };
}

/** Hears one transport. */
export class Ear implements TransportListener {
  readonly datagrams: { readonly from: Address; readonly bytes: Uint8Array }[] = [];
  readonly accepted: StreamEar[] = [];
  readonly troubles: Error[] = [];
  /** Set by the scene when `bind` has resolved. */
  bound = false;
  /** What was heard when nothing may be: named by when. */
  readonly tooEarly: string[] = [];
  /** Set while a method of the transport is on the stack. */
  insideCall: string | undefined;
  /** Runs inside `accept`. */
  onAccept: (ear: StreamEar) => void = () => {};
  /** Runs inside `datagram`, after it was written down. */
  onDatagram: (bytes: Uint8Array) => void = () => {};

  datagram(from: Address, bytes: Uint8Array): void {
    this.#check("a datagram");
    this.datagrams.push({ from, bytes: new Uint8Array(bytes) });
    this.onDatagram(bytes);
  }

  accept(stream: TransportStream, from: Address): StreamListener {
    this.#check("a stream");
    const ear = new StreamEar(from);
    ear.stream = stream;
    this.accepted.push(ear);
    this.onAccept(ear);
    return ear;
  }

  trouble(error: Error): void {
    this.#check("trouble");
    this.troubles.push(error);
  }

  #check(what: string): void {
    if (!this.bound) this.tooEarly.push(`${what} before bind had resolved`);
    if (this.insideCall !== undefined) this.tooEarly.push(`${what} inside ${this.insideCall}`);
  }
}

/** Hears one stream. */
export class StreamEar implements StreamListener {
  /** Where an accepted stream came from. */
  readonly from: Address | undefined;
  stream: TransportStream | undefined;
  /** In order: `opened`, `chunk`, `writable`, `ended`, `failed:reason`; neighbours that are equal once. */
  readonly heard: string[] = [];
  readonly #chunks: Uint8Array[] = [];
  received = 0;
  writables = 0;
  calls = 0;
  insideCall: string | undefined;
  readonly tooEarly: string[] = [];
  /** Runs inside each callback, after it was written down. */
  on: (event: string) => void = () => {};
  onChunk: (bytes: Uint8Array) => void = () => {};

  constructor(from?: Address) {
    this.from = from;
  }

  get text(): string {
    return this.heard.join(" ");
  }

  get ends(): number {
    return this.heard.filter((event) => event === "ended").length;
  }

  get failures(): number {
    return this.heard.filter((event) => event.startsWith("failed")).length;
  }

  /** All bytes so far. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.received);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  opened(): void {
    this.#note("opened");
  }

  chunk(bytes: Uint8Array): void {
    this.#chunks.push(new Uint8Array(bytes));
    this.received += bytes.length;
    this.onChunk(bytes);
    this.#note("chunk");
  }

  writable(): void {
    this.writables++;
    this.#note("writable");
  }

  ended(): void {
    this.#note("ended");
  }

  failed(reason: StreamFailure): void {
    this.#note(`failed:${reason}`);
  }

  #note(event: string): void {
    this.calls++;
    if (this.insideCall !== undefined) this.tooEarly.push(`${event} inside ${this.insideCall}`);
    const repeats = event === "chunk" || event === "writable";
    if (!repeats || this.heard.at(-1) !== event) this.heard.push(event);
    this.on(event);
  }
}

/** Bytes that tell where they were taken from: no two offsets look alike for long. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed * 101) & 0xff;
  return bytes;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function expectBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} bytes, got ${actual.length}`);
  }
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) throw new Error(`${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`);
}

export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Rejects with this code, and with nothing else. */
export async function expectRejection(
  what: string,
  promise: Promise<unknown>,
  code: ErrorCode,
): Promise<void> {
  let outcome = "it resolved";
  try {
    await promise;
  } catch (error) {
    if (error instanceof HearsayError && error.code === code) return;
    outcome = `it rejected with ${String(error)}`;
  }
  throw new Error(`${what}: expected a HearsayError with ${code}, but ${outcome}`);
}
