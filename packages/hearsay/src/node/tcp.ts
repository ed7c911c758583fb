/**
 * Streams over TCP.
 *
 * Each side ends by itself (`allowHalfOpen`): `finish` sends FIN after all that was written, `abort` sends
 * RST, so that the other side never takes a stream that broke for one that ended.
 *
 * There are no time limits here but one: a stream that has ended on both sides and still has bytes that
 * the peer does not take is dropped after `lingerMs`. Who dials or waits aborts.
 * @see Node's documentation of `node:net`
 * @module
 */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { addressHost, addressPort, checkInteger, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { INERT_STREAM } from "../runtime/index.ts";
import type {
  StreamAcceptor,
  StreamListener,
  StreamTransport,
  TransportStream,
} from "../runtime/index.ts";
import { familyOf, toAddress } from "./socket-address.ts";
import { bindError, stateError, systemCode } from "./socket-error.ts";
import { TcpStream } from "./tcp-stream.ts";
import type { TcpStreamOwner } from "./tcp-stream.ts";
import { Troubles } from "./troubles.ts";

export interface TcpOptions {
  /** `ip:port`; port 0 takes a free one. IPv6 takes IPv6 alone, `[::]` too. */
  readonly bind: string;
  /**
   * Accepted streams at a time; beyond, they are reset and counted as `acceptedStreams`.
   * @default 1024
   */
  readonly maxAcceptedStreams?: number;
  /**
   * Bytes of one stream that were written and not yet taken by the system; beyond, the stream fails
   * with `overLimit`. Must exceed the largest state that is written in one piece. @default 32 MiB
   */
  readonly maxUnsentBytes?: number;
  /** How long bytes of a stream that both sides have ended may stand still. @default 10000 */
  readonly lingerMs?: number;
}

const DEFAULT_ACCEPTED_STREAMS = 1_024;
const DEFAULT_UNSENT_BYTES = 32 << 20;
const DEFAULT_LINGER_MS = 10_000;
/** Dials that the system may hold for us between two turns of the loop. */
const BACKLOG = 511;

export class TcpStreams implements StreamTransport {
  readonly #at: Address;
  readonly #maxAccepted: number;
  readonly #owner: TcpStreamOwner;
  readonly #troubles = new Troubles((error) => this.#acceptor?.trouble(error));
  readonly #streams = new Set<TcpStream>();
  #accepted = 0;
  #state: "fresh" | "binding" | "bound" | "closed" = "fresh";
  #server: Server | undefined;
  /** Set while something may be delivered. */
  #acceptor: StreamAcceptor | undefined;
  #closing: Promise<void> | undefined;

  /** @throws HearsayError `ERR_ADDRESS` or `ERR_OPTION` */
  constructor(options: TcpOptions) {
    this.#at = parseAddress(options.bind);
    this.#maxAccepted = options.maxAcceptedStreams ?? DEFAULT_ACCEPTED_STREAMS;
    const maxUnsentBytes = options.maxUnsentBytes ?? DEFAULT_UNSENT_BYTES;
    const lingerMs = options.lingerMs ?? DEFAULT_LINGER_MS;
    checkInteger("maxAcceptedStreams", this.#maxAccepted, 1, 1 << 20);
    checkInteger("maxUnsentBytes", maxUnsentBytes, 1, 1 << 30);
    checkInteger("lingerMs", lingerMs, 1, 1 << 30);
    this.#owner = {
      limits: { maxUnsentBytes, lingerMs },
      starved: (error) => this.#noteError(error),
    };
  }

  /** What was refused or went wrong: system codes, `acceptedStreams`. */
  get troubles(): ReadonlyMap<string, number> {
    return this.#troubles.counts;
  }

  /** Sockets that the system holds for us, dialed and accepted. */
  get openStreams(): number {
    return this.#streams.size;
  }

  async bind(acceptor: StreamAcceptor): Promise<Address> {
    if (this.#state !== "fresh") throw stateError(this.#state);
    this.#state = "binding";
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    this.#server = server;
    try {
      await listening(server, this.#at);
    } catch (error) {
      if (this.#isClosed()) throw stateError("closed");
      await this.close();
      throw bindError(error, "TCP", this.#at);
    }
    const local = server.address();
    if (this.#isClosed() || local === null || typeof local === "string") throw stateError("closed");
    server.on("error", (error) => this.#noteError(error));
    server.on("connection", (socket) => this.#accept(socket));
    this.#acceptor = acceptor;
    this.#state = "bound";
    return toAddress(local.address, local.port) as Address;
  }

  open(to: Address, listener: StreamListener): TransportStream {
    if (this.#state !== "bound") return INERT_STREAM;
    const host = addressHost(to);
    const socket = connect({ host, port: addressPort(to), allowHalfOpen: true, noDelay: true });
    const stream = this.#keep(socket);
    stream.listen(listener);
    return stream;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#state = "closed";
    this.#acceptor = undefined;
    const server = this.#server;
    const stopped = new Promise<void>((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
    await Promise.all([stopped, ...Array.from(this.#streams, (stream) => stream.leave())]);
  }

  /** Asked after an `await`, where the compiler believes that nothing has changed. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #accept(socket: Socket): void {
    const stream = this.#keep(socket);
    const { remoteAddress, remotePort } = socket;
    const acceptor = this.#acceptor;
    // The peer may be gone already; then there is no address to tell.
    const from =
      remoteAddress === undefined ? undefined : toAddress(remoteAddress, remotePort ?? 0);
    if (acceptor === undefined || from === undefined) {
      stream.abort();
      return;
    }
    if (this.#accepted >= this.#maxAccepted) {
      const rule = `${this.#maxAccepted} are open already (maxAcceptedStreams)`;
      this.#troubles.note("acceptedStreams", "ERR_SOCKET", () => `a stream from ${from}: ${rule}`);
      stream.abort();
      return;
    }
    this.#accepted++;
    socket.once("close", () => this.#accepted--);
    stream.listen(acceptor.accept(stream, from));
  }

  #keep(socket: Socket): TcpStream {
    const stream = new TcpStream(socket, this.#owner);
    this.#streams.add(stream);
    socket.once("close", () => this.#streams.delete(stream));
    return stream;
  }

  #noteError(error: Error): void {
    const code = systemCode(error);
    const describe = (): string => `the TCP socket at ${this.#at} reports ${error.message}`;
    this.#troubles.note(code, "ERR_SOCKET", describe, error);
  }
}

function listening(server: Server, at: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for good: after the first settling it does nothing, and no error is left unheard.
    server.on("error", reject);
    server.on("close", () => reject(new Error("closed while binding")));
    server.listen(
      {
        host: addressHost(at),
        port: addressPort(at),
        backlog: BACKLOG,
        ipv6Only: familyOf(at) === 6,
        // In a cluster's workers a node would else share its port with its siblings.
        exclusive: true,
      },
      resolve,
    );
  });
}
