/**
 * One line of input: the bytes of a packet in hex.
 * @module
 */

/** The longest UDP datagram there is. */
export const MAX_PACKET_BYTES = 0xffff;

/** Label, header and the largest user state, each with room to spare; memberlist's own limit is half of it. */
export const MAX_STREAM_BYTES: number = 48 * 1024 * 1024;

/** Spaces, a prefix and a comment may take as much again. */
export function maxLineChars(maxBytes: number): number {
  return 4 * maxBytes + 1024;
}

/** What is wrong with a line, in words. */
export class HexError extends Error {
  override readonly name = "HexError";
}

/**
 * The bytes, `undefined` for a line that is blank or a comment. Case, white space, colons between bytes and
 * a leading 0x do not matter; `#` begins a comment.
 * @throws HexError
 */
export function parseHexLine(line: string, maxBytes: number): Uint8Array | undefined {
  const comment = line.indexOf("#");
  const text = (comment < 0 ? line : line.slice(0, comment)).trim();
  if (text === "") return undefined;
  const digits = text.replace(/^0x/iu, "").replaceAll(/[\s:]+/gu, "");
  const stranger = digits.search(/[^0-9a-f]/iu);
  if (stranger >= 0) {
    const shown = JSON.stringify(String.fromCodePoint(digits.codePointAt(stranger) as number));
    throw new HexError(`expected hex digits, got ${shown} as digit ${stranger + 1}`);
  }
  if (digits.length % 2 === 1) {
    throw new HexError(`expected two hex digits a byte, got ${digits.length} digits`);
  }
  if (digits.length / 2 > maxBytes) throw tooLong(maxBytes);
  return new Uint8Array(Buffer.from(digits, "hex"));
}

export function tooLong(maxBytes: number): HexError {
  return new HexError(`expected at most ${maxBytes} bytes, got more`);
}
