/**
 * One end of a stream, as the system of its host keeps it.
 * @module
 */
import type { StreamInput } from "../composition/index.ts";
import type { Address, StreamId, StreamPart } from "../kernel/index.ts";

/** Bytes written that the other process has not yet read; more waits in the writing process. */
export const WINDOW_BYTES: number = 256 << 10;

/** What streams need of a host. */
export interface TcpHost {
  readonly index: number;
  readonly address: Address;
  /** Where others see it: its own address, unless that is rewritten on the way. */
  readonly seenAs: Address;
  /** Whether a process lives here, be it paused. */
  readonly alive: boolean;
  /** Sockets of the process. */
  readonly sockets: Map<StreamId, Socket>;
  /** A number for a stream that is being accepted. */
  nextAccepted(): StreamId;
  /** Hands an input to the process, at once or when it goes on. */
  hear(socket: Socket, input: StreamInput): void;
}

/** A run of bytes, perhaps never encoded, or a sign. */
export type Segment = Uint8Array | StreamPart | "syn" | "synAck" | "ack" | "refuse" | "fin" | "rst";

/** One end of a stream: what it sends to the other end. */
export class Socket {
  readonly host: TcpHost;
  readonly id: StreamId;
  /** Where the stream leads; for a dialer, whoever lives there when the SYN arrives. */
  readonly to: Address;
  other: Socket | undefined;
  /** Index of the host at the other end, for the way there. */
  otherIndex = -1;
  connected = false;
  /** The process hears no more of it: it has failed, was aborted, or is over. */
  deaf = false;
  /** Our process has finished writing. */
  finishing = false;
  /** Our process has heard that the other has. */
  ended = false;
  finSent = false;
  /** Written by the process, with no room in the window yet. */
  readonly unsent: (Uint8Array | StreamPart)[] = [];
  room: number = WINDOW_BYTES;
  wrote = false;
  /** Sent by the system, with no way through yet. */
  readonly held: Segment[] = [];
  heldSince = 0;
  lastArrival = 0;

  constructor(host: TcpHost, id: StreamId, to: Address) {
    this.host = host;
    this.id = id;
    this.to = to;
  }
}
