/**
 * A cipher for virtual time: it tells keys apart and finds flipped bytes as the real one does, and keeps no secret.
 *
 *     ciphertext = plaintext ⊕ stream(key, nonce)         tag = sum(key, nonce, aad, ciphertext), four times 32 bits
 *
 * The core has no ciphers of its own: hosts bring theirs, and this is the simulator's. It takes a fraction of the time,
 * and gives the same bytes in every engine.
 * @module
 */
import { NONCE_BYTES, TAG_BYTES } from "../codec/index.ts";
import type { Aead, AeadKey, NonceSource } from "../codec/index.ts";

const PRIME = 0x0100_0193;
const OTHER_PRIME = 0x85eb_ca6b;
const GOLDEN = 0x9e37_79b9;
const WORD_BYTES = 4;

/** Never to be used where a secret is to be kept. */
export const virtualAead: Aead = { importKey: (bytes) => new VirtualKey(bytes) };

class VirtualKey implements AeadKey {
  readonly fingerprint: string;
  readonly #first: number;
  readonly #second: number;

  constructor(bytes: Uint8Array) {
    this.#first = sum(bytes, 0, bytes.length, GOLDEN, PRIME);
    this.#second = sum(bytes, 0, bytes.length, 1, OTHER_PRIME);
    this.fingerprint = hex(this.#first) + hex(this.#second);
  }

  seal(buffer: Uint8Array, start: number, end: number, aad: Uint8Array): void {
    this.#stream(buffer, start, end, buffer, start);
    this.#tag(buffer, start, end, aad, (at, byte) => {
      buffer[end + at] = byte;
      return true;
    });
  }

  open(bytes: Uint8Array, start: number, end: number, aad: Uint8Array): Uint8Array | undefined {
    const isSound = this.#tag(bytes, start, end, aad, (at, byte) => bytes[end + at] === byte);
    if (!isSound) return undefined;
    const plain = new Uint8Array(end - start);
    this.#stream(bytes, start, end, plain, 0);
    return plain;
  }

  /** Puts `from[start, end)`, plain or sealed, into `to` as the other of the two. */
  #stream(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
    const state = sum(from, start - NONCE_BYTES, start, this.#first, PRIME);
    let word = 0;
    for (let i = 0; i < end - start; i++) {
      if (i % WORD_BYTES === 0) word = mix(state + Math.imul(i + 1, GOLDEN));
      else word >>>= 8;
      to[at + i] = (from[start + i] as number) ^ (word & 0xff);
    }
  }

  /** Shows each byte of the tag until `visit` wants no more; returns whether it has wanted all. */
  #tag(
    bytes: Uint8Array,
    start: number,
    end: number,
    aad: Uint8Array,
    visit: (at: number, byte: number) => boolean,
  ): boolean {
    const first = sum(aad, 0, aad.length, this.#first, PRIME);
    const second = sum(aad, 0, aad.length, this.#second, OTHER_PRIME);
    const a = sum(bytes, start - NONCE_BYTES, end, first, PRIME);
    const b = sum(bytes, start - NONCE_BYTES, end, second, OTHER_PRIME);
    const words = [mix(a), mix(b), mix(a + b), mix(a ^ Math.imul(b, GOLDEN))];
    for (let at = 0; at < TAG_BYTES; at++) {
      const word = words[at >> 2] as number;
      if (!visit(at, (word >>> (8 * (at % WORD_BYTES))) & 0xff)) return false;
    }
    return true;
  }
}

/** Nonces that count up, those of each node apart from those of all others. */
export class CountedNonces implements NonceSource {
  readonly #owner: number;
  #count = 0;

  constructor(owner: number) {
    this.#owner = owner;
  }

  write(target: Uint8Array, at: number): void {
    const view = new DataView(target.buffer, target.byteOffset + at, NONCE_BYTES);
    view.setUint32(0, this.#owner);
    view.setUint32(4, 0);
    view.setUint32(8, ++this.#count);
  }
}

/** Fowler, Noll and Vo's sum of `bytes[start, end)`, from `first` on. */
function sum(bytes: Uint8Array, start: number, end: number, first: number, prime: number): number {
  let total = first;
  for (let i = start; i < end; i++) total = Math.imul(total ^ (bytes[i] as number), prime);
  return mix(total + end - start);
}

function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb_352d);
  x = Math.imul(x ^ (x >>> 15), 0x846c_a68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
