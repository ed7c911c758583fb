/**
 * The recording adapter: what a node asks of its host, as an array.
 *
 * For tests, tutorials, and whoever wants "a tick returns effects".
 * @module
 */
import type { Address, NodeEvent, PeerId, StreamId } from "../kernel/index.ts";
import type { NodeEffects } from "./host.ts";
import type { Packet } from "./packet.ts";

/** One call on `NodeEffects`, as a value. */
export type NodeEffect =
  | {
      readonly type: "datagram";
      readonly to: Address;
      readonly peer: PeerId;
      readonly packet: Packet;
      readonly checksum: boolean;
    }
  | { readonly type: "open"; readonly stream: StreamId; readonly to: Address }
  | { readonly type: "write"; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: "finish"; readonly stream: StreamId }
  | { readonly type: "abort"; readonly stream: StreamId }
  | { readonly type: "notify"; readonly event: NodeEvent };

export class RecordedNodeEffects implements NodeEffects {
  #effects: NodeEffect[] = [];

  /** What was asked since the last call, in order. */
  take(): NodeEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  datagram(to: Address, peer: PeerId, packet: Packet, checksum: boolean): void {
    this.#effects.push({ type: "datagram", to, peer, packet, checksum });
  }

  open(stream: StreamId, to: Address): void {
    this.#effects.push({ type: "open", stream, to });
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    this.#effects.push({ type: "write", stream, bytes });
  }

  finish(stream: StreamId): void {
    this.#effects.push({ type: "finish", stream });
  }

  abort(stream: StreamId): void {
    this.#effects.push({ type: "abort", stream });
  }

  notify(event: NodeEvent): void {
    this.#effects.push({ type: "notify", event });
  }
}
