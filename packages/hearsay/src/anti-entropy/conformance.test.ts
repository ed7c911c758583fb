/** Every strategy in every direction: two stores come to the same, and to what both together say. */
import { describe, expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { isNewer } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { STRATEGIES } from "./index.ts";
import type { Direction } from "./index.ts";
import { TwoStores } from "./test/two-stores.ts";

const DIRECTIONS: readonly Direction[] = ["push", "pull", "pushPull"];
const CASES = STRATEGIES.flatMap((strategy) =>
  DIRECTIONS.map((direction) => [strategy, direction] as const),
);

/** Two stores with much in common, and differences of every kind. */
function random(options: ConstructorParameters<typeof TwoStores>[0], seed: number): TwoStores {
  const two = new TwoStores(options, seed);
  const rng = new Sfc32(seed, 2);
  const { a, b } = two;
  const size = [0, 1, 5, 40, 700][rng.below(5)] as number;
  for (let i = 0; i < size; i++) {
    two.wallMs += rng.below(50);
    const side = rng.below(2) === 0 ? a : b;
    const key = `key-${rng.below(2 * size)}`;
    if (rng.below(5) === 0) two.delete(side, key);
    else two.set(side, key, "x".repeat(rng.below(60)));
    const other = side === a ? b : a;
    const entry = side.store.table.get(key) as Entry<string>;
    // What is told of at once now and then, in no order.
    if (rng.below(3) > 0) other.store.take(entry, other.turn(two.wallMs, two.rng));
  }
  return two;
}

/** What both say together, made in the simplest way. */
function union({ a, b }: TwoStores): Map<string, Entry<string>> {
  const all = new Map<string, Entry<string>>();
  for (const side of [a, b]) {
    for (const entry of side.store.table.entries()) {
      const known = all.get(entry.key);
      if (known === undefined || isNewer(entry, known)) all.set(entry.key, entry);
    }
  }
  return all;
}

describe.each(CASES)("%s, %s", (strategy, direction) => {
  test("two random stores come to what both together say", () => {
    for (let seed = 0; seed < 25; seed++) {
      const two = random({ strategy, direction }, seed);
      const all = union(two);
      const conversations = direction === "pushPull" ? [two.a] : [two.a, two.b];
      for (const side of conversations) two.talk(side);
      expect([seed, two.areEqual]).toEqual([seed, true]);
      expect(two.a.contents).toHaveLength(all.size);
      for (const entry of two.a.store.table.entries()) {
        expect(entry).toEqual(all.get(entry.key));
      }
    }
  });

  test("one conversation takes differences one way, and that way only", () => {
    const two = random({ strategy, direction }, 4);
    two.set(two.a, "only-a", "1");
    two.set(two.b, "only-b", "2");
    two.talk(two.a);
    expect(two.b.store.get("only-a")).toBe(direction === "pull" ? undefined : "1");
    expect(two.a.store.get("only-b")).toBe(direction === "push" ? undefined : "2");
  });

  test("what does not fit one message comes in several, each within its limit", () => {
    const two = random({ strategy, direction }, 3);
    for (let i = 0; i < 300; i++) two.set(i % 2 === 0 ? two.a : two.b, `more-${i}`, "y".repeat(40));
    two.maxBytes = 2048;
    two.packetBytes = 600;
    for (let round = 0; round < 40 && !two.areEqual; round++) {
      const { sizes } = two.talk(round % 2 === 0 ? two.a : two.b, 200);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
    }
    expect(two.areEqual).toBe(true);
  });

  test("large values come one or two in a message", () => {
    const two = new TwoStores({ strategy, direction });
    two.maxBytes = 2048;
    for (let i = 0; i < 60; i++) two.set(i % 3 === 0 ? two.a : two.b, `k${i}`, "y".repeat(900));
    for (let round = 0; round < 60 && !two.areEqual; round++) {
      two.talk(round % 2 === 0 ? two.a : two.b, 300);
    }
    expect(two.areEqual).toBe(true);
    expect(two.a.store.size).toBe(60);
  });

  test("two that agree end at once, but for those who send everything", () => {
    const two = random({ strategy, direction }, 5);
    two.talk(two.a);
    two.talk(two.b);
    two.wallMs += 86_400;
    const { messages, bytes } = two.talk(two.a);
    // Peeling back says the newest entries with its first words: what differs is most likely among them.
    const most = strategy === "peelBack" ? 1200 : 200;
    if (strategy !== "full") expect([messages, bytes < most]).toEqual([1, true]);
  });
});
