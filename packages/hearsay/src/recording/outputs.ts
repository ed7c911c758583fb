/**
 * What a node asks of its host, written down on its way there.
 * @module
 */
import type { NodeEffects, Packet } from "../composition/index.ts";
import type { Address, NodeEvent, PeerId, Saved, StreamId, StreamPart } from "../kernel/index.ts";
import { hashOf } from "./format.ts";
import type { Digest, RecordedOutput } from "./format.ts";

export class Outputs implements NodeEffects {
  readonly #payloads: boolean;
  #host: NodeEffects | undefined;
  #taken: RecordedOutput[] = [];

  /** `payloads` keeps the bytes of everything beside their digests. */
  constructor(payloads: boolean) {
    this.#payloads = payloads;
  }

  /** What is asked from here on goes to `host`, if there is one. */
  begin(host?: NodeEffects): void {
    this.#host = host;
    this.#taken = [];
  }

  /** What was asked since `begin`. */
  take(): readonly RecordedOutput[] {
    return this.#taken;
  }

  datagram(to: Address, peer: PeerId, packet: Packet, checksum: boolean): void {
    const messages = packet.parts.map(({ message }) => message.type);
    const content = this.#digest(bytesOf(packet));
    this.#taken.push({ type: "datagram", to, messages, checksum, content });
    this.#host?.datagram(to, peer, packet, checksum);
  }

  open(stream: StreamId, to: Address): void {
    this.#taken.push({ type: "open", stream, to });
    this.#host?.open(stream, to);
  }

  write(stream: StreamId, bytes: Uint8Array): void {
    this.#taken.push({ type: "write", stream, content: this.#digest(bytes) });
    this.#host?.write(stream, bytes);
  }

  writePart(stream: StreamId, part: StreamPart): void {
    const bytes = part.encode();
    const host = this.#host;
    if (host?.writePart === undefined) return this.write(stream, bytes);
    this.#taken.push({ type: "write", stream, content: this.#digest(bytes) });
    host.writePart(stream, part);
  }

  finish(stream: StreamId): void {
    this.#taken.push({ type: "finish", stream });
    this.#host?.finish(stream);
  }

  abort(stream: StreamId): void {
    this.#taken.push({ type: "abort", stream });
    this.#host?.abort(stream);
  }

  notify(event: NodeEvent): void {
    this.#taken.push({ type: "notify", event: this.#withoutPayload(event) });
    this.#host?.notify(event);
  }

  /** What an application sends another is in the field `payload` of whatever event brings it. */
  #withoutPayload(event: NodeEvent & { readonly payload?: unknown }): Saved {
    const { payload } = event;
    return payload instanceof Uint8Array ? { ...event, payload: this.#digest(payload) } : event;
  }

  #digest(bytes: Uint8Array): Digest {
    const [size, hash] = [bytes.length, hashOf(bytes)];
    return this.#payloads ? { size, hash, bytes } : { size, hash };
  }
}

/** A packet as it is before anything is put around it. */
export function bytesOf(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(packet.size);
  packet.encodeInto(bytes, 0);
  return bytes;
}
