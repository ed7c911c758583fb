/**
 * What encryption costs beside the cipher itself, in one process, for a datagram of 1,400 bytes.
 *
 *     npm run build && node bench/seal.mjs [rounds]        200 rounds unless told
 *
 * Prints the median of what one takes, where nine rounds of ten lie, and what ours adds to the cipher.
 *
 * - bare: AES-256-GCM by `node:crypto` as one would write it, key prepared, nonces from a pool, the tag taken
 *   or checked; nothing is copied into a datagram.
 * - ours: `SealedEnvelope`, from packet to datagram and back, in place, with and without checksum and label.
 * - a fresh nonce: the bare seal with `randomBytes(12)` for each, as a reminder why there is a pool.
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import {
  Keyring,
  LabelledEnvelope,
  labelBytes,
  PlainEnvelope,
  SealedEnvelope,
} from "hearsay/codec";
import { nativeCrc32, nodeAead, PooledNonces } from "hearsay/node";

const ROUNDS = Number(process.argv[2] ?? 200);
const WARM_UP = 40;
const CALLS = 500;
const DATAGRAM_BYTES = 1_400;
const OVERHEAD_BYTES = 29;

const keyBytes = randomBytes(32);
const key = createSecretKey(keyBytes);
const nonces = new PooledNonces();
const nonce = new Uint8Array(12);
const aad = Buffer.from("dc1");
const plain = randomBytes(DATAGRAM_BYTES - OVERHEAD_BYTES);

function bareSeal() {
  nonces.write(nonce, 0);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = cipher.update(plain);
  cipher.final();
  return body.length + cipher.getAuthTag().length;
}

function bareFullSeal() {
  nonces.write(nonce, 0);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(aad);
  const body = cipher.update(plain);
  cipher.final();
  return body.length + cipher.getAuthTag().length + (nativeCrc32(plain) & 1);
}

function bareFreshSeal() {
  const cipher = createCipheriv("aes-256-gcm", key, randomBytes(12));
  const body = cipher.update(plain);
  cipher.final();
  return body.length + cipher.getAuthTag().length;
}

const sealedOnce = (() => {
  const once = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, once);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { body, tag: cipher.getAuthTag(), nonce: once };
})();

const sealedFull = (() => {
  const once = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, once).setAAD(aad);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { body, tag: cipher.getAuthTag(), nonce: once };
})();

function bareFullOpen() {
  const decipher = createDecipheriv("aes-256-gcm", key, sealedFull.nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealedFull.tag);
  const body = decipher.update(sealedFull.body);
  decipher.final();
  return body.length + (nativeCrc32(body) & 1);
}

function bareOpen() {
  const decipher = createDecipheriv("aes-256-gcm", key, sealedOnce.nonce);
  decipher.setAuthTag(sealedOnce.tag);
  const body = decipher.update(sealedOnce.body);
  decipher.final();
  return body.length;
}

/** Seals and opens packets that make a datagram of exactly the size. */
function ours(checksum, label) {
  const sealing = {
    keyring: new Keyring(nodeAead, [keyBytes]),
    nonces,
    version: 1,
    verifyIncoming: true,
    verifyOutgoing: true,
  };
  const inner = new PlainEnvelope(nativeCrc32);
  const rule = { label: labelBytes("dc1"), skipInboundCheck: false };
  const envelope = label
    ? new LabelledEnvelope(rule, new SealedEnvelope(sealing, rule.label, inner))
    : new SealedEnvelope(sealing, new Uint8Array(0), inner);
  const start = envelope.headroomBytes;
  const size = DATAGRAM_BYTES - envelope.sizeOf(0, checksum);
  const buffer = new Uint8Array(size + envelope.overheadBytes);
  buffer.fill(8, start, start + size);
  const datagram = envelope.seal(buffer, start, start + size, checksum).slice();
  return {
    seal: () => envelope.seal(buffer, start, start + size, checksum).length,
    open: () => envelope.open(datagram).length,
  };
}

const bare = ours(false, false);
const full = ours(true, true);
const variants = [
  ["seal, bare node:crypto", bareSeal],
  ["seal, ours", bare.seal, "seal, bare node:crypto"],
  ["seal, bare with checksum and AAD", bareFullSeal],
  ["seal, ours with checksum and label", full.seal, "seal, bare with checksum and AAD"],
  ["seal, bare with a fresh nonce", bareFreshSeal, "seal, bare node:crypto"],
  ["open, bare node:crypto", bareOpen],
  ["open, ours", bare.open, "open, bare node:crypto"],
  ["open, bare with checksum and AAD", bareFullOpen],
  ["open, ours with checksum and label", full.open, "open, bare with checksum and AAD"],
];
const costs = new Map(variants.map(([name]) => [name, []]));
// Interleaved in short turns, so that a busy moment of the machine does not fall on one variant.
for (let round = -WARM_UP; round < ROUNDS; round++) {
  for (const [name, run] of variants) {
    const begin = performance.now();
    let bytes = 0;
    for (let i = 0; i < CALLS; i++) bytes += run();
    const micros = ((performance.now() - begin) * 1e3) / CALLS;
    if (bytes === 0) throw new Error(`${name} did nothing`);
    if (round >= 0) costs.get(name).push(micros);
  }
}
const median = (name) => costs.get(name).toSorted((a, b) => a - b)[costs.get(name).length >> 1];
for (const [name, , beside] of variants) {
  const all = costs.get(name);
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  const range = `${at(0.05)}–${at(0.95)}`;
  const added = beside === undefined ? "" : `  ${percent(median(name) / median(beside) - 1)}`;
  console.log(`${name.padEnd(36)} ${median(name).toFixed(2).padStart(6)} µs (${range})${added}`);
}

function percent(share) {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(0)} %`;
}
