import { describe, expect, test } from "vitest";
import {
  areSound,
  incompatibleNode,
  knowsChecksums,
  OWN_VERSIONS,
  ownVersions,
} from "./versions.ts";

const versions = (...bytes: number[]) => Uint8Array.from(bytes);
const node = (name: string, bytes: Uint8Array, isAlive = true) => {
  return { name, isAlive, versions: bytes };
};
const serf = node("serf", versions(1, 5, 2, 2, 5, 4));
const self = node("self", OWN_VERSIONS);

test.each([
  [[1, 5, 2, 2, 5, 5], true],
  [[1, 1, 1, 0, 0, 0], true],
  [[0, 5, 2, 2, 5, 5], false],
  [[1, 0, 2, 2, 5, 5], false],
  [[3, 2, 2, 2, 5, 5], false],
  [[1, 5, 2], false],
  [[], false],
])("%j is sound: %j", (bytes, sound) => {
  expect(areSound(versions(...bytes))).toBe(sound);
});

describe("a merge is refused", () => {
  test("not between us, Serf agents and plain memberlist nodes of the default protocol", () => {
    const plain = node("plain", versions(1, 5, 2, 0, 0, 0));
    expect(incompatibleNode([self, serf])).toBeUndefined();
    expect(incompatibleNode([plain, node("other", versions(1, 5, 2, 0, 0, 0))])).toBeUndefined();
  });

  test("when somebody speaks what another does not understand", () => {
    expect(incompatibleNode([self, node("new", versions(3, 5, 4, 2, 5, 5))])).toBe("self");
    expect(incompatibleNode([self, serf, node("old", versions(1, 1, 1, 2, 5, 5))])).toBe("self");
    expect(incompatibleNode([self, node("app", versions(1, 5, 2, 2, 5, 9))])).toBe("app");
  });

  test("when an alive node or a dead one has no versions: they count as zeros", () => {
    expect(incompatibleNode([self, node("none", versions())])).toBe("none");
    expect(incompatibleNode([self, node("none", versions(), false)])).toBe("none");
  });

  test("not because of the range of a node that is gone", () => {
    expect(
      incompatibleNode([self, node("gone", versions(2, 2, 2, 5, 5, 5), false)]),
    ).toBeUndefined();
  });
});

test("a node that says it is older says so in its vector, and is compatible", () => {
  expect([...ownVersions(undefined, 4)]).toEqual([1, 4, 2, 2, 5, 5]);
  expect([...ownVersions(undefined, 1)]).toEqual([1, 1, 1, 2, 5, 5]);
  expect(ownVersions(undefined)).toBe(OWN_VERSIONS);
  expect(knowsChecksums(ownVersions(undefined, 4))).toBe(false);
  for (const protocol of [2, 3, 4, 5]) {
    const old = node("old", ownVersions(undefined, protocol));
    expect(incompatibleNode([self, old])).toBeUndefined();
  }
  expect(() => ownVersions(undefined, 6)).toThrow(/protocol/);
});
