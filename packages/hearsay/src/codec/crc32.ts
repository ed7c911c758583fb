/**
 * CRC-32/IEEE, memberlist's packet checksum, in plain JavaScript. It finds accidents, not attackers.
 * @module
 */

/** The checksum as a port: a host with a faster one (zlib's) hands that in. */
export type Crc32 = (bytes: Uint8Array) => number;

/** The reflected form of the polynomial 0x04c11db7. */
const POLYNOMIAL = 0xedb88320;

const TABLE: Uint32Array = /* @__PURE__ */ makeTable();

/** Unsigned 32 bits. `crc32` of the ASCII digits 1 to 9 is 0xcbf43926. */
export const crc32: Crc32 = (bytes) => {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
};

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ POLYNOMIAL;
    }
    return remainder >>> 0;
  });
}
