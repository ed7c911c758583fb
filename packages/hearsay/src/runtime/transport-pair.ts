/**
 * Two halves made one transport.
 *
 *     streams() ── bind ──▶ address ──▶ datagrams(address) ── bind ──▶ the same address
 *        ▲                                     │ address in use, attempts left
 *        └─────────────── close ◀──────────────┘
 *
 * Streams come first, because their free ports are the rarer ones. A half that is up before the other
 * hears nothing: datagrams are lost and streams refused until both are there.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { DEAF_LISTENER, INERT_STREAM } from "./transport.ts";
import type {
  DatagramTransport,
  StreamListener,
  StreamTransport,
  Transport,
  TransportListener,
  TransportStream,
} from "./transport.ts";

export interface TransportHalves {
  /** A fresh half, not bound; called once for each attempt. */
  streams(): StreamTransport;
  /** A fresh half that will bind to `at`, where the streams are. */
  datagrams(at: Address): DatagramTransport;
  /**
   * How often to begin again with fresh halves when the datagram half finds the address in use; worth more
   * than 1 when the stream half chooses a free port. @default 1
   */
  readonly attempts?: number;
}

/** A transport from a half of each kind, at one address. */
export function pairTransports(halves: TransportHalves): Transport {
  return new TransportPair(halves);
}

class TransportPair implements Transport {
  readonly #halves: TransportHalves;
  #state: "fresh" | "binding" | "bound" | "closed" = "fresh";
  #streams: StreamTransport | undefined;
  #datagrams: DatagramTransport | undefined;

  constructor(halves: TransportHalves) {
    this.#halves = halves;
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
    this.#expect("fresh");
    this.#state = "binding";
    const gate = this.#gate(listener);
    for (let left = this.#halves.attempts ?? 1; ; left--) {
      try {
        return await this.#bindHalves(gate);
      } catch (error) {
        await this.#closeHalves();
        this.#expect("binding");
        // Only a port that nobody asked for is worth another try.
        const taken = error instanceof DatagramsTaken;
        if (!taken || left <= 1) throw taken ? error.cause : error;
      }
    }
  }

  async #bindHalves(gate: TransportListener): Promise<Address> {
    const streams = this.#halves.streams();
    this.#streams = streams;
    const at = await streams.bind(gate);
    this.#expect("binding");
    const datagrams = this.#halves.datagrams(at);
    this.#datagrams = datagrams;
    const beside = await datagrams.bind(gate).catch((error: unknown) => {
      const taken = error instanceof HearsayError && error.code === "ERR_ADDRESS_IN_USE";
      throw taken ? new DatagramsTaken(error) : error;
    });
    this.#expect("binding");
    if (beside !== at) {
      const found = `streams are at ${at}, datagrams at ${beside}`;
      throw new HearsayError("ERR_SOCKET", `both halves must be at one address: ${found}`);
    }
    return at;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.#state === "bound") this.#datagrams?.send(to, bytes);
  }

  open(to: Address, listener: StreamListener): TransportStream {
    if (this.#state !== "bound" || this.#streams === undefined) return INERT_STREAM;
    return this.#streams.open(to, listener);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    await this.#closeHalves();
  }

  async #closeHalves(): Promise<void> {
    await Promise.all([this.#streams?.close(), this.#datagrams?.close()]);
  }

  #expect(state: "fresh" | "binding"): void {
    if (this.#state === state) return;
    const happened = this.#state === "closed" ? "was closed" : "is bound already";
    throw new HearsayError("ERR_STATE", `this transport ${happened}; make a new one to bind`);
  }

  /** Lets nothing through while only one half is up. */
  #gate(listener: TransportListener): TransportListener {
    const open = (): boolean => this.#state === "bound";
    return {
      datagram(from, bytes) {
        if (open()) listener.datagram(from, bytes);
      },
      accept(stream, from) {
        if (open()) return listener.accept(stream, from);
        stream.abort();
        return DEAF_LISTENER;
      },
      trouble(error) {
        if (open()) listener.trouble(error);
      },
    };
  }
}

/** Tells a taken datagram address from a taken stream address. */
class DatagramsTaken extends Error {
  override readonly cause: HearsayError;

  constructor(cause: HearsayError) {
    super("the datagram half found its address in use", { cause });
    this.cause = cause;
  }
}
