/**
 * The contract of what carries bytes: datagrams that may be lost, streams that may break.
 *
 * `hearsay/node` has one on UDP and TCP; `MemoryNetwork` has one for pages and tests; write your own to
 * run over anything else, and prove it with `transportConformance`.
 *
 * Rules for implementations:
 *
 * - Nothing is delivered before `bind` has resolved, and nothing after `close` was called.
 * - No method calls a listener back before it has returned: deliver when the caller's stack has
 *   unwound; a microtask is late enough.
 * - `send`, `write`, `finish` and `abort` never throw for what the network does. A datagram that cannot
 *   be sent is reported to `listener.trouble` or lost; a stream that breaks is `failed`.
 * - A transport is bound once. `close` may be called at any time and more than once; a `bind` that it
 *   overtakes rejects with `ERR_STATE`. A transport that is not bound, or is closed, does nothing.
 * - What has a limit says so by name: beyond it datagrams are lost, and streams fail with `overLimit`.
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
  /**
   * Somebody opened a stream to us. Returns who listens to it. `from` is where the stream comes from;
   * its port need not be the one that the dialer is bound to.
   */
  accept(stream: TransportStream, from: Address): StreamListener;
  trouble(error: Error): void;
}

export type TransportListener = DatagramListener & StreamAcceptor;

/**
 * Hears of one stream. After `failed`, after `ended` with our own side finished, or after `abort`:
 * silence.
 *
 *     dialed      opened ─┐
 *                         ├─ (chunk | writable)* ─ ended ─ writable* ─ failed?
 *     accepted           ─┘
 *     at any moment, at most once, and last:  failed
 */
export interface StreamListener {
  /** A stream that we opened is connected. */
  opened(): void;
  /** Bytes in order; valid only during the call. */
  chunk(bytes: Uint8Array): void;
  /** All that was written has been handed to the system. */
  writable(): void;
  /** The other side has finished writing; what it wrote has all been heard. */
  ended(): void;
  /** The stream is gone: `refused` before it was opened, `reset` when the other side aborted. */
  failed(reason: StreamFailure): void;
}

/** Our end of a stream. Calls after `finish` or on a stream that is gone do nothing. */
export interface TransportStream {
  /**
   * Queues bytes, which stay unchanged from here on; the transport does not change them either. May be
   * called before `opened`. `writable` follows, once for several writes made together.
   */
  write(bytes: Uint8Array): void;
  /** Ends our side when all is written; no `writable` is promised any more. */
  finish(): void;
  /** Drops the stream at once. Unless our side had ended, the other hears `failed`, not `ended`. */
  abort(): void;
}

/** A stream that was gone before it began. */
export const INERT_STREAM: TransportStream = { write() {}, finish() {}, abort() {} };

/** Hears a stream that nobody cares for. */
export const DEAF_LISTENER: StreamListener = {
  opened() {},
  chunk() {},
  writable() {},
  ended() {},
  failed() {},
};

/** The half that carries datagrams. */
export interface DatagramTransport {
  /**
   * Opens the socket and resolves to its address, the port concrete.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_SOCKET`, `ERR_STATE`
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
   * @throws HearsayError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_SOCKET`, `ERR_STATE`
   */
  bind(listener: StreamAcceptor): Promise<Address>;
  /** Dials; `opened` or `failed` follows. There is no time limit: `abort` is the caller's. */
  open(to: Address, listener: StreamListener): TransportStream;
  /** Drops every stream; the other sides hear `failed`, unless our side had already ended. */
  close(): Promise<void>;
}

/** Both halves at one address: what a node needs. */
export interface Transport {
  bind(listener: TransportListener): Promise<Address>;
  send(to: Address, bytes: Uint8Array): void;
  open(to: Address, listener: StreamListener): TransportStream;
  close(): Promise<void>;
}
