/**
 * LZW as Go's `compress/lzw` has it: least significant bit first, eight-bit literals, as in GIF.
 *
 *     0-255   literals
 *     256     clear: forget the table        257   end; without it the data are cut off
 *     258-…   entries: what an earlier entry stood for, and one byte more
 *
 * Codes start at 9 bits and grow to 12 with the table; a full table stays as it is until a clear code.
 * Some encoders open with a clear code, some do not.
 * @module
 */
import { DecodeError, invariant } from "../kernel/index.ts";
import { NO_BYTES } from "./field.ts";

const CLEAR = 256;
const END = 257;
const FIRST_WIDTH = 9;
const MAX_WIDTH = 12;
const TABLE_SIZE = 1 << MAX_WIDTH;
const NONE = -1;

export interface SavedLzwDecoder {
  readonly prefix: readonly number[];
  readonly suffix: Uint8Array;
  /** What has not been handed out. */
  readonly expansion: Uint8Array;
  readonly bits: number;
  readonly bitCount: number;
  readonly width: number;
  readonly next: number;
  readonly last: number;
  readonly ended: boolean;
}

/** Decodes in steps, so that a large body neither blocks the loop nor exists twice. */
export class LzwDecoder {
  /** Whether the end code has been read and all of the output handed out. */
  get finished(): boolean {
    return this.#ended && this.#expansionAt === TABLE_SIZE;
  }
  readonly #prefix = new Uint16Array(TABLE_SIZE);
  readonly #suffix = new Uint8Array(TABLE_SIZE);
  /** What the last code stands for, filled from the end; what is left of it has not been handed out. */
  readonly #expansion = new Uint8Array(TABLE_SIZE);
  #expansionAt = TABLE_SIZE;
  #input = NO_BYTES;
  #inputAt = 0;
  #inputEnd = 0;
  #bits = 0;
  #bitCount = 0;
  #width = FIRST_WIDTH;
  /** The entry that the next code completes. */
  #next = END;
  #last = NONE;
  #ended = false;

  /** Between two inputs: all that was fed has been read. */
  save(): SavedLzwDecoder {
    const [known, at] = [this.#next + 1, this.#expansionAt];
    return {
      prefix: Array.from(this.#prefix.subarray(0, known)),
      suffix: this.#suffix.slice(0, known),
      expansion: this.#expansion.slice(at),
      bits: this.#bits,
      bitCount: this.#bitCount,
      width: this.#width,
      next: this.#next,
      last: this.#last,
      ended: this.#ended,
    };
  }

  restore(saved: SavedLzwDecoder): void {
    this.#prefix.set(saved.prefix);
    this.#suffix.set(saved.suffix);
    this.#expansionAt = TABLE_SIZE - saved.expansion.length;
    this.#expansion.set(saved.expansion, this.#expansionAt);
    this.#bits = saved.bits;
    this.#bitCount = saved.bitCount;
    this.#width = saved.width;
    this.#next = saved.next;
    this.#last = saved.last;
    this.#ended = saved.ended;
  }

  /** Hands in `input[start, end)`, to stay untouched until `read` asks for more. */
  feed(input: Uint8Array, start = 0, end: number = input.length): void {
    invariant(this.#inputAt === this.#inputEnd, "LZW input fed before the last was read");
    this.#input = input;
    this.#inputAt = start;
    this.#inputEnd = end;
  }

  /**
   * Writes output into `target[start, end)` and returns where it ends. Less than asked for means that
   * the input is used up or `finished`.
   * @throws DecodeError `badCompression` for a code that stands for nothing yet
   */
  read(target: Uint8Array, start: number, end: number): number {
    let at = this.#drain(target, start, end);
    while (at < end && !this.#ended) {
      const code = this.#nextCode();
      if (code === NONE) break;
      if (code < CLEAR) {
        this.#learn(code);
        target[at++] = code;
        this.#advance(code);
      } else if (code === CLEAR) {
        this.#width = FIRST_WIDTH;
        this.#next = END;
        this.#last = NONE;
      } else if (code === END) {
        this.#ended = true;
      } else {
        this.#expand(code);
        this.#advance(code);
        at = this.#drain(target, at, end);
      }
    }
    return at;
  }

  #nextCode(): number {
    while (this.#bitCount < this.#width) {
      if (this.#inputAt === this.#inputEnd) return NONE;
      this.#bits |= (this.#input[this.#inputAt++] as number) << this.#bitCount;
      this.#bitCount += 8;
    }
    const code = this.#bits & ((1 << this.#width) - 1);
    this.#bits >>>= this.#width;
    this.#bitCount -= this.#width;
    return code;
  }

  /** Follows the entry back to its first byte. */
  #expand(code: number): void {
    if (code > this.#next)
      throw new DecodeError("badCompression", `LZW code ${code} means nothing yet`);
    let at = TABLE_SIZE;
    let entry = code;
    // The entry that is being made: the last one, and its own first byte again.
    const selfMade = code === this.#next && this.#last !== NONE;
    if (selfMade) {
      entry = this.#last;
      at--;
    }
    while (entry >= CLEAR) {
      this.#expansion[--at] = this.#suffix[entry] as number;
      entry = this.#prefix[entry] as number;
    }
    this.#expansion[--at] = entry;
    if (selfMade) this.#expansion[TABLE_SIZE - 1] = entry;
    this.#expansionAt = at;
    this.#learn(entry);
  }

  /** Completes the pending entry with the first byte of what followed. */
  #learn(byte: number): void {
    if (this.#last === NONE) return;
    this.#prefix[this.#next] = this.#last;
    this.#suffix[this.#next] = byte;
  }

  #advance(code: number): void {
    this.#last = code;
    this.#next++;
    if (this.#next < 1 << this.#width) return;
    if (this.#width < MAX_WIDTH) this.#width++;
    else {
      // The table is full: from here on nothing is learnt.
      this.#last = NONE;
      this.#next--;
    }
  }

  #drain(target: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#expansionAt < TABLE_SIZE) {
      target[at++] = this.#expansion[this.#expansionAt++] as number;
    }
    return at;
  }
}

/**
 * The plaintext of `bytes[start, end)`, all at once.
 * @throws DecodeError `badCompression`, or `tooLarge` when it is more than `maxBytes`
 */
export function decodeLzw(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxBytes: number,
): Uint8Array {
  const decoder = new LzwDecoder();
  decoder.feed(bytes, start, end);
  // Gossip shrinks to a half or a third; a bomb has to earn every doubling.
  let output = new Uint8Array(Math.min(maxBytes + 1, 4 * (end - start) + 64));
  let length = 0;
  for (;;) {
    length = decoder.read(output, length, output.length);
    if (length > maxBytes)
      throw new DecodeError("tooLarge", `more than ${maxBytes} bytes decompressed`);
    if (decoder.finished) return output.subarray(0, length);
    if (length < output.length)
      throw new DecodeError("badCompression", "LZW data without their end");
    const larger = new Uint8Array(Math.min(maxBytes + 1, 2 * output.length));
    larger.set(output);
    output = larger;
  }
}

/** Compresses, byte for byte as Go 1.19 does. */
export function encodeLzw(bytes: Uint8Array): Uint8Array {
  const codes = new CodeWriter();
  const table = new Map<number, number>();
  let width = FIRST_WIDTH;
  let next = END;
  codes.write(CLEAR, width);
  let pending = NONE;

  /** Counts an emitted code; `false` when the table was full and has been cleared. */
  const advance = (): boolean => {
    next++;
    if (next === 1 << width) width++;
    if (next < TABLE_SIZE - 1) return true;
    codes.write(CLEAR, width);
    width = FIRST_WIDTH;
    next = END;
    table.clear();
    return false;
  };

  for (const byte of bytes) {
    const key = (pending << 8) | byte;
    const entry = pending === NONE ? byte : table.get(key);
    if (entry !== undefined) {
      pending = entry;
      continue;
    }
    codes.write(pending, width);
    pending = byte;
    if (advance()) table.set(key, next);
  }
  if (pending !== NONE) {
    codes.write(pending, width);
    advance();
  }
  codes.write(END, width);
  return codes.finish();
}

/** Packs codes, least significant bits first. */
class CodeWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  #bits = 0;
  #bitCount = 0;

  write(code: number, width: number): void {
    this.#bits |= code << this.#bitCount;
    this.#bitCount += width;
    while (this.#bitCount >= 8) this.#emit();
  }

  finish(): Uint8Array {
    if (this.#bitCount > 0) this.#emit();
    return this.#bytes.slice(0, this.#length);
  }

  #emit(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = this.#bits;
    this.#bits >>>= 8;
    this.#bitCount -= 8;
  }
}
