/**
 * What a sampler must do, as cases to run: for ours, and for yours.
 *
 * The suite knows no test runner: each case is a name and a function that throws when the sampler breaks the
 * rule. Chance is judged by chi-square at one in ten thousand to either side: what is more even than chance is
 * no chance either. All is drawn from a seed, so that a verdict never changes.
 *
 * @example
 * const subject = { make: (size) => stageOfMySampler(size) };
 * for (const { name, run } of samplerConformance(subject)) test(name, run);
 * @module
 */
import { NO_PEER, Sfc32 } from "../kernel/index.ts";
import type { PeerId, PeerSampler, Rng } from "../kernel/index.ts";
import { judge, pairShares } from "./sampler-judgement.ts";

/** A sampler under test, and the world that it draws from. */
export interface SamplerStage {
  readonly sampler: PeerSampler;
  /** All whom it can draw, each once. */
  readonly candidates: readonly PeerId[];
  /**
   * How often each candidate comes first, in proportion; those after it are drawn in the same proportion from
   * those that are left. @default all alike
   */
  readonly weights?: readonly number[];
  /** Takes a candidate away for good, as its world does when it dies; the last hold on its row is given up. */
  remove?(peer: PeerId): void;
}

export interface SamplerSubject {
  /** A fresh stage of `size` candidates, the same each time. */
  make(size: number): SamplerStage;
}

export interface SamplerCase {
  readonly name: string;
  /** Throws what went wrong. */
  run(): void;
}

const SIZE = 12;
const DRAWS = 24_000;
const MANY = 1000;

/** All rules of `PeerSampler`. */
export function samplerConformance(subject: SamplerSubject): readonly SamplerCase[] {
  const named = (name: string, check: (stage: SamplerStage, rng: Rng) => void): SamplerCase => {
    return { name, run: () => check(subject.make(SIZE), new Sfc32(7)) };
  };
  return [
    named("its size is that of what it draws from", checkSize),
    named("peers of a sample are distinct, and as many as were asked for", checkDistinct),
    named("who asks for more than there are gets all there are", checkAll),
    named(
      "the exception is not drawn, and a stranger as the exception changes nothing",
      checkExcept,
    ),
    {
      name: "of nobody, and of the exception alone, nobody is drawn",
      run: () => checkFew(subject),
    },
    named("the array is the caller's to keep and to change", checkArray),
    {
      name: "the same seed draws the same, and drawing changes nothing",
      run: () => checkSeed(subject),
    },
    named(
      "single draws come as often as they should, neither less nor more evenly than chance",
      checkSingle,
    ),
    named("single draws beside an exception, too", checkSingleBesideExcept),
    named("each pair comes as often as it should", checkPairs),
    named("samples of several hold everybody as often", checkSeveral),
    { name: "who has been taken away is drawn no more", run: () => checkRemoved(subject) },
  ];
}

function checkSize({ sampler, candidates }: SamplerStage): void {
  expect(sampler.size === candidates.length, `size is ${sampler.size}, not ${candidates.length}`);
}

function checkDistinct({ sampler, candidates }: SamplerStage, rng: Rng): void {
  for (let i = 0; i < MANY; i++) {
    const count = i % (candidates.length + 1);
    const sample = sampler.sample(count, NO_PEER, rng);
    expectDistinct(sample, candidates);
    expect(sample.length === count, `${sample.length} peers where ${count} were asked for`);
  }
}

function checkAll({ sampler, candidates }: SamplerStage, rng: Rng): void {
  for (const more of [0, 1, 1000]) {
    const sample = sampler.sample(candidates.length + more, NO_PEER, rng);
    expectDistinct(sample, candidates);
    expect(sample.length === candidates.length, `${sample.length} of ${candidates.length}`);
  }
}

function checkExcept({ sampler, candidates }: SamplerStage, rng: Rng): void {
  const stranger = (Math.max(...candidates) + 1) as PeerId;
  for (const except of candidates) {
    for (const count of [1, 2, candidates.length - 1, candidates.length]) {
      const sample = sampler.sample(count, except, rng);
      expectDistinct(sample, candidates);
      expect(!sample.includes(except), `the exception ${except} was drawn`);
      const wanted = Math.min(count, candidates.length - 1);
      expect(sample.length === wanted, `${sample.length} peers beside one, not ${wanted}`);
    }
    const all = sampler.sample(candidates.length, stranger, rng);
    expect(all.length === candidates.length, `${all.length} peers beside a stranger`);
  }
}

function checkFew(subject: SamplerSubject): void {
  const rng = new Sfc32(7);
  const { sampler, candidates } = subject.make(1);
  const [only = NO_PEER] = candidates;
  expect(sampler.sample(1, NO_PEER, rng)[0] === only, "the only one there is was not drawn");
  expect(sampler.sample(3, only, rng).length === 0, "the exception alone was drawn");
  expect(sampler.sample(0, NO_PEER, rng).length === 0, "somebody was drawn for nobody");
  const none = subject.make(0);
  expect(none.sampler.size === 0, "a sampler of nobody has a size");
  expect(none.sampler.sample(3, NO_PEER, rng).length === 0, "somebody was drawn from nobody");
}

function checkArray({ sampler, candidates }: SamplerStage, rng: Rng): void {
  const first = sampler.sample(3, NO_PEER, rng);
  const copy = [...first];
  const second = sampler.sample(3, NO_PEER, rng);
  expect(first !== second && first.join() === copy.join(), "a later sample changed an earlier one");
  const all = sampler.sample(SIZE, NO_PEER, rng);
  all.fill(NO_PEER);
  second.length = 0;
  expect(sampler.size === candidates.length, "changing a sample changed the sampler");
  expectDistinct(sampler.sample(SIZE, NO_PEER, rng), candidates);
}

function checkSeed(subject: SamplerSubject): void {
  const drawn = (rng: Rng, before: number): string => {
    const { sampler } = subject.make(SIZE);
    const other = new Sfc32(99);
    for (let i = 0; i < before; i++) sampler.sample(i % (SIZE + 2), NO_PEER, other);
    return Array.from({ length: 50 }, (_, i) => sampler.sample(i % 5, NO_PEER, rng).join()).join(
      ";",
    );
  };
  const expected = drawn(new Sfc32(1), 0);
  expect(drawn(new Sfc32(1), 0) === expected, "one seed made two different rows of samples");
  expect(drawn(new Sfc32(1), 101) === expected, "earlier samples changed later ones");
  expect(drawn(new Sfc32(2), 0) !== expected, "another seed made the same samples");
}

function checkSingle({ sampler, candidates, weights }: SamplerStage, rng: Rng): void {
  const counts = new Map(candidates.map((peer) => [peer, 0]));
  for (let i = 0; i < DRAWS; i++) tally(counts, sampler.sample(1, NO_PEER, rng));
  judge("single draws", [...counts.values()], weights ?? candidates.map(() => 1));
}

function checkSingleBesideExcept(stage: SamplerStage, rng: Rng): void {
  const { sampler, candidates, weights = candidates.map(() => 1) } = stage;
  const left = 2;
  const except = candidates[left] as PeerId;
  const counts = new Map(candidates.filter((peer) => peer !== except).map((peer) => [peer, 0]));
  for (let i = 0; i < DRAWS; i++) tally(counts, sampler.sample(1, except, rng));
  judge("draws beside an exception", [...counts.values()], weights.toSpliced(left, 1));
}

function checkPairs(stage: SamplerStage, rng: Rng): void {
  const { sampler, candidates, weights = candidates.map(() => 1) } = stage;
  const places = new Map(candidates.map((peer, place) => [peer, place]));
  const n = candidates.length;
  const counts = new Uint32Array(n * n);
  for (let i = 0; i < DRAWS; i++) {
    const [a = 0, b = 0] = sampler
      .sample(2, NO_PEER, rng)
      .map((peer) => places.get(peer) as number)
      .toSorted((x, y) => x - y);
    counts[a * n + b] = (counts[a * n + b] as number) + 1;
  }
  const shares = pairShares(weights);
  judge(
    "pairs",
    shares.map(({ a, b }) => counts[a * n + b] as number),
    shares.map(({ share }) => share),
  );
}

function checkSeveral({ sampler, candidates, weights }: SamplerStage, rng: Rng): void {
  // Of unlike weights the larger samples have no simple shares; their pairs have been judged.
  if (weights !== undefined) return;
  for (const size of [3, SIZE - 1]) {
    const counts = new Map(candidates.map((peer) => [peer, 0]));
    for (let i = 0; i < DRAWS; i++) tally(counts, sampler.sample(size, NO_PEER, rng));
    // Without repetition they vary less than single draws do.
    const spread = (SIZE - size) / (SIZE - 1);
    judge(
      `samples of ${size}`,
      [...counts.values()],
      candidates.map(() => 1),
      spread,
    );
  }
}

function checkRemoved(subject: SamplerSubject): void {
  const rng = new Sfc32(7);
  const stage = subject.make(SIZE);
  if (stage.remove === undefined) return;
  const left = [...stage.candidates];
  while (left.length > 0) {
    const gone = left.splice(rng.below(left.length), 1)[0] as PeerId;
    stage.remove(gone);
    expect(stage.sampler.size === left.length, `size is ${stage.sampler.size} of ${left.length}`);
    for (const size of [1, 2, SIZE]) {
      const sample = stage.sampler.sample(size, NO_PEER, rng);
      expectDistinct(sample, left);
      expect(sample.length === Math.min(size, left.length), `${sample.length} of ${left.length}`);
    }
  }
}

function tally(counts: Map<PeerId, number>, sample: readonly PeerId[]): void {
  for (const peer of sample) counts.set(peer, (counts.get(peer) ?? 0) + 1);
}

function expectDistinct(sample: readonly PeerId[], candidates: readonly PeerId[]): void {
  expect(new Set(sample).size === sample.length, `[${sample.join()}] has somebody twice`);
  for (const peer of sample) expect(candidates.includes(peer), `${peer} is nobody to draw`);
}

function expect(condition: boolean, failure: string): asserts condition {
  if (!condition) throw new Error(failure);
}
