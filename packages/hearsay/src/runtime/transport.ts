/**
 * The contract of what carries bytes: datagrams that may be lost, streams that may break.
 *
 * `hearsay/node` has one on UDP and TCP; `MemoryNetwork` has one for pages and tests; write your own to
 * run over anything else, and prove it with `transportConformance`.
 *
 * Rules for implementations:
 *
 * - Nothing is delivered before `bind` has resolved, and nothing after `close` was called.
 * - No method calls a listener back before it has returned: deliver in a later turn of the loop.
 * - `send`, `write`, `finish` and `abort` never throw for what the network does. A datagram that cannot
 *   be sent is reported to `listener.trouble` or lost; a stream that breaks is `failed`.
 * @module
 */
import type { Address, StreamFailure } from "../kernel/index.ts";

export interface DatagramListener {
  /** One datagram; the bytes are valid only during the call. */
  datagram(from: Address, bytes: Uint8Array): void;
  /** Something went wrong that has no other place: a socket error, a datagram refused by the system. */
  trouble(error: Error): void;
}

export interface StreamAcceptor {
  /** Somebody opened a stream to us. Returns who listens to it. */
  accept(stream: TransportStream, from: Address): StreamListener;
  trouble(error: Error): void;
}

export type TransportListener = DatagramListener & StreamAcceptor;

/** Hears of one stream. After `failed`, after `ended` with our own side finished, or after `abort`: silence. */
export interface StreamListener {
  /** A stream that we opened is connected. */
  opened(): void;
  /** Bytes in order; valid only during the call. */
  chunk(bytes: Uint8Array): void;
  /** All that was written has been handed to the system. */
  writable(): void;
  /** The other side has finished writing. */
  ended(): void;
  failed(reason: StreamFailure): void;
}

export interface TransportStream {
  /** Queues bytes, which are the transport's from here on. `writable` follows. */
  write(bytes: Uint8Array): void;
  /** Ends our side when all is written. */
  finish(): void;
  /** Drops the stream at once. */
  abort(): void;
}

/** The half that carries datagrams. */
export interface DatagramTransport {
  /**
   * Opens the socket and resolves to its address, the port concrete.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE` or `ERR_SOCKET`
   */
  bind(listener: DatagramListener): Promise<Address>;
  /** Sends if it can; the bytes may be reused by the caller once this returns. */
  send(to: Address, bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** The half that carries streams. */
export interface StreamTransport {
  /**
   * Starts to listen and resolves to its address, the port concrete.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE` or `ERR_SOCKET`
   */
  bind(listener: StreamAcceptor): Promise<Address>;
  open(to: Address, listener: StreamListener): TransportStream;
  close(): Promise<void>;
}

/** Both halves at one address: what a node needs. */
export interface Transport {
  bind(listener: TransportListener): Promise<Address>;
  send(to: Address, bytes: Uint8Array): void;
  open(to: Address, listener: StreamListener): TransportStream;
  close(): Promise<void>;
}
