/**
 * Finds where memberlist's one message on a stream ends, while it is written.
 *
 *     00 02 09 0D   one value
 *     06            header, `Nodes` values, `UserStateLen` bytes
 *     08            header, `UserMsgLen` bytes
 *
 * memberlist reads one encrypted frame each way, so a message must be whole before it is sealed; who writes
 * it piece by piece says nowhere that it is.
 * @see docs/decisions/0009-whole-before-sealed.md
 * @module
 */
import type { Field } from "./field.ts";
import { int } from "./field.ts";
import { skipValue } from "./msgpack-read.ts";
import type { Reader } from "./reader.ts";
import { StreamReader } from "./stream-reader.ts";
import { named, struct } from "./struct.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/** What follows a header. Fields that are not of interest here are skipped. */
interface Announced {
  readonly rows: number;
  readonly stateBytes: number;
  readonly messageBytes: number;
}

const ANNOUNCED: Field<Announced> = struct<Announced>({
  rows: named("Nodes", int()),
  stateBytes: named("UserStateLen", int()),
  messageBytes: named("UserMsgLen", int()),
});

export class StreamMessageEnd {
  readonly #waiting = new StreamReader(Infinity);
  #type: number | undefined;
  #hasHeader = false;
  #valuesLeft = 0;
  #bytesLeft = 0;

  /** Takes what is written next; true once the message is whole. */
  push(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes);
    this.#type ??= this.#waiting.takeUpTo(1)[0];
    if (this.#type === undefined || !this.#readHeader(this.#type)) return false;
    while (this.#valuesLeft > 0) {
      if (this.#waiting.tryRead(passValue, Infinity) === undefined) return false;
      this.#valuesLeft--;
    }
    this.#bytesLeft -= this.#waiting.takeUpTo(this.#bytesLeft).length;
    return this.#bytesLeft === 0;
  }

  #readHeader(type: number): boolean {
    if (this.#hasHeader) return true;
    if (type === TYPE_BYTE.pushPull || type === TYPE_BYTE.user) {
      const header = this.#waiting.tryRead(readAnnounced, Infinity);
      if (header === undefined) return false;
      this.#valuesLeft = header.rows;
      this.#bytesLeft = Math.max(0, header.stateBytes) + Math.max(0, header.messageBytes);
    } else this.#valuesLeft = 1;
    this.#hasHeader = true;
    return true;
  }
}

function readAnnounced(reader: Reader): Announced {
  return ANNOUNCED.read(reader);
}

function passValue(reader: Reader): true {
  skipValue(reader);
  return true;
}
