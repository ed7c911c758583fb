/**
 * One TCP connection as a stream.
 *
 *     our side     writing ── finish ──▶ finishing ── all taken ──▶ FIN sent
 *     their side   reading ── FIN ─────▶ ended
 *     both ended, failed or aborted ──▶ silent
 *
 * Gotchas: when our side has ended, a reset of the other that comes right behind its last data may be heard
 * as an end (see `#probeEnd`). Protocols should tell their lengths, as memberlist's do.
 * @module
 */
import type { Socket } from "node:net";
import { DEAF_LISTENER } from "../runtime/index.ts";
import type { StreamFailure } from "../kernel/index.ts";
import type { StreamListener, TransportStream } from "../runtime/index.ts";
import { systemCode } from "./socket-error.ts";

export interface TcpStreamLimits {
  readonly maxUnsentBytes: number;
  readonly lingerMs: number;
}

export interface TcpStreamOwner {
  readonly limits: TcpStreamLimits;
  /** This process lacks something that the system would need: files, memory. */
  starved(error: Error): void;
}

const NOTHING = new Uint8Array(0);

export class TcpStream implements TransportStream {
  readonly #socket: Socket;
  readonly #owner: TcpStreamOwner;
  readonly #closed: Promise<void>;
  #listener: StreamListener = DEAF_LISTENER;
  #connected: boolean;
  #untakenWrites = 0;
  /** What is written in one turn of the event loop goes out in one call of the system. */
  #corked = false;
  #finishing = false;
  #heardEnd = false;
  /** The listener hears nothing any more. */
  #silent = false;
  /** Known before the socket says that it is closed. */
  #failure: StreamFailure | undefined;

  constructor(socket: Socket, owner: TcpStreamOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#connected = !socket.connecting;
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("connect", () => {
      this.#connected = true;
      if (!this.#silent) this.#listener.opened();
    });
    socket.on("data", (bytes: Uint8Array) => {
      if (!this.#silent) this.#listener.chunk(bytes);
    });
    socket.on("end", () => this.#probeEnd());
    // Stays for good: an 'error' event without a listener would end the process.
    socket.on("error", (error) => this.#fail(this.#failureOf(error)));
    socket.on("close", () => this.#fail(this.#failure ?? "reset"));
  }

  /** Resolves when the system has let go of the socket. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): void {
    if (this.#silent || this.#finishing) return;
    const socket = this.#socket;
    if (socket.writableLength + bytes.length > this.#owner.limits.maxUnsentBytes) {
      this.#failure = "overLimit";
      this.#reset();
      process.nextTick(() => this.#fail("overLimit"));
      return;
    }
    this.#untakenWrites++;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(this.#uncork);
    }
    socket.write(bytes, this.#taken);
  }

  finish(): void {
    if (this.#silent || this.#finishing) return;
    this.#finishing = true;
    // Ending the socket only now would make a later `reset` impossible while writes wait.
    if (this.#untakenWrites === 0) this.#socket.end();
    if (this.#heardEnd) this.#linger();
  }

  abort(): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#reset();
  }

  /** The transport closes: a side that has ended stays ended, the rest breaks. */
  leave(): Promise<void> {
    this.#silent = true;
    if (this.#socket.writableFinished) this.#socket.destroy();
    else this.#reset();
    return this.#closed;
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };

  /** The system has taken one write. */
  readonly #taken = (error?: Error | null): void => {
    this.#untakenWrites--;
    if (this.#untakenWrites > 0 || error) return;
    if (this.#finishing) this.#socket.end();
    else if (!this.#silent) this.#listener.writable();
  };

  /**
   * libuv reports a reset that came right behind data as an end. While our side is open the system tells
   * them apart: a write of nothing sends nothing, and fails if the connection is gone.
   */
  #probeEnd(): void {
    if (this.#silent) return;
    const canProbe = !this.#finishing && this.#socket.writableLength === 0;
    if (!canProbe) return this.#hearEnd();
    this.#socket.write(NOTHING, (error) => {
      if (!error) this.#hearEnd();
    });
  }

  #hearEnd(): void {
    if (this.#silent) return;
    this.#heardEnd = true;
    this.#listener.ended();
    if (this.#finishing) this.#linger();
  }

  /** Both sides have ended. A peer that does not read must not hold our bytes for ever. */
  #linger(): void {
    this.#silent = true;
    this.#socket.setTimeout(this.#owner.limits.lingerMs, () => this.#reset());
  }

  #fail(reason: StreamFailure): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#listener.failed(reason);
  }

  #failureOf(error: Error): StreamFailure {
    switch (systemCode(error)) {
      case "ETIMEDOUT":
        return "timedOut";
      case "EMFILE":
      case "ENFILE":
      case "ENOBUFS":
      case "ENOMEM":
        this.#owner.starved(error);
        return "overLimit";
      default:
        return this.#connected ? "reset" : "refused";
    }
  }

  /** Sends RST where there is a connection that we have not ended, and drops the socket in any case. */
  #reset(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // libuv refuses to reset a socket whose FIN is on its way, and Node would leak it then. Where it is sent, the other
    // side knows that we have ended, and need not be told otherwise.
    if (!this.#connected || socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }
}
