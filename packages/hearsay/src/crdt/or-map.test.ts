/** An observed-remove map beside a list of all writes, each with what its writer had seen. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { text } from "../codec/index.ts";
import type { Delta, Row } from "./delta-crdt.ts";
import { HybridClock } from "./hlc.ts";
import { ORMap } from "./or-map.ts";
import type { Sibling } from "./or-map.ts";
import { CausalStability } from "./stability.ts";

const NAMES = ["ann", "bob", "cee", "dot"];
const KEYS = ["a", "b", "c"];
const START_MS = 1_700_000_000_000;

type Step =
  | {
      readonly type: "set" | "delete";
      readonly who: number;
      readonly key: number;
      readonly skew: number;
    }
  | { readonly type: "news"; readonly who: number; readonly which: number }
  | {
      readonly type: "compare";
      readonly who: number;
      readonly whom: number;
      readonly rows: number;
    };

const who = fc.nat(NAMES.length - 1);
const write = { who, key: fc.nat(KEYS.length - 1), skew: fc.nat(50) };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant("set" as const), ...write }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("delete" as const), ...write }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant("news" as const), who, which: fc.nat(60) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("compare" as const),
        who,
        whom: who,
        rows: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { maxLength: 60 },
);

interface Written {
  readonly key: string;
  readonly value: string | undefined;
}

class Story {
  readonly maps: readonly ORMap<string>[] = NAMES.map((replica) => {
    return new ORMap({ replica, clock: new HybridClock(), value: text });
  });
  readonly #writes = new Map<string, Written>();
  readonly #seenOver = new Set<string>();
  readonly #news: Delta<Sibling<string>>[] = [];

  take(step: Step, at: number): void {
    const map = this.maps[step.who] as ORMap<string>;
    if (step.type === "news") {
      const news = this.#news[step.which % Math.max(1, this.#news.length)];
      if (news !== undefined) map.merge(news, START_MS);
    } else if (step.type === "compare") {
      const other = this.maps[step.whom] as ORMap<string>;
      map.merge(other.delta(map.context(), step.rows), START_MS);
    } else this.#write(map, step, at);
  }

  settle(): void {
    for (let round = 0; round < 3; round++) {
      for (const map of this.maps) {
        for (const other of this.maps) map.merge(other.delta(map.context()), START_MS);
      }
    }
  }

  /** What is right when all have heard all. */
  expected(key: string): string[] {
    return [...this.#writes].flatMap(([name, written]) => {
      const { value } = written;
      return written.key !== key || value === undefined || this.#seenOver.has(name) ? [] : [value];
    });
  }

  #write(map: ORMap<string>, step: Extract<Step, { readonly key: number }>, at: number): void {
    const key = KEYS[step.key] as string;
    const before = map.siblings(key).map(nameOf);
    const value = step.type === "set" ? `${map.replica} at ${at}` : undefined;
    const wallMs = START_MS + step.skew;
    const delta = value === undefined ? map.delete(key, wallMs) : map.set(key, value, wallMs);
    const [row] = delta.rows;
    if (row === undefined) return;
    this.#news.push(delta);
    this.#writes.set(nameOf(row), { key, value });
    for (const name of before) this.#seenOver.add(name);
  }
}

function nameOf({ replica, number }: Row<unknown>): string {
  return `${replica} ${number}`;
}

test("has at last every value that nobody had seen who wrote later, and no other", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const played = new Story();
      for (const [at, step] of story.entries()) played.take(step, at);
      played.settle();
      for (const key of KEYS) {
        const [first, ...others] = played.maps.map((map) => map.values(key));
        expect(first?.toSorted()).toEqual(played.expected(key).toSorted());
        for (const other of others) expect(other).toEqual(first);
      }
    }),
    { numRuns: 300 },
  );
});

test("forgets nothing that matters, if it forgets what all have seen while the story goes on", () => {
  fc.assert(
    fc.property(steps, steps, (story, sequel) => {
      const played = new Story();
      for (const [at, step] of story.entries()) played.take(step, at);
      played.settle();
      for (const map of played.maps) {
        const stability = new CausalStability();
        stability.setReplicas(NAMES.filter((name) => name !== map.replica));
        for (const other of played.maps) stability.report(other.replica, other.context());
        map.prune(stability.stable(map.context()));
        expect([map.tombstones, map.forgettable]).toEqual([0, 0]);
      }
      for (const [at, step] of sequel.entries()) played.take(step, 1000 + at);
      played.settle();
      for (const map of played.maps) {
        for (const key of KEYS) {
          expect(map.values(key).toSorted()).toEqual(played.expected(key).toSorted());
        }
      }
    }),
    { numRuns: 150 },
  );
});
