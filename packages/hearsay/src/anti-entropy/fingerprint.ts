/**
 * Fingerprints: 64 bits that stand for text, bytes or whole sets, in two 32-bit lanes.
 *
 *     "key" ─▶ high: where it lies among all keys      low: what tells it from others there
 *     set   ─▶ sum of its members' lanes, each modulo 2³²: a member comes and goes by one addition
 *
 * They differ by accident once in 2⁶⁴. They are no signatures: who may write into a store can make entries whose sum is what
 * they like, and so hide them from a comparison, until the next change.
 * @module
 */

export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

const [PRIME_1, PRIME_2, PRIME_3, PRIME_4] = [2654435761, 1597334677, 2246822507, 3266489909];

/** A hash on its way: numbers, text and bytes are mixed in one after another. */
export class Hasher {
  #high = 0;
  #low = 0;

  begin(seed: number): this {
    this.#high = 0xdeadbeef ^ seed;
    this.#low = 0x41c6ce57 ^ seed;
    return this;
  }

  /** 32 bits. */
  word(word: number): this {
    this.#high = Math.imul(this.#high ^ word, PRIME_1);
    this.#low = Math.imul(this.#low ^ word, PRIME_2);
    // What is high must come down, or the lowest bit of many inputs decides nothing.
    this.#high ^= this.#high >>> 15;
    this.#low ^= this.#low >>> 13;
    return this;
  }

  /** Any number that is safe as an integer, or a fraction. */
  number(value: number): this {
    const high = Math.floor(value / 0x1_0000_0000);
    return this.word(high | 0).word((value - high * 0x1_0000_0000) | 0);
  }

  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    return this.word(text.length);
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.word(byte);
    return this.word(bytes.length);
  }

  get high(): number {
    return finish(this.#high, this.#low);
  }

  get low(): number {
    return finish(this.#low, this.#high);
  }

  end(): Fingerprint {
    return { high: this.high, low: this.low };
  }
}

/** One serves all who hash at once: nobody is interrupted. */
export const HASHER: Hasher = /* @__PURE__ */ new Hasher();

export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return HASHER.begin(0).bytes(bytes).end();
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.high === b.high && a.low === b.low;
}

/** Spreads every bit over all of them (the end of MurmurHash3). */
function finish(a: number, b: number): number {
  let mixed = Math.imul(a ^ (a >>> 16), PRIME_3);
  mixed ^= Math.imul(b ^ (b >>> 13), PRIME_4);
  mixed = Math.imul(mixed ^ (mixed >>> 16), PRIME_3);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
