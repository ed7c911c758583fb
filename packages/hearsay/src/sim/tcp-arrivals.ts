/**
 * What is to come for streams: segments under way, and what the systems of hosts have in mind.
 * @module
 */
import { ChunkOfPart } from "../kernel/index.ts";
import type { StreamId, StreamPart } from "../kernel/index.ts";
import type { Segment, Socket } from "./socket.ts";
import type { Due } from "./timeline.ts";

/** Where it happens. */
export interface ArrivalPlace {
  arrive(socket: Socket, segment: Segment): void;
  giveUp(socket: Socket, since: number): void;
}

/** A chunk that is a part, never encoded. */
export class StreamPartChunk extends ChunkOfPart {
  readonly stream: StreamId;

  constructor(stream: StreamId, part: StreamPart) {
    super(part);
    this.stream = stream;
  }
}

/** Bytes of payload. */
export function sizeOf(segment: Segment): number {
  if (typeof segment === "string") return 0;
  return segment instanceof Uint8Array ? segment.length : segment.size;
}

/** A segment under way. */
export class Arrival implements Due {
  readonly #tcp: ArrivalPlace;
  readonly #socket: Socket;
  readonly #segment: Segment;

  constructor(tcp: ArrivalPlace, socket: Socket, segment: Segment) {
    this.#tcp = tcp;
    this.#socket = socket;
    this.#segment = segment;
  }

  due(): void {
    this.#tcp.arrive(this.#socket, this.#segment);
  }
}

/** All that was written has gone to the system. */
export class Drained implements Due {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  due(): void {
    const { host, id } = this.#socket;
    if (!this.#socket.finishing) host.hear(this.#socket, { type: "writable", stream: id });
  }
}

/** The system stops trying to get something through. */
export class GiveUp implements Due {
  readonly #tcp: ArrivalPlace;
  readonly #socket: Socket;
  readonly #since: number;

  constructor(tcp: ArrivalPlace, socket: Socket, since: number) {
    this.#tcp = tcp;
    this.#socket = socket;
    this.#since = since;
  }

  due(): void {
    this.#tcp.giveUp(this.#socket, this.#since);
  }
}
