import { describe, expect, test } from "vitest";
import { text } from "../codec/index.ts";
import { DecodeError } from "../kernel/index.ts";
import { CRDT_DEFAULTS } from "./limits.ts";
import { HybridClock } from "./hlc.ts";
import { LWWMap } from "./lww-map.ts";
import { readSnapshot, SNAPSHOT_FORMAT, snapshotPieces } from "./snapshot.ts";

const FORM = { value: text, limits: CRDT_DEFAULTS };
const HEAD = { of: "flags", writtenAtMs: 1_700_000_000_000 };

function mapOf(keys: number): LWWMap<string> {
  const map = new LWWMap({ replica: "ann", value: text, clock: new HybridClock() });
  for (let i = 0; i < keys; i++) map.set(`key ${i}`, `value ${i}`, 1000 + i);
  if (keys > 0) map.delete("key 0", 9000);
  return map;
}

function bytesOf(map: LWWMap<string>): Uint8Array {
  return Uint8Array.from(Buffer.concat([...snapshotPieces(map.save(), HEAD, FORM)]));
}

function restored(bytes: Uint8Array): LWWMap<string> {
  const map = new LWWMap({ replica: "ann 2", value: text, clock: new HybridClock() });
  map.restore(readSnapshot(bytes, FORM).saved);
  return map;
}

/** `{ a: "1" }` of replica ann, as format 1 has written it: no head. */
const FORMAT_1 =
  "68736d61700a01" +
  "000000142a0d35fa01939192a3616e6e920000009195a161000101a131" +
  "0000000cda7875cf02939192a3616e6e9200000090";

describe("a snapshot", () => {
  test("is read as it was written, in pieces of some rows", () => {
    const map = mapOf(1000);
    const pieces = [...snapshotPieces(map.save(), HEAD, FORM)];
    expect(pieces.length).toBe(2 + 4 + 1);
    const snapshot = readSnapshot(bytesOf(map), FORM);
    expect(snapshot).toMatchObject({ format: SNAPSHOT_FORMAT, head: HEAD, damage: undefined });
    const again = restored(bytesOf(map));
    expect([...again.entries()]).toEqual([...map.entries()]);
    expect(again.context()).toEqual(map.context());
    expect(again.tombstones).toBe(1);
  });

  test("of an empty map is one, too", () => {
    expect(readSnapshot(bytesOf(mapOf(0)), FORM)).toMatchObject({ damage: undefined });
  });

  test("that is cut off anywhere says so, and tells of nothing that it has lost", () => {
    const map = mapOf(600);
    const whole = bytesOf(map);
    let most = 0;
    for (let end = 0; end < whole.length; end += 97) {
      const { saved, damage } = readSnapshot(whole.subarray(0, end), FORM);
      expect(damage).toBeDefined();
      const part = new LWWMap({ replica: "bob", value: text, clock: new HybridClock() });
      part.restore(saved);
      most = Math.max(most, part.size);
      // What it has not read it has not seen: the others bring it again.
      part.merge(map.delta(part.context()), 10_000);
      expect([...part.entries()].toSorted()).toEqual([...map.entries()].toSorted());
    }
    expect(most).toBeGreaterThan(500);
  });

  test("in which any byte has changed says so", () => {
    const whole = bytesOf(mapOf(20));
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] as number) ^ 0x40;
      if (at === 6) expect(() => readSnapshot(bytes, FORM)).toThrow(DecodeError);
      else expect(readSnapshot(bytes, FORM).damage).toBeDefined();
    }
  });

  test("with something behind its end says so", () => {
    const bytes = Uint8Array.from([...bytesOf(mapOf(3)), 0]);
    expect(readSnapshot(bytes, FORM).damage).toMatch(/behind its end/);
  });

  test("of an older format is read", () => {
    const bytes = Uint8Array.from(Buffer.from(FORMAT_1, "hex"));
    const snapshot = readSnapshot(bytes, FORM);
    expect(snapshot).toMatchObject({ format: 1, head: undefined, damage: undefined });
    expect([...restored(bytes).entries()]).toEqual([["a", "1"]]);
  });

  test("of a newer format is refused", () => {
    const bytes = bytesOf(mapOf(3));
    bytes[6] = SNAPSHOT_FORMAT + 1;
    expect(() => readSnapshot(bytes, FORM)).toThrow(/newer than this program/);
  });
});
