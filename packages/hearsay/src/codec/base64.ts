/**
 * Standard base64 with padding, as Serf writes keys (RFC 4648 §4). Strict: one text for each value.
 * @module
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    // Bytes beyond the end are undefined, which the bit operators take for 0.
    const [b, c] = [bytes[at + 1] as number, bytes[at + 2] as number];
    const bits = ((bytes[at] as number) << 16) | (b << 8) | c;
    const left = bytes.length - at;
    text += (ALPHABET[bits >>> 18] as string) + (ALPHABET[(bits >>> 12) & 63] as string);
    text += left > 1 ? (ALPHABET[(bits >>> 6) & 63] as string) : "=";
    text += left > 2 ? (ALPHABET[bits & 63] as string) : "=";
  }
  return text;
}

/** The bytes, or `undefined` if `text` is not canonical base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.endsWith("==") ? -2 : text.endsWith("=") ? -1 : 0;
  const length = (text.length / 4) * 3 + digits;
  if (!Number.isInteger(length) || length < 0) return undefined;
  const bytes = new Uint8Array(length);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const character of text.slice(0, text.length + digits)) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = bits >>> bitCount;
  }
  // Bits that no byte needs must be zero, or two texts would be one key.
  return (bits & ((1 << bitCount) - 1)) === 0 ? bytes : undefined;
}
