import { describe, expect, test } from "vitest";
import { text } from "../codec/index.ts";
import { GCounter } from "./counters.ts";
import type { Delta, DeltaCrdt, MergeOutcome } from "./delta-crdt.ts";
import { DotSet } from "./dots.ts";
import { latticeConformance } from "./lattice-conformance.ts";
import type { LatticeSubject } from "./lattice-conformance.ts";
import { MVRegister } from "./mv-register.ts";
import { ORSet } from "./or-set.ts";
import { subjects } from "./test/subjects.ts";

describe.each(subjects)("$name", (subject) => {
  test.each(latticeConformance(subject))("$name", ({ run }) => run());
});

describe("the suite finds", () => {
  test("a counter that counts what it has heard before", () => {
    class Twice extends GCounter {
      heard = 0;

      override merge(delta: Delta<number>): MergeOutcome {
        this.heard += delta.rows.length;
        return super.merge(delta);
      }

      override value(): number {
        return super.value() + this.heard;
      }
    }
    const broken = brokenLaws({
      make: (replica) => {
        const crdt = new Twice({ replica });
        return { crdt, act: () => crdt.increment(), value: () => crdt.value() };
      },
    });
    expect(broken).toContain("merging again changes nothing");
    expect(broken).toContain("a mutation is its delta, merged");
  });

  test("a set that keeps the order in which things came to it", () => {
    const broken = brokenLaws(
      sets(
        (replica) => new ORSet({ replica }),
        (set) => [...set.values()],
      ),
    );
    expect(broken).toContain("merging is commutative");
  });

  test("a set whose deltas keep removals to themselves", () => {
    class Forgetful extends ORSet {
      override delete(element: string): Delta<true> {
        return { ...super.delete(element), context: [] };
      }
    }
    const broken = brokenLaws(sets((replica) => new Forgetful({ replica })));
    expect(broken).toEqual([
      "a mutation is its delta, merged",
      "deltas in any order, some twice, come to the same as whole states",
    ]);
  });

  test("a register whose deltas tell of dots without what these have removed", () => {
    class Careless extends MVRegister<string> {
      override set(value: string): Delta<string> {
        const superseded = this.siblings("");
        const delta = super.set(value);
        return { ...delta, context: DotSet.of([...superseded, ...delta.rows]).toRuns() };
      }
    }
    const broken = brokenLaws({
      make: (replica) => {
        const crdt = new Careless({ replica, value: text });
        return { crdt, act: (choice) => crdt.set(`${choice}`), value: () => crdt.values() };
      },
    });
    expect(broken).toContain("whatever was lost, anti-entropy brings in small pieces");
  });

  test("a set that forgets its numbers with its state", () => {
    class Amnesiac extends ORSet {
      override restore(saved: Delta<true>): void {
        super.restore({ ...saved, context: [] });
      }
    }
    const broken = brokenLaws(sets((replica) => new Amnesiac({ replica })));
    expect(broken).toEqual(["a state that was saved goes on as the one that it was"]);
  });
});

function sets(
  make: (replica: string) => ORSet,
  value = (set: ORSet): string[] => [...set.values()].sort(),
): LatticeSubject<true> {
  return {
    make: (replica) => {
      const crdt = make(replica);
      const act = (choice: number): Delta<true> => {
        const element = "abcd".charAt(choice % 4);
        return choice % 3 === 0 ? crdt.delete(element) : crdt.add(element);
      };
      return { crdt: crdt satisfies DeltaCrdt<true>, act, value: () => value(crdt) };
    },
  };
}

function brokenLaws<V>(subject: LatticeSubject<V>): string[] {
  return latticeConformance(subject).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}
