/**
 * UTF-8, strictly: what is not valid is refused, never replaced.
 *
 * A decoder that writes U+FFFD for what it cannot read makes one name out of two, and two nodes of that
 * name would fight for it until an operator notices.
 * @module
 */
import { DecodeError, optionError } from "../kernel/index.ts";

/**
 * Bytes that `text` takes as UTF-8.
 * @throws HearsayError `ERR_OPTION` when it holds half of a surrogate pair
 */
export function utf8Size(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) size += 1;
    else if ((unit & 0xf800) !== 0xd800) size += 2;
    else {
      // A pair is two units in the string and four bytes on the wire.
      readPair(text, i);
      size += 2;
      i++;
    }
  }
  return size;
}

/** Writes `text` at `at`, returns where it ends. Needs `utf8Size(text)` bytes. */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      target[at++] = code;
      continue;
    }
    if (code < 0x800) {
      target[at++] = 0xc0 | (code >> 6);
    } else {
      if ((code & 0xf800) === 0xd800) {
        code = readPair(text, i++);
        target[at++] = 0xf0 | (code >> 18);
        target[at++] = 0x80 | ((code >> 12) & 0x3f);
      } else {
        target[at++] = 0xe0 | (code >> 12);
      }
      target[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    target[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** The bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Size(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/**
 * The text in `bytes[start, end)`.
 * @throws DecodeError `notUtf8` for anything that a strict encoder would not have written
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  let at = start;
  // Names are nearly always ASCII and short: eight characters a step, no per-character strings.
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const e = bytes[at + 4] as number;
    const f = bytes[at + 5] as number;
    const g = bytes[at + 6] as number;
    const h = bytes[at + 7] as number;
    if ((a | b | c | d | e | f | g | h) >= 0x80) break;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  while (at < end) {
    const lead = bytes[at++] as number;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const more = continuationBytes(lead);
    if (at + more > end) throw notUtf8();
    let code = lead & (0x3f >> more);
    for (let i = 0; i < more; i++) {
      const next = bytes[at++] as number;
      if ((next & 0xc0) !== 0x80) throw notUtf8();
      code = (code << 6) | (next & 0x3f);
    }
    const overlong = code < (SMALLEST[more] as number);
    if (overlong || code > 0x10ffff || (code & 0x1ff800) === 0xd800) throw notUtf8();
    text += String.fromCodePoint(code);
  }
  return text;
}

/** Smallest code point that needs so many continuation bytes. */
const SMALLEST: readonly number[] = [0, 0x80, 0x800, 0x10000];

function continuationBytes(lead: number): number {
  if (lead >= 0xc2 && lead < 0xe0) return 1;
  if (lead >= 0xe0 && lead < 0xf0) return 2;
  if (lead >= 0xf0 && lead < 0xf5) return 3;
  throw notUtf8();
}

function notUtf8(): DecodeError {
  return new DecodeError("notUtf8", "text that is not valid UTF-8");
}

/** The code point of the surrogate pair at `i`. */
function readPair(text: string, i: number): number {
  const high = text.charCodeAt(i);
  const low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
  if (high >= 0xdc00 || (low & 0xfc00) !== 0xdc00) {
    throw optionError("text", "well-formed Unicode, no lone surrogates", text);
  }
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}
