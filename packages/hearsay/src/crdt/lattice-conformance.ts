/**
 * What a replicated type must do, as cases to run: for ours, and for yours.
 *
 *     story of three replicas ──▶ their states, all deltas ──▶ merged one way, and another ──▶ the same?
 *
 * The suite knows no test runner: each case is a name and a function that throws when the type breaks the law. All
 * is drawn from a seed, so that a verdict never changes; what is thrown names the story's seed.
 *
 * @example
 * const subject = { make: (replica) => replicaOfMyType(replica) };
 * for (const { name, run } of latticeConformance(subject)) test(name, run);
 * @module
 */
import { Sfc32 } from "../kernel/index.ts";
import type { Rng } from "../kernel/index.ts";
import type { Delta, DeltaCrdt } from "./delta-crdt.ts";

/** A replica of the type under test. */
export interface LatticeReplica<V> {
  readonly crdt: DeltaCrdt<V>;
  /** One of its mutations, chosen by a number below 12; the same number does the same at every replica. */
  act(choice: number, wallMs: number): Delta<V>;
  /** What a user sees, as plain data: the same for the same value. */
  value(): unknown;
}

export interface LatticeSubject<V> {
  /** A fresh replica under a name. */
  make(replica: string): LatticeReplica<V>;
}

export interface LatticeCase {
  readonly name: string;
  /** Throws what went wrong. */
  run(): void;
}

interface Story<V> {
  readonly replicas: readonly LatticeReplica<V>[];
  readonly states: readonly Delta<V>[];
  readonly deltas: readonly Delta<V>[];
  /** Of all states, in a fresh replica. */
  merged(...states: readonly Delta<V>[]): LatticeReplica<V>;
  readonly rng: Rng;
}

const STORIES = 60;
const STEPS = 30;
const NAMES = ["ann", "bob", "cee"];
const WALL_MS = 1_700_000_000_000;

/** All laws of `DeltaCrdt`. */
export function latticeConformance<V>(subject: LatticeSubject<V>): readonly LatticeCase[] {
  const law = (name: string, check: (story: Story<V>) => void): LatticeCase => {
    const run = (): void => {
      for (let seed = 1; seed <= STORIES; seed++) {
        try {
          check(tell(subject, new Sfc32(seed)));
        } catch (error) {
          throw new Error(`story ${seed}: ${name}`, { cause: error });
        }
      }
    };
    return { name, run };
  };
  return [
    law("merging is commutative", ({ states: [a, b], merged }) => {
      same(merged(...some(a, b)), merged(...some(b, a)));
    }),
    law("merging is associative", ({ states: [a, b, c], merged }) => {
      const left = merged(...some(a, b)).crdt.save();
      const right = merged(...some(b, c)).crdt.save();
      same(merged(left, ...some(c)), merged(...some(a), right));
    }),
    law("merging again changes nothing", ({ states: [a, b], merged }) => {
      same(merged(...some(a, b, a, b)), merged(...some(a, b)));
    }),
    law("a mutation is its delta, merged", ({ replicas, merged, rng }) => {
      for (const replica of replicas) {
        const before = replica.crdt.save();
        const delta = replica.act(rng.below(12), WALL_MS);
        same(merged(before, delta), replica);
      }
    }),
    law("deltas in any order, some twice, come to the same as whole states", (story) => {
      const { states, deltas, merged, rng } = story;
      const order = [...deltas, ...deltas.slice(0, 5)].map((delta) => ({ delta, at: rng.unit() }));
      order.sort((a, b) => a.at - b.at);
      same(merged(...order.map(({ delta }) => delta)), merged(...states));
    }),
    law(
      "whatever was lost, anti-entropy brings in small pieces",
      ({ replicas, states, merged }) => {
        for (let round = 0; round < STEPS; round++) {
          for (const to of replicas) for (const from of replicas) pull(to, from, 2);
        }
        for (const replica of replicas) same(replica, merged(...states));
      },
    ),
    law("who has seen the same is told nothing", ({ states, merged }) => {
      const all = merged(...states);
      const { rows, context } = all.crdt.delta(all.crdt.context());
      if (rows.length + context.length > 0) throw new Error(`told ${text({ rows, context })}`);
    }),
    law("a state that was saved goes on as the one that it was", ({ replicas, states: [, b] }) => {
      const ann = replicas[0] as LatticeReplica<V>;
      const again = subject.make("ann");
      again.crdt.restore(ann.crdt.save());
      for (const state of some(b)) for (const one of [ann, again]) one.crdt.merge(state, WALL_MS);
      const [first, second] = [ann.act(4, WALL_MS), again.act(4, WALL_MS)];
      if (text(first) !== text(second)) throw new Error(`${text(first)}, then ${text(second)}`);
      same(again, ann);
    }),
  ];
}

/** Three replicas change things, and hear some of what others did: late, in any order, twice or never. */
function tell<V>({ make }: LatticeSubject<V>, rng: Rng): Story<V> {
  const replicas = NAMES.map(make);
  const deltas: Delta<V>[] = [];
  const anyone = (): LatticeReplica<V> => replicas[rng.below(NAMES.length)] as LatticeReplica<V>;
  for (let step = 0; step < STEPS; step++) {
    const one = anyone();
    const what = rng.below(7);
    if (what < 3) deltas.push(one.act(rng.below(12), WALL_MS + step + rng.below(50)));
    else if (what === 6) pull(one, anyone(), 1 + rng.below(4));
    else if (deltas.length > 0) {
      one.crdt.merge(deltas[rng.below(deltas.length)] as Delta<V>, WALL_MS);
    }
  }
  const merged = (...states: readonly Delta<V>[]): LatticeReplica<V> => {
    const fresh = make("dot");
    for (const state of states) fresh.crdt.merge(state, WALL_MS);
    return fresh;
  };
  return { replicas, deltas, states: replicas.map(({ crdt }) => crdt.save()), merged, rng };
}

function pull<V>(to: LatticeReplica<V>, from: LatticeReplica<V>, rows: number): void {
  to.crdt.merge(from.crdt.delta(to.crdt.context(), rows), WALL_MS);
}

/** The states that are there: a story has as many as it has replicas. */
function some<V>(...states: readonly (Delta<V> | undefined)[]): Delta<V>[] {
  return states.filter((state) => state !== undefined);
}

/** Throws unless both show the same, and hold the same. */
function same<V>(a: LatticeReplica<V>, b: LatticeReplica<V>): void {
  const [left, right] = [a, b].map(({ crdt, value }) => {
    const { context, rows } = crdt.save();
    return text([value(), context, rows.map(text).sort()]);
  });
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
