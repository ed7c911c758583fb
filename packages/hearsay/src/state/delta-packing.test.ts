import { describe, expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { resolveStateConfig } from "./config.ts";
import type { StateConfig } from "./config.ts";
import { packDeltas } from "./delta-packing.ts";
import { OwnerState } from "./owner-state.ts";
import { ACK2 } from "./wire.ts";

const now = 0 as Instant;

function owner(name: string, sizes: readonly number[]): OwnerState {
  const state = new OwnerState(name, 1);
  for (const [i, size] of sizes.entries()) state.write(`k${i}`, new Uint8Array(size), NEVER, now);
  return state;
}

function pack(states: readonly OwnerState[], options: Partial<StateConfig> = {}) {
  const config = resolveStateConfig({ packetBytes: 1200, budgetBytes: 4000, ...options });
  const debts = states.map((state) => ({ state, from: 0 }));
  const { packets, stream } = packDeltas(debts, config, config.packetBytes, now);
  for (const deltas of packets) {
    const size = ACK2.sizeOf({ type: "ack2", wants: [], deltas, stream });
    expect(size).toBeLessThanOrEqual(config.packetBytes);
  }
  const keys = new Map<string, number>();
  for (const { owner: name, entries } of packets.flat()) {
    keys.set(name, (keys.get(name) ?? 0) + entries.length);
  }
  return { packets, stream, keys: Object.fromEntries(keys) };
}

const large = owner(
  "large",
  Array.from({ length: 40 }, () => 900),
);
const urgent = owner("urgent", [10]);

describe("where not all fits the budget", () => {
  test("fair: a small key goes, however much of another owner is outstanding", () => {
    expect(pack([large, urgent]).keys).toEqual({ large: 4, urgent: 1 });
  });

  test("fair: two owners get the same bytes, whatever the size of their keys", () => {
    const many = owner(
      "many",
      Array.from({ length: 400 }, () => 20),
    );
    const { keys } = pack([large, many]);
    expect(keys["large"]).toBeGreaterThanOrEqual(2);
    expect(keys["many"]).toBeGreaterThan(40);
  });

  test("breadth gives each owner as many keys, depth begins with whoever has most", () => {
    const some = owner(
      "some",
      Array.from({ length: 30 }, () => 20),
    );
    const two = owner("two", [20, 20]);
    const limit = { budgetKeys: 6 };
    expect(pack([some, two], { ...limit, order: "breadth" }).keys).toEqual({ some: 4, two: 2 });
    expect(pack([two, some], { ...limit, order: "depth" }).keys).toEqual({ some: 6 });
  });

  test("of one owner the oldest goes, without a gap, and the next packet goes on where one ends", () => {
    const { packets } = pack([large]);
    const deltas = packets.flat();
    expect(deltas.map(({ from, upTo }) => [from, upTo])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
  });

  test("a key that fits no packet asks for a stream, and holds back what is behind it", () => {
    const { packets, stream } = pack([owner("a", [20, 5000, 20]), urgent]);
    expect(stream).toBe(true);
    const a = packets.flat().find(({ owner: name }) => name === "a");
    expect([a?.upTo, a?.entries.length]).toEqual([1, 1]);
  });

  test("who may hold what nobody remembers to be deleted is given all in one piece, or a stream", () => {
    const state = owner("a", [20, 20, 20]);
    state.write("k0", undefined, NEVER, now);
    expect(state.collect(1000, 5000 as Instant)).toBe(true);
    const config = resolveStateConfig();
    const [piece] = packDeltas([{ state, from: 2 }], config, 1200, now).packets.flat();
    expect(piece).toMatchObject({ whole: true, upTo: 5, floor: 4 });
    expect(piece?.entries.map(({ key }) => key)).toEqual(["k1", "k2"]);
    expect(packDeltas([{ state, from: 4 }], config, 1200, now).packets.flat()[0]?.whole).toBe(
      false,
    );
  });
});
