import { describe, expect, test } from "vitest";
import { nodeAead } from "../node/aead.ts";
import { decodeBase64 } from "./base64.ts";
import { Keyring, MAX_KEYS, parseKey } from "./keyring.ts";
import { testKey } from "./test/sealing.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const refused = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
};
const order = (ring: Keyring): string[] => ring.keys.map(({ fingerprint }) => fingerprint);
const [one, two, three] = [testKey(1), testKey(2, 24), testKey(3, 32)];
const print = (key: Uint8Array): string => nodeAead.importKey(key).fingerprint;

describe("a keyring", () => {
  test("has the first key for its primary, and counts one that comes twice once", () => {
    const ring = new Keyring(nodeAead, [one, base64(two), one]);
    expect(ring.list()).toEqual([
      { fingerprint: print(one), bytes: 16, primary: true },
      { fingerprint: print(two), bytes: 24, primary: false },
    ]);
    expect(ring.primary.fingerprint).toBe(print(one));
  });

  test("rotates: install, use, remove", () => {
    const ring = new Keyring(nodeAead, [one]);
    ring.install(three);
    ring.install(base64(three));
    expect(order(ring)).toEqual([print(one), print(three)]);
    ring.use(three);
    expect(order(ring)).toEqual([print(three), print(one)]);
    ring.remove(one);
    ring.remove(one);
    expect(order(ring)).toEqual([print(three)]);
  });

  test("does not use what it does not have, nor remove its primary, nor take any size", () => {
    const ring = new Keyring(nodeAead, [one]);
    expect(refused(() => ring.use(two))).toMatchObject({ code: "ERR_KEY" });
    expect(refused(() => ring.remove(one))).toMatchObject({ code: "ERR_KEY" });
    for (const size of [0, 15, 17, 31, 33]) {
      expect(refused(() => ring.install(testKey(9, size)))).toMatchObject({ code: "ERR_KEY" });
    }
    expect(refused(() => new Keyring(nodeAead, []))).toMatchObject({ code: "ERR_KEY" });
    expect(order(ring)).toEqual([print(one)]);
  });

  test("holds so many and no more", () => {
    const ring = new Keyring(nodeAead, [one]);
    for (let i = 1; i < MAX_KEYS; i++) ring.install(testKey(100 + i));
    expect(refused(() => ring.install(three))).toMatchObject({ code: "ERR_KEY" });
    ring.remove(testKey(101));
    ring.install(three);
    expect(ring.keys).toHaveLength(MAX_KEYS);
  });

  test("keeps a copy: a caller may wipe its own", () => {
    const mine = testKey(7);
    const ring = new Keyring(nodeAead, [mine]);
    mine.fill(0);
    expect(order(ring)).toEqual([print(testKey(7))]);
    ring.install(testKey(7));
    expect(ring.keys).toHaveLength(1);
  });

  test("no error tells key material", () => {
    const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I";
    for (const key of [secret, `${secret}=x`, Buffer.from(secret), 7, null]) {
      const error = refused(() => parseKey(key as string)) as Error;
      expect(error).toMatchObject({ code: "ERR_KEY" });
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("c2Vj");
    }
  });
});

test("base64 is read strictly: one text for each value", () => {
  for (const size of [0, 1, 2, 3, 16, 24, 32]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => 251 * i + 13);
    expect(decodeBase64(base64(bytes))).toEqual(bytes);
  }
  for (const text of [
    "A",
    "AA",
    "AAA",
    "AAB=",
    "AB==",
    "A===",
    "====",
    "AA A",
    "AA-_",
    "AA==AA==",
  ]) {
    expect(decodeBase64(text)).toBeUndefined();
  }
});
