/**
 * A network inside one process: for pages, examples and tests.
 *
 *     transport A ──┐                                   ┌── transport B
 *                   ├── one queue, oldest first, defer ─┤
 *     transport C ──┘                                   └── transport D
 *
 * Every delivery is a task of its own, run by the `defer` that the network was given, in the order in
 * which it was caused: datagrams and streams never overtake each other. Nothing is lost unless `lose`
 * says so or a limit below is passed.
 *
 * With `queueMicrotask` a network that always has something to deliver starves timers; give `setImmediate`
 * or a `MessageChannel`'s port where nodes may chat without end.
 * @module
 */
import {
  addressBytes,
  addressPort,
  formatAddress,
  HearsayError,
  parseAddress,
} from "../kernel/index.ts";
import type { Address, StreamFailure } from "../kernel/index.ts";
import { DEAF_LISTENER, INERT_STREAM } from "./transport.ts";
import type { StreamListener, Transport, TransportListener, TransportStream } from "./transport.ts";

/** The largest datagram, as of UDP over IPv4. Larger ones are `trouble`. */
export const MEMORY_DATAGRAM_BYTES = 65_507;
/** Deliveries that may wait in one network; datagrams beyond are lost. */
export const MEMORY_QUEUE_LENGTH = 65_536;
/** Bytes of one stream that may wait; beyond, the stream fails with `overLimit`. */
export const MEMORY_STREAM_BYTES: number = 32 << 20;

const FIRST_FREE_PORT = 49_152;

export interface MemoryNetworkOptions {
  /** Runs a callback when the caller's stack has unwound, such as `queueMicrotask`. */
  readonly defer: (callback: () => void) => void;
  /** Whether this datagram gets lost; asked once for each. @default none does */
  readonly lose?: (from: Address, to: Address, bytes: Uint8Array) => boolean;
}

export class MemoryNetwork {
  readonly #fabric: Fabric;

  constructor(options: MemoryNetworkOptions) {
    this.#fabric = new Fabric(options);
  }

  /** Datagrams lost: to nobody, by `lose`, or because too much waited. */
  get lost(): number {
    return this.#fabric.lost;
  }

  /**
   * A transport that `bind` will put at `address`; port 0 takes a free one.
   * @throws HearsayError `ERR_ADDRESS`
   */
  transport(address: string): Transport {
    return new MemoryTransport(this.#fabric, parseAddress(address));
  }
}

/** What the transports of one network share. */
class Fabric {
  readonly options: MemoryNetworkOptions;
  readonly bound = new Map<Address, MemoryTransport>();
  readonly #tasks: (() => void)[] = [];
  #nextPort = FIRST_FREE_PORT;
  lost = 0;

  constructor(options: MemoryNetworkOptions) {
    this.options = options;
  }

  get waiting(): number {
    return this.#tasks.length;
  }

  /** Whatever the order in which `defer` runs its callbacks, the oldest task is done first. */
  later(task: () => void): void {
    this.#tasks.push(task);
    this.options.defer(() => this.#tasks.shift()?.());
  }

  /** `address` with a port, claimed for `transport`. */
  claim(address: Address, transport: MemoryTransport): Address {
    const concrete = addressPort(address) === 0 ? this.#freePort(address) : address;
    if (this.bound.has(concrete)) {
      const cure = "choose another, or close the transport that has it";
      throw new HearsayError(
        "ERR_ADDRESS_IN_USE",
        `${concrete} is taken in this network; ${cure}`,
        {
          received: concrete,
        },
      );
    }
    this.bound.set(concrete, transport);
    return concrete;
  }

  #freePort(address: Address): Address {
    for (;;) {
      const port = this.#nextPort++;
      if (this.#nextPort > 65_535) this.#nextPort = FIRST_FREE_PORT;
      const candidate = formatAddress(addressBytes(address), port) as Address;
      if (!this.bound.has(candidate)) return candidate;
    }
  }
}

class MemoryTransport implements Transport {
  readonly #fabric: Fabric;
  readonly ends = new Set<MemoryEnd>();
  /** Where `bind` shall put it; with a concrete port, once it has. */
  #address: Address;
  #state: "fresh" | "binding" | "bound" | "closed" = "fresh";
  #listener: TransportListener | undefined;

  constructor(fabric: Fabric, address: Address) {
    this.#fabric = fabric;
    this.#address = address;
  }

  /** Who hears, or `undefined` while nothing may be delivered. */
  get listener(): TransportListener | undefined {
    return this.#state === "bound" ? this.#listener : undefined;
  }

  bind(listener: TransportListener): Promise<Address> {
    const bound = this.#bind(listener);
    // Registered before the caller's own reaction, so that it runs right before it.
    bound.then(
      () => {
        if (this.#state === "binding") this.#state = "bound";
      },
      () => {},
    );
    return bound;
  }

  async #bind(listener: TransportListener): Promise<Address> {
    if (this.#state !== "fresh") throw stateError(this.#state);
    this.#address = this.#fabric.claim(this.#address, this);
    this.#state = "binding";
    this.#listener = listener;
    await new Promise<void>((resolve) => this.#fabric.later(resolve));
    if (this.#state !== "binding") throw stateError(this.#state);
    return this.#address;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.#state !== "bound") return;
    const fabric = this.#fabric;
    const from = this.#address;
    if (bytes.length > MEMORY_DATAGRAM_BYTES) {
      fabric.lost++;
      const error = new HearsayError(
        "ERR_SEND",
        `a datagram to ${to} of ${bytes.length} bytes: ${MEMORY_DATAGRAM_BYTES} is the limit`,
      );
      fabric.later(() => this.listener?.trouble(error));
      return;
    }
    if (fabric.waiting >= MEMORY_QUEUE_LENGTH || fabric.options.lose?.(from, to, bytes) === true) {
      fabric.lost++;
      return;
    }
    const copy = copyOf(bytes);
    fabric.later(() => {
      const receiver = fabric.bound.get(to)?.listener;
      if (receiver === undefined) fabric.lost++;
      else receiver.datagram(from, copy);
    });
  }

  open(to: Address, listener: StreamListener): TransportStream {
    if (this.#state !== "bound") return INERT_STREAM;
    const near = new MemoryEnd(this.#fabric, this, listener);
    this.#fabric.later(() => {
      if (near.silent) return;
      const target = this.#fabric.bound.get(to);
      const acceptor = target?.listener;
      if (target === undefined || acceptor === undefined) near.breakOff("refused");
      else
        near.connect(new MemoryEnd(this.#fabric, target, DEAF_LISTENER), acceptor, this.#address);
    });
    return near;
  }

  async close(): Promise<void> {
    if (this.#fabric.bound.get(this.#address) === this) this.#fabric.bound.delete(this.#address);
    this.#state = "closed";
    for (const end of this.ends) end.leave();
  }
}

/** One end of a stream. */
class MemoryEnd implements TransportStream {
  readonly #fabric: Fabric;
  readonly #owner: MemoryTransport;
  #listener: StreamListener;
  #peer: MemoryEnd | undefined;
  /** The listener hears nothing any more. */
  silent = false;
  /** Nothing goes out any more, not even what waits. */
  #cut = false;
  #finished = false;
  #heardEnd = false;
  #waitingWrites = 0;
  #waitingBytes = 0;

  constructor(fabric: Fabric, owner: MemoryTransport, listener: StreamListener) {
    this.#fabric = fabric;
    this.#owner = owner;
    this.#listener = listener;
    owner.ends.add(this);
  }

  connect(far: MemoryEnd, acceptor: TransportListener, from: Address): void {
    this.#peer = far;
    far.#peer = this;
    far.#listener = acceptor.accept(far, from);
    if (!this.silent) this.#listener.opened();
  }

  write(bytes: Uint8Array): void {
    if (this.silent || this.#finished) return;
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MEMORY_STREAM_BYTES) {
      this.#cut = true;
      this.#fabric.later(() => this.#collapse("overLimit"));
      return;
    }
    const copy = copyOf(bytes);
    this.#waitingWrites++;
    this.#fabric.later(() => {
      this.#waitingWrites--;
      this.#waitingBytes -= copy.length;
      const peer = this.#peer;
      if (this.#cut || peer === undefined) return;
      if (!peer.silent && copy.length > 0) peer.#listener.chunk(copy);
      if (this.#waitingWrites === 0 && !this.silent && !this.#finished) this.#listener.writable();
    });
  }

  finish(): void {
    if (this.silent || this.#finished) return;
    this.#finished = true;
    if (this.#heardEnd) this.#hush();
    this.#fabric.later(() => {
      const peer = this.#peer;
      if (!this.#cut && peer !== undefined) peer.#hearEnd();
    });
  }

  abort(): void {
    if (this.silent) return;
    this.#hush();
    this.#cut = true;
    this.#fabric.later(() => this.#peer?.breakOff("reset"));
  }

  /** The transport closes: what has ended on our side stays ended, the rest breaks. */
  leave(): void {
    if (this.#finished) this.#hush();
    else this.abort();
  }

  /** The stream is gone for the one who listens to this end. */
  breakOff(reason: StreamFailure): void {
    if (this.silent) return;
    this.#hush();
    this.#cut = true;
    this.#listener.failed(reason);
  }

  #collapse(reason: StreamFailure): void {
    this.breakOff(reason);
    this.#fabric.later(() => this.#peer?.breakOff("reset"));
  }

  #hearEnd(): void {
    if (this.silent) return;
    this.#heardEnd = true;
    this.#listener.ended();
    if (this.#finished) this.#hush();
  }

  #hush(): void {
    this.silent = true;
    this.#owner.ends.delete(this);
  }
}

/** Not `slice`: that of Node's `Buffer` is a view on the same memory. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function stateError(state: string): HearsayError {
  const happened = state === "closed" ? "was closed" : "is bound already";
  return new HearsayError("ERR_STATE", `this transport ${happened}; make a new one to bind`);
}
