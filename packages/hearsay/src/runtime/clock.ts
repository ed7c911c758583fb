/**
 * What a node takes from the platform that it runs on.
 * @module
 */
import type { Aead, Crc32, NonceSource } from "../codec/index.ts";
import type { Address, Instant, Rng } from "../kernel/index.ts";
import type { SnapshotStore } from "./maps/snapshot-store.ts";
import type { Transport } from "./transport.ts";

export interface Clock {
  /** Monotonic. */
  now(): Instant;
  /** Whole seconds since 1970 at boot: the first incarnation. Read once. */
  epochSeconds(): number;
  /** Ms since 1970, as the host's clock shows now: it may be set, forth and back. @default counted on from boot */
  wallMs?(): number;
  /** Calls back at `at` or a little later; returns what cancels it. */
  wake(at: Instant, callback: () => void): () => void;
  /**
   * Calls back after the packets that already wait have been delivered. Who can tell how many it has received
   * may be called back sooner: when no more of them come.
   */
  afterIo(callback: () => void, received?: () => number): void;
}

/** Turns seed texts such as `node1.example:7946` into addresses. */
export interface Resolver {
  /**
   * Every address of a seed; a seed without a port gets `defaultPort`.
   * @throws HearsayError `ERR_RESOLVE` or `ERR_ADDRESS`
   */
  resolve(seed: string, defaultPort: number): Promise<readonly Address[]>;
}

/** pino fits as it is; so does `console` with three lines around it. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A logger that says nothing. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Everything a node takes from the world, in one place. */
export interface Ports {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly resolver: Resolver;
  /** The address to tell others when a wildcard was bound; any other is returned as it is. */
  readonly advertisable: (bound: Address) => Address;
  /** UDP and TCP, or TCP alone, or whatever the platform has. */
  readonly transport: (host: string, port: number, tcpOnly: boolean) => Transport;
  /** Snapshots of maps in a directory. Without it, none are kept there. */
  readonly snapshots?: (directory: string) => SnapshotStore;
  /** @default a table in JavaScript */
  readonly crc32?: Crc32;
  /** What encryption stands on. Without both there is none. */
  readonly aead?: Aead;
  readonly nonces?: NonceSource;
}
