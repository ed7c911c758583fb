/**
 * What waits for a process that is paused or busy, in the order in which it came.
 *
 *     datagrams     as many as the socket's buffer holds; more are lost
 *     streams       as much as their windows let through
 *     the timer     once
 *
 * @module
 */
import type { NodeInput, StreamInput } from "../composition/index.ts";
import type { Socket } from "./socket.ts";
import type { Datagram } from "./udp.ts";

/** Linux' default receive buffer. */
const SOCKET_BUFFER_BYTES = 212_992;
/** What Linux charges for a datagram beside its payload: 92 packets of 1400 bytes fit the default. */
const DATAGRAM_CHARGE_BYTES = 900;

export type Waiting =
  | { readonly timer: true }
  | { readonly datagram: Datagram }
  | { readonly socket: Socket; readonly input: StreamInput }
  | { readonly command: NodeInput };

const TIMER: Waiting = { timer: true };

export class WaitingRoom {
  readonly #bufferBytes: number;
  #waiting: Waiting[] = [];
  #bufferedBytes = 0;
  #hasTimer = false;

  constructor(bufferBytes: number = SOCKET_BUFFER_BYTES) {
    this.#bufferBytes = bufferBytes;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** False if the socket's buffer is full. */
  addDatagram(datagram: Datagram): boolean {
    const charge = datagram.size + DATAGRAM_CHARGE_BYTES;
    if (this.#bufferedBytes + charge > this.#bufferBytes) return false;
    this.#bufferedBytes += charge;
    this.#waiting.push({ datagram });
    return true;
  }

  addTimer(): void {
    if (!this.#hasTimer) this.#waiting.push(TIMER);
    this.#hasTimer = true;
  }

  /** The one that has waited longest. */
  next(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (next === TIMER) this.#hasTimer = false;
    if (next !== undefined && "datagram" in next) {
      this.#bufferedBytes -= next.datagram.size + DATAGRAM_CHARGE_BYTES;
    }
    return next;
  }

  /** All of them, oldest first. */
  empty(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#hasTimer = false;
    this.#bufferedBytes = 0;
    return waiting;
  }
}
