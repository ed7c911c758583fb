import { expect, test } from "vitest";
import { Keyring, NONCE_BYTES, openPayload, sealPayload, TAG_BYTES } from "../codec/index.ts";
import { keyOf } from "./node-secrets.ts";
import { CountedNonces, virtualAead } from "./virtual-aead.ts";

const HEAD = 1 + NONCE_BYTES;
const AAD = Uint8Array.of(1, 2, 3);
const PLAIN = Uint8Array.from({ length: 50 }, (_, i) => i);

function sealed(key: string, nonces = new CountedNonces(3)): Uint8Array {
  const buffer = new Uint8Array(HEAD + PLAIN.length + TAG_BYTES);
  buffer.set(PLAIN, HEAD);
  const ring = new Keyring(virtualAead, [keyOf(key)]);
  sealPayload(buffer, HEAD, HEAD + PLAIN.length, 1, ring.primary, nonces, AAD);
  return buffer;
}

function opened(payload: Uint8Array, keys: readonly string[], aad = AAD): Uint8Array {
  const ring = new Keyring(virtualAead, keys.map(keyOf));
  return openPayload(payload, 0, payload.length, ring.keys, aad);
}

test("what a key has sealed, the same key opens, among others and once more", () => {
  const payload = sealed("k1");
  expect(payload.subarray(HEAD, HEAD + PLAIN.length)).not.toEqual(PLAIN);
  expect(opened(payload, ["k2", "k1"])).toEqual(PLAIN);
  expect(opened(payload, ["k1"])).toEqual(PLAIN);
});

test("no other key does, nor the same with another label", () => {
  expect(() => opened(sealed("k1"), ["k2", "k11", "K1"])).toThrow("No installed keys");
  expect(() => opened(sealed("k1"), ["k1"], Uint8Array.of(1, 2, 4))).toThrow("No installed keys");
});

test("every flipped bit is found", () => {
  for (let at = 1; at < sealed("k1").length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const payload = sealed("k1");
      payload[at] = (payload[at] as number) ^ (1 << bit);
      expect(() => opened(payload, ["k1"]), `bit ${bit} of byte ${at}`).toThrow(
        "No installed keys",
      );
    }
  }
});

test("nonces never come twice, and every engine makes the same bytes", () => {
  const nonces = new CountedNonces(3);
  const [first, second] = [sealed("k1", nonces), sealed("k1", nonces)];
  expect(second).not.toEqual(first);
  expect(sealed("k1", new CountedNonces(4))).not.toEqual(first);
  expect(sealed("k1")).toEqual(first);
});

test("keys have fingerprints that tell them apart", () => {
  const prints = ["k1", "k2", "1k"].map((name) => virtualAead.importKey(keyOf(name)).fingerprint);
  expect(new Set(prints).size).toBe(3);
  for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}$/);
});
