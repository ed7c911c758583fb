/**
 * The contract between a node and the world that hosts it: real sockets, the simulator, a test.
 *
 * The host queues what it is told during `handle` or does it at once; it never calls the node back
 * from inside an effect. It keeps one timer, for the node's `deadline`.
 * @module
 */
import type {
  Address,
  Command,
  NodeEvent,
  PeerId,
  StreamFailure,
  StreamId,
  StreamPart,
} from "../kernel/index.ts";
import type { Packet } from "./packet.ts";

export type NodeInput =
  /** Once, before anything else. */
  | { readonly type: "start" }
  /** The node's `deadline` has come. */
  | { readonly type: "timeout" }
  /** The plain bytes of one datagram, its envelope opened. Valid only during `handle`. */
  | { readonly type: "datagram"; readonly from: Address; readonly bytes: Uint8Array }
  /** The same, never encoded: a simulator's short cut. */
  | { readonly type: "packet"; readonly from: Address; readonly packet: Packet }
  | { readonly type: "command"; readonly tenant: string; readonly command: Command }
  | StreamInput;

export type StreamInput =
  /** Somebody dialed us. The host numbers such streams -1, -2, … */
  | { readonly type: "accepted"; readonly stream: StreamId; readonly from: Address }
  | { readonly type: "opened"; readonly stream: StreamId }
  /** Valid only during `handle`. */
  | {
      readonly type: "chunk";
      readonly stream: StreamId;
      readonly bytes: Uint8Array;
      /** The same, never encoded: a simulator's short cut. */
      readonly part?: StreamPart;
    }
  /** All that was written has been handed on; there is room for more. */
  | { readonly type: "writable"; readonly stream: StreamId }
  | { readonly type: "ended"; readonly stream: StreamId }
  | { readonly type: "failed"; readonly stream: StreamId; readonly reason: StreamFailure };

export interface NodeEffects {
  /** One datagram. `peer` is known for routing inside a simulator; sockets use `to` alone. */
  datagram(to: Address, peer: PeerId, packet: Packet, checksum: boolean): void;
  /** Opens a stream; `opened` or `failed` follows. */
  open(stream: StreamId, to: Address): void;
  /** The bytes are the host's from here on. May come before `opened`: the host keeps them. */
  write(stream: StreamId, bytes: Uint8Array): void;
  /** The same of a part; hosts that always want bytes leave it out. */
  writePart?(stream: StreamId, part: StreamPart): void;
  /** Ends our side when all is written; the stream is gone when the other side has ended, too. */
  finish(stream: StreamId): void;
  /** Drops the stream; no input about it follows. */
  abort(stream: StreamId): void;
  /** Something for the application. */
  notify(event: NodeEvent): void;
}
