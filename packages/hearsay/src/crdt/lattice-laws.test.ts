import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reader, Writer } from "../codec/index.ts";
import type { Delta } from "./delta-crdt.ts";
import { CausalStability } from "./stability.ts";
import { stateOf, subjects } from "./test/subjects.ts";
import type { Player, Subject } from "./test/subjects.ts";
import { deltaField } from "./wire.ts";

const NAMES = ["ann", "bob", "cee"];
/** Wall clocks differ, and go back. */
const SKEW_MS = 50;
const START_MS = 1_700_000_000_000;

type Step =
  | { readonly type: "act"; readonly who: number; readonly choice: number; readonly skew: number }
  /** One delta of those made, to anybody, at any time, again and again. */
  | { readonly type: "deliver"; readonly who: number; readonly which: number }
  | { readonly type: "sync"; readonly who: number; readonly whom: number; readonly rows: number };

const who = fc.nat(NAMES.length - 1);
const act = fc.record({
  type: fc.constant("act" as const),
  who,
  choice: fc.nat(11),
  skew: fc.nat(SKEW_MS),
});
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: act },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant("deliver" as const), who, which: fc.nat(40) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant("sync" as const),
        who,
        whom: who,
        rows: fc.integer({ min: 1, max: 5 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 40 },
) as fc.Arbitrary<Step[]>;

interface Played {
  readonly players: readonly Player[];
  readonly deltas: Delta<unknown>[];
}

function play(subject: Subject, story: readonly Step[], names: readonly string[] = NAMES): Played {
  const players = names.map((name) => subject.make(name));
  const deltas: Delta<unknown>[] = [];
  for (const [at, step] of story.entries()) {
    const player = players[step.who % names.length] as Player;
    switch (step.type) {
      case "act":
        deltas.push(player.act(step.choice, START_MS + at + step.skew));
        break;
      case "deliver":
        if (deltas.length > 0) merge(player, deltas[step.which % deltas.length] as Delta<unknown>);
        break;
      case "sync":
        pull(player, players[step.whom % names.length] as Player, step.rows);
        break;
    }
  }
  return { players, deltas };
}

function merge(player: Player, delta: Delta<unknown>): readonly string[] {
  const { changed, refused } = player.crdt.merge(delta, START_MS);
  expect(refused).toBe(0);
  return changed;
}

/** One round of anti-entropy, of at most so many rows. */
function pull(player: Player, from: Player, rows?: number): void {
  merge(player, from.crdt.delta(player.crdt.context(), rows));
}

/** Whether all have seen the same: then they must be the same. */
function agree(players: readonly Player[]): boolean {
  return new Set(players.map(({ crdt }) => JSON.stringify(crdt.context()))).size === 1;
}

function joined(subject: Subject, ...states: readonly Delta<unknown>[]): Player {
  const player = subject.make("dot");
  for (const state of states) merge(player, state);
  return player;
}

function holds(subject: Subject, law: (played: Played) => void): void {
  fc.assert(
    fc.property(steps, (story) => law(play(subject, story))),
    { numRuns: 50 },
  );
}

describe.each(subjects)("$name", (subject) => {
  const { make } = subject;

  test("merging is commutative, associative and idempotent", () => {
    holds(subject, ({ players }) => {
      const [a, b, c] = players.map(({ crdt }) => crdt.save()) as [
        Delta<unknown>,
        Delta<unknown>,
        Delta<unknown>,
      ];
      const ab = joined(subject, a, b);
      expect(stateOf(joined(subject, b, a))).toEqual(stateOf(ab));
      const bc = joined(subject, b, c);
      const all = stateOf(joined(subject, ab.crdt.save(), c));
      expect(stateOf(joined(subject, a, bc.crdt.save()))).toEqual(all);
      const before = stateOf(ab);
      expect(merge(ab, a)).toEqual([]);
      expect(merge(ab, ab.crdt.save())).toEqual([]);
      expect(stateOf(ab)).toEqual(before);
    });
  });

  test("a mutation is its delta, merged", () => {
    holds(subject, ({ players: [player] }) => {
      const { crdt } = player as Player;
      const twin = make("dot");
      twin.crdt.restore(crdt.save());
      const delta = (player as Player).act(7, START_MS);
      merge(twin, delta);
      expect(stateOf(twin)).toEqual(stateOf(player as Player));
    });
  });

  test("deltas in any order, some twice, come to the same as whole states", () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat(1000)), (story, numbers) => {
        const { players, deltas } = play(subject, story);
        const whole = joined(subject, ...players.map(({ crdt }) => crdt.save()));
        const order = [...deltas, ...deltas.slice(0, 5)]
          .map((delta) => [numbers.next().value as number, delta] as const)
          .sort(([a], [b]) => a - b);
        const piecemeal = joined(subject, ...order.map(([, delta]) => delta));
        expect(stateOf(piecemeal)).toEqual(stateOf(whole));
      }),
    );
  });

  test("whatever was lost, anti-entropy in small pieces brings all replicas to the same", () => {
    holds(subject, ({ players }) => {
      for (let round = 0; round < 60 && !agree(players); round++) {
        for (const player of players) for (const other of players) pull(player, other, 2);
      }
      const [first, ...others] = players.map(stateOf);
      for (const other of others) expect(other).toEqual(first);
      const [ann, bob] = players as [Player, Player];
      expect(ann.crdt.delta(bob.crdt.context())).toEqual({ context: [], rows: [], floor: 0 });
    });
  });

  test("a state that was saved goes on as the one that it was", () => {
    holds(subject, ({ players }) => {
      const [ann, bob] = players as [Player, Player];
      const again = make("ann");
      again.crdt.restore(ann.crdt.save());
      expect(stateOf(again)).toEqual(stateOf(ann));
      expect(merge(again, bob.crdt.save())).toEqual(merge(ann, bob.crdt.save()));
      expect(again.act(4, START_MS)).toEqual(ann.act(4, START_MS));
      expect(stateOf(again)).toEqual(stateOf(ann));
    });
  });

  test("a delta is read from the wire as it was written, and its size is as told", () => {
    const field = deltaField(subject.value, make("ann").crdt.limits);
    holds(subject, ({ players, deltas }) => {
      for (const delta of [...deltas, ...players.map(({ crdt }) => crdt.save())]) {
        const writer = new Writer(new Uint8Array(field.sizeOf(delta)));
        field.write(writer, delta);
        expect(writer.at).toBe(writer.bytes.length);
        expect(field.read(new Reader(writer.bytes))).toEqual(delta);
      }
    });
  });

  test("what is forgotten because all have seen it is missed by nobody", () => {
    fc.assert(
      fc.property(steps, steps, (story, sequel) => {
        const pruned = playPruned(subject, story, sequel, true);
        const kept = playPruned(subject, story, sequel, false);
        expect(pruned).toEqual(kept);
      }),
    );
  });
});

/** What all see in the end, when one forgets in the middle what is stable by what it has heard, and another joins it then. */
function playPruned(
  subject: Subject,
  story: readonly Step[],
  sequel: readonly Step[],
  prunes: boolean,
): unknown {
  const { players, deltas } = play(subject, story);
  const [ann, ...others] = players as [Player, ...Player[]];
  const stability = new CausalStability();
  stability.setReplicas(others.map(({ crdt }) => crdt.replica));
  for (const other of others) {
    pull(other, ann);
    stability.report(other.crdt.replica, other.crdt.context());
  }
  pull(ann, others[0] as Player);
  pull(ann, others[1] as Player);
  const stable = stability.stable(ann.crdt.context());
  if (prunes) ann.crdt.prune(stable);
  const newcomer = subject.make("dot");
  pull(newcomer, ann);
  const all = [...players, newcomer];
  for (const [at, step] of sequel.entries()) {
    const player = all[(step.who + at) % all.length] as Player;
    // The newcomer's clock is behind: what it writes must hold nevertheless.
    if (step.type === "act") deltas.push(player.act(step.choice, START_MS - 1000));
    else if (step.type === "deliver" && deltas.length > 0) {
      merge(player, deltas[step.which % deltas.length] as Delta<unknown>);
    }
  }
  for (let round = 0; round < 3; round++) {
    for (const player of all) for (const other of all) pull(player, other);
  }
  const values = all.map(({ value }) => value());
  for (const value of values) expect(value).toEqual(values[0]);
  return values.map(String).length;
}
