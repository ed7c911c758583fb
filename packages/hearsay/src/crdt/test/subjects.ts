/**
 * Every type as the laws see it: made, mutated by a number, shown, written.
 * @module
 */
import { bool, int, text } from "../../codec/index.ts";
import { GCounter, PNCounter } from "../counters.ts";
import type { Delta, MergeOutcome, Refusals } from "../delta-crdt.ts";
import type { DotRuns } from "../dots.ts";
import { GSet } from "../g-set.ts";
import { HybridClock } from "../hlc.ts";
import type { CrdtLimits } from "../limits.ts";
import { LWWMap, LWWRegister } from "../lww-map.ts";
import { MVRegister } from "../mv-register.ts";
import { ORMap, siblingField } from "../or-map.ts";
import { ORSet } from "../or-set.ts";
import type { ValueField } from "../values.ts";
import { VersionedMap } from "../versioned-map.ts";

/** A type whose rows' values are nobody's business. */
export interface AnyCrdt {
  readonly replica: string;
  readonly limits: CrdtLimits;
  readonly refusals: Refusals;
  context(): DotRuns;
  merge(delta: Delta<unknown>, wallMs: number): MergeOutcome;
  delta(since?: DotRuns, maxRows?: number): Delta<unknown>;
  prune(stable: DotRuns): number;
  save(): Delta<unknown>;
  restore(saved: Delta<unknown>): void;
}

/** One replica of a type under test. */
export interface Player {
  readonly crdt: AnyCrdt;
  /** One of its mutations, chosen by a number. */
  act(choice: number, wallMs: number): Delta<unknown>;
  /** What a user sees. */
  value(): unknown;
}

export interface Subject {
  readonly name: string;
  readonly value: ValueField<unknown>;
  make(replica: string, limits?: Partial<CrdtLimits>): Player;
}

const KEYS = ["a", "b", "c", "d"];
const keyOf = (choice: number): string => KEYS[choice % KEYS.length] as string;

function player<T>(
  crdt: T,
  act: (crdt: T, choice: number, wallMs: number) => Delta<never>,
  value: (crdt: T) => unknown,
): Player {
  return {
    crdt: crdt as AnyCrdt,
    act: (choice, wallMs) => act(crdt, choice, wallMs),
    value: () => value(crdt),
  };
}

const any = <V>(field: ValueField<V>): ValueField<unknown> => field as ValueField<unknown>;
const sorted = (entries: Iterable<readonly [string, unknown]>): unknown =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
const loose = (delta: Delta<unknown>): Delta<never> => delta as Delta<never>;

export const subjects: readonly Subject[] = [
  {
    name: "GCounter",
    value: any(() => int()),
    make: (replica, limits = {}) =>
      player(
        new GCounter({ replica, limits }),
        (counter, choice) => loose(counter.increment(1 + (choice % 3))),
        (counter) => counter.value(),
      ),
  },
  {
    name: "PNCounter",
    value: any(() => int()),
    make: (replica, limits = {}) =>
      player(
        new PNCounter({ replica, limits }),
        (counter, choice) =>
          loose(choice % 2 === 0 ? counter.increment(choice + 1) : counter.decrement(choice)),
        (counter) => counter.value(),
      ),
  },
  {
    name: "GSet",
    value: any(bool),
    make: (replica, limits = {}) =>
      player(
        new GSet({ replica, limits }),
        (set, choice) => loose(set.add(keyOf(choice))),
        (set) => [...set.values()].sort(),
      ),
  },
  {
    name: "ORSet",
    value: any(bool),
    make: (replica, limits = {}) =>
      player(
        new ORSet({ replica, limits }),
        (set, choice) =>
          loose(choice % 3 === 0 ? set.delete(keyOf(choice >> 1)) : set.add(keyOf(choice))),
        (set) => [...set.values()].sort(),
      ),
  },
  {
    name: "LWWRegister",
    value: any(text),
    make: (replica, limits = {}) =>
      player(
        new LWWRegister({ replica, limits, clock: new HybridClock(), value: text }),
        (register, choice, wallMs) =>
          loose(
            choice % 5 === 0 ? register.clear(wallMs) : register.set(`${replica}${choice}`, wallMs),
          ),
        (register) => register.get(),
      ),
  },
  {
    name: "LWWMap",
    value: any(text),
    make: (replica, limits = {}) =>
      player(
        new LWWMap({ replica, limits, clock: new HybridClock(), value: text }),
        (map, choice, wallMs) =>
          loose(
            choice % 3 === 0
              ? map.delete(keyOf(choice >> 1), wallMs)
              : map.set(keyOf(choice), `${replica}${choice}`, wallMs),
          ),
        (map) => sorted(map.entries()),
      ),
  },
  {
    name: "ORMap",
    value: any(siblingField(text)),
    make: (replica, limits = {}) =>
      player(
        new ORMap<string>({ replica, limits, clock: new HybridClock(), value: text }),
        (map, choice, wallMs) =>
          loose(
            choice % 3 === 0
              ? map.delete(keyOf(choice >> 1), wallMs)
              : map.set(keyOf(choice), `${replica}${choice}`, wallMs),
          ),
        (map) => sorted([...map.keys()].map((key) => [key, map.values(key)] as const)),
      ),
  },
  {
    name: "MVRegister",
    value: any(text),
    make: (replica, limits = {}) =>
      player(
        new MVRegister({ replica, limits, value: text }),
        (register, choice) => loose(register.set(`${replica}${choice}`)),
        (register) => register.values(),
      ),
  },
  {
    name: "VersionedMap",
    value: any(text),
    make: (replica, limits = {}) =>
      player(
        new VersionedMap({ replica, limits, value: text }),
        (map, choice) =>
          loose(
            choice % 3 === 0
              ? map.delete(keyOf(choice >> 1))
              : map.set(keyOf(choice), `${replica}${choice}`),
          ),
        (map) => sorted(map.entries()),
      ),
  },
];

/** A whole state, the same for the same state. */
export function stateOf({ crdt, value }: Player): unknown {
  const { context, rows } = crdt.save();
  const byDot = rows.toSorted((a, b) => {
    return a.replica === b.replica ? a.number - b.number : a.replica < b.replica ? -1 : 1;
  });
  return { value: value(), context, rows: byDot };
}
