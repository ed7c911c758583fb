/** What averaging and push-sum promise, in crowds: in rounds and running free, with loss and churn. */
import { describe, expect, test, vi } from "vitest";
import { Averaging, PushSum, quantileOf } from "../../aggregation/index.ts";
import type {
  AggregateResult,
  Aggregated,
  AveragingConfig,
  Contribution,
  SketchData,
} from "../../aggregation/index.ts";
import type { Exchange } from "../../aggregation/wire.ts";
import { DEADLINE, EPOCH, WANTED_UNTIL } from "../../aggregation/course-table.ts";
import type { Command, Instant, PeerId, Tenant } from "../../kernel/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdMachine } from "./crowd-machine.ts";
import type { CrowdContext, CrowdOptions } from "./crowd.ts";

// Crowds need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000 });

const N = 500;
const CYCLE = 100;

class Lab {
  readonly crowd: Crowd;
  readonly told: AggregateResult[] = [];
  readonly contexts: CrowdContext[] = [];
  readonly config: Partial<AveragingConfig>;

  constructor(config: Partial<AveragingConfig> = {}, options: Partial<CrowdOptions> = {}) {
    this.config = { intervalMs: CYCLE, replyMs: 20, ...config };
    this.crowd = new Crowd({
      seed: 1,
      size: N,
      latencyMs: [1, 5],
      tenants: (context) => [this.make(context) as unknown as Tenant],
      onEvent: (_node, event) => {
        if (event.type === "aggregated") this.told.push((event as Aggregated).result);
      },
      ...options,
    });
  }

  make(context: CrowdContext): Averaging {
    this.contexts[context.self] = context;
    return new Averaging({ sampler: context.oracle, config: this.config });
  }

  contribute(node: number, value: number, more: Partial<Contribution> = {}): void {
    const command = { type: "contribute", aggregate: "x", value, ...more };
    this.crowd.command(node as PeerId, "averaging", command);
  }

  all(valueOf: (node: number) => number): this {
    for (const node of this.crowd.live) this.contribute(node, valueOf(node));
    return this;
  }

  machine(node: number): Averaging {
    return this.crowd.tenant(node as PeerId, 0) as unknown as Averaging;
  }

  results(underWay = false): AggregateResult[] {
    const { live, now } = this.crowd;
    return live.map((node) => this.machine(node).result("x", now, underWay) as AggregateResult);
  }

  rounds(count: number): this {
    for (let i = 0; i < count; i++) this.crowd.round(CYCLE);
    return this;
  }
}

const MEAN = (N - 1) / 2;

describe("averaging", () => {
  test("comes to all that it promises, in rounds and running free", () => {
    const inRounds = new Lab({ quantiles: true }).all((i) => i).rounds(32);
    const free = new Lab({ quantiles: true }).all((i) => i);
    free.crowd.run(3600);
    for (const lab of [inRounds, free]) {
      expect(lab.told.length).toBeGreaterThanOrEqual(N);
      for (const result of lab.results()) {
        expect(result.settled).toBe(true);
        expect(result.mean).toBeCloseTo(MEAN, 2);
        expect(result.meanError).toBeLessThan(0.05);
        expect([result.min, result.max]).toEqual([0, N - 1]);
        expect(Math.sqrt(result.variance)).toBeCloseTo(N / Math.sqrt(12), 1);
        expect(result.count).toBeCloseTo(N, 0);
        expect((result.sum as number) / (MEAN * N)).toBeCloseTo(1, 3);
        const error = result.quantileError as number;
        expect(
          Math.abs((quantileOf(result.sketch as SketchData, 0.5) as number) / MEAN - 1),
        ).toBeLessThan(2 * error);
        expect(result.ageMs).toBeGreaterThan(0);
      }
    }
  });

  test.each([
    { how: "running free", nodes: 1, pass: (crowd: Crowd, ms: number) => crowd.run(ms) },
    {
      how: "in rounds",
      nodes: N,
      pass(crowd: Crowd, ms: number) {
        for (let left = ms; left > 0; left -= CYCLE) crowd.round(CYCLE);
      },
    },
  ])(
    "gives the same, to the last bit, by one machine that stands for all nodes, $how",
    ({ nodes, pass }) => {
      const config = { intervalMs: CYCLE, replyMs: 20, quantiles: nodes === 1 };
      const each = new Lab(config).all((i) => i);
      const one = new Lab(config, {
        tenants: undefined as never,
        machines: ({ oracle }) => [
          new Averaging({ sampler: oracle, config, nodes }) as unknown as CrowdMachine,
        ],
      }).all((i) => i);
      for (const lab of [each, one]) {
        const { crowd } = lab;
        pass(crowd, 1500);
        for (const node of [...crowd.live].slice(0, 50)) crowd.kill(node);
        pass(crowd, 3000);
        crowd.restart(0 as PeerId);
        crowd.kill(0 as PeerId);
        // More than one of a node; and one that is gone leaves its row to whoever comes next.
        for (const node of crowd.live) lab.contribute(node, 2, { aggregate: "y" });
        pass(crowd, 300);
        for (const node of [...crowd.live].slice(0, 20)) {
          crowd.command(node, "averaging", { type: "withdraw", aggregate: "x" } as Command);
        }
        for (const node of [...crowd.live].slice(10, 40)) {
          crowd.command(node, "averaging", { type: "withdraw", aggregate: "y" } as Command);
          lab.contribute(node, 3, { aggregate: "z" });
        }
        for (const node of [...crowd.live].slice(0, 20)) lab.contribute(node, 4);
        pass(crowd, 700);
      }
      expect(one.crowd.events).toBe(each.crowd.events);
      expect(one.told).toEqual(each.told);
      for (const aggregate of ["x", "y", "z"]) {
        const of = (lab: Lab) =>
          lab.crowd.live.map((node) => lab.machine(node).result(aggregate, lab.crowd.now, true));
        expect(of(one)).toEqual(of(each));
      }
    },
  );

  test("keeps the sums over all nodes exactly, at every moment of a run without loss", () => {
    const lab = new Lab().all((i) => i);
    for (let i = 0; i < 20; i++) lab.rounds(1);
    const total = lab.results(true).reduce((sum, { mean }) => sum + mean, 0);
    expect(Math.abs(total / (MEAN * N) - 1)).toBeLessThan(1e-12);
  });

  test("says how far nodes still are from each other while it is under way", () => {
    const lab = new Lab().all((i) => i).rounds(6);
    const results = lab.results(true);
    const spread = Math.sqrt(results.reduce((s, { mean }) => s + (mean - MEAN) ** 2, 0) / N);
    const told = results.reduce((sum, { meanError }) => sum + meanError, 0) / N;
    expect(told / spread).toBeGreaterThan(0.5);
    expect(told / spread).toBeLessThan(6);
  });

  test("follows values from epoch to epoch", () => {
    const lab = new Lab().all(() => 1).rounds(10);
    lab.all(() => 5);
    lab.rounds(22);
    expect(lab.results().every(({ mean }) => Math.abs(mean - 1) < 1e-9)).toBe(true);
    lab.rounds(31);
    expect(lab.results().every(({ mean }) => Math.abs(mean - 5) < 1e-9)).toBe(true);
  });

  test("stays near the truth with a tenth of all messages lost, and says so of the count", () => {
    const lab = new Lab({ leaders: 16 }, { loss: 0.1 }).all((i) => i);
    lab.crowd.run(7000);
    for (const result of lab.results()) {
      expect(Math.abs(result.mean / MEAN - 1)).toBeLessThan(0.1);
      expect(Math.abs((result.count as number) / N - 1)).toBeLessThan(0.4);
      expect(result.countError).toBeGreaterThan(1e-3 * N);
      expect([result.min, result.max]).toEqual([0, N - 1]);
    }
  });

  test("counts right again an epoch after a third has died, and after others have come", () => {
    const lab = new Lab().all(() => 1);
    lab.crowd.run(4000);
    for (const node of [...lab.crowd.live].slice(0, 150)) lab.crowd.kill(node);
    lab.crowd.run(8000);
    const survivors = lab.results();
    expect(survivors).toHaveLength(N - 150);
    for (const { count } of survivors)
      expect(Math.abs((count as number) / 350 - 1)).toBeLessThan(0.03);
    for (let i = 0; i < 100; i++) lab.contribute(lab.crowd.add(), 3);
    lab.crowd.run(11_000);
    const epochs = lab.results().map(({ epoch }) => epoch);
    expect(Math.max(...epochs) - Math.min(...epochs)).toBeLessThanOrEqual(1);
    for (const { count, mean } of lab.results()) {
      expect(Math.abs((count as number) / 450 - 1)).toBeLessThan(0.03);
      expect(mean).toBeCloseTo((350 + 300) / 450, 1);
    }
  });

  test("refuses what is no number, and peers' values out of bounds, and counts both", () => {
    const lab = new Lab();
    for (const node of lab.crowd.live) lab.contribute(node, 1, { bounds: [0, 10] });
    for (const value of [NaN, Infinity, -1e300]) lab.contribute(0, value);
    lab.contribute(0, 1e9);
    const command = { type: "contribute", aggregate: "ä".repeat(33), value: 1 };
    lab.crowd.command(0 as PeerId, "averaging", command);
    lab.rounds(70);
    expect(lab.crowd.drops).toMatchObject({ notAValue: 3, nameTooLong: 1 });
    expect(lab.crowd.drops.outOfBounds).toBeGreaterThan(10);
    for (const { mean } of lab.results().slice(1)) expect(mean).toBeCloseTo(1, 6);
  });

  test.each(["an answer", "a question"])(
    "%s that makes a node hold more than the whole is refused: nobody could read what it says then",
    (kind) => {
      const lab = new Lab({ leaders: 32, quantiles: true }).all(() => 1).rounds(5);
      const [node, liar] = lab.crowd.live as [PeerId, PeerId];
      const { rng } = lab.contexts[node] as CrowdContext;
      const machine = lab.machine(node);
      const drops: string[] = [];
      const sent: { peer: PeerId; message: Exchange }[] = [];
      const effects = {
        drop: (reason: string) => drops.push(reason),
        send: (peer: PeerId, message: Exchange) => sent.push({ peer, message }),
      } as never;
      const now = (lab.crowd.now + CYCLE) as Instant;
      machine.handle({ type: "timeout" }, now, rng, effects);
      const { peer, message: honest } = sent[0] as (typeof sent)[number];
      // Each number is one that can be read; together with ours, or with each other, they are too much.
      const peaks = honest.peaks.map(({ id }) => ({ id, weight: 1 }));
      const buckets = [-1, -1, -1].map((weight) => ({ key: 1, weight }));
      const nothing = { weight: 0, mean: 0, square: 0 };
      const lie =
        kind === "an answer"
          ? { from: peer, message: { ...honest, ...nothing, type: "change", peaks } }
          : { from: liar, message: { ...honest, buckets } };
      const before = machine.save();
      const later = (now + 10 * CYCLE) as Instant;
      const input = { type: "message", message: lie.message, peer: lie.from, carrier: "datagram" };
      machine.handle(input as never, kind === "an answer" ? now : later, rng, effects);
      expect(drops).toEqual(["outOfBounds"]);
      expect(sent).toHaveLength(1);
      const listsOf = (saved: unknown) => (saved as [{ lists: unknown }])[0].lists;
      expect(listsOf(machine.save())).toEqual(listsOf(before));
    },
  );

  test("an epoch that nobody has reached is believed by nobody who hears others", () => {
    const lab = new Lab().all(() => 1).rounds(5);
    const [liar] = lab.crowd.live as [PeerId];
    const saved = structuredClone(lab.machine(liar).save());
    const [course] = saved as unknown as [{ numbers: number[] }];
    course.numbers[EPOCH] = 4_000_000_000;
    const forged = lab.make(lab.contexts[liar] as CrowdContext);
    forged.restore(saved);
    const place = { type: "timeout" } as const;
    const sent: { peer: PeerId; message: never }[] = [];
    const effects = { send: (peer: PeerId, message: never) => sent.push({ peer, message }) };
    const context = lab.contexts[liar] as CrowdContext;
    forged.handle(place, (lab.crowd.now + CYCLE) as never, context.rng, effects as never);
    const { peer, message } = sent[0] as (typeof sent)[number];
    const drops: string[] = [];
    const input = { type: "message", message, from: "", peer: liar, carrier: "datagram" } as never;
    const host = { drop: (reason: string) => drops.push(reason), send: () => {} } as never;
    lab.machine(peer).handle(input, lab.crowd.now, context.rng, host);
    expect(drops).toEqual(["farAhead"]);
  });

  test.each([1, 2, 3, 4])(
    "clusters far apart in their counting come together: %i of 5 ahead",
    (ahead) => {
      const lab = new Lab({ cycles: 10 }, { size: 5 }).all((i) => i);
      lab.crowd.run(2500);
      for (let node = 0; node < ahead; node++) {
        const { rng } = lab.contexts[node] as CrowdContext;
        const machine = lab.machine(node);
        const saved = structuredClone(machine.save()) as unknown as [{ numbers: number[] }];
        for (const column of [EPOCH, WANTED_UNTIL]) {
          saved[0].numbers[column] = (saved[0].numbers[column] as number) + 5000;
        }
        machine.handle({ type: "start" } as never, lab.crowd.now, rng, {} as never);
        machine.restore(saved as never);
      }
      lab.crowd.run(8000);
      const epochs = lab.results().map(({ epoch }) => epoch);
      expect(Math.max(...epochs) - Math.min(...epochs)).toBeLessThanOrEqual(1);
      expect(epochs[0]).toBeGreaterThan(ahead === 1 ? 0 : 5000);
      expect(epochs[0]).toBeLessThan(ahead === 1 ? 100 : 6000);
      for (const { mean, min, max } of lab.results()) {
        expect([mean, min, max]).toEqual([expect.closeTo(2, 1), 0, 4]);
      }
    },
  );

  test("two that ask each other at the same time find other times", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const lab = new Lab({ replyMs: 60 }, { size: 2, seed, latencyMs: 20 }).all((i) => i);
      for (const node of [0, 1]) {
        const saved = structuredClone(lab.machine(node).save()) as unknown as [
          { numbers: number[] },
        ];
        saved[0].numbers[DEADLINE] = 50;
        const { rng } = lab.contexts[node] as CrowdContext;
        lab.machine(node).handle({ type: "start" } as never, lab.crowd.now, rng, {} as never);
        lab.machine(node).restore(saved as never);
      }
      lab.crowd.run(7000);
      for (const { mean, count } of lab.results()) {
        expect(mean, `seed ${seed}`).toBeCloseTo(0.5, 6);
        expect(count, `seed ${seed}`).toBeCloseTo(2, 6);
      }
    }
  });

  test("goes on where it was written out", () => {
    const lab = new Lab({ quantiles: true }).all((i) => i);
    lab.crowd.run(3456);
    for (const node of lab.crowd.live) {
      const saved = lab.machine(node).save();
      const fresh = lab.make(lab.contexts[node] as CrowdContext);
      fresh.restore(structuredClone(saved));
      expect(fresh.save()).toEqual(saved);
      expect(fresh.deadline).toBe(lab.machine(node).deadline);
    }
  });
});

describe("push-sum", () => {
  function crowdOf(weightOf: (node: number) => number, options: Partial<CrowdOptions> = {}): Crowd {
    return new Crowd({
      seed: 1,
      size: N,
      latencyMs: [1, 5],
      tenants: ({ self, oracle }) => {
        const config = { intervalMs: CYCLE, cycles: 60 };
        const weight = weightOf(self);
        const value = self as number;
        return [
          new PushSum({
            aggregate: "x",
            value,
            weight,
            sampler: oracle,
            config,
          }) as unknown as Tenant,
        ];
      },
      ...options,
    });
  }

  function machines(crowd: Crowd): PushSum[] {
    return crowd.live.map((node) => crowd.tenant(node, 0) as unknown as PushSum);
  }

  test("comes to the mean, and keeps sums and weights, in rounds and running free", () => {
    const inRounds = crowdOf(() => 1);
    for (let i = 0; i < 45; i++) inRounds.round(CYCLE);
    const free = crowdOf(() => 1, { latencyMs: 0 });
    free.run(5500);
    for (const crowd of [inRounds, free]) {
      const all = machines(crowd);
      for (const one of all) {
        expect(one.estimate(crowd.now).value).toBeCloseTo(MEAN, 1);
        expect(one.estimate(crowd.now).error).toBeLessThan(0.1);
      }
      const weight = all.reduce((sum, { mass }) => sum + mass.weight, 0);
      const sum = all.reduce((total, { mass }) => total + mass.sum, 0);
      expect(Math.abs(weight / N - 1)).toBeLessThan(1e-9);
      expect(Math.abs(sum / (MEAN * N) - 1)).toBeLessThan(1e-9);
    }
  });

  test("comes to the sum where one node holds all the weight", () => {
    const crowd = crowdOf((node) => (node === 0 ? 1 : 0));
    for (let i = 0; i < 55; i++) crowd.round(CYCLE);
    for (const one of machines(crowd)) {
      expect((one.estimate(crowd.now).value as number) / (MEAN * N)).toBeCloseTo(1, 3);
    }
  });

  test("loses weight with the sum, so that estimates do not fade, and begins anew with each epoch", () => {
    const crowd = crowdOf(() => 1, { loss: 0.1 });
    crowd.run(5000);
    for (const one of machines(crowd)) {
      expect((one.estimate(crowd.now).value as number) / MEAN).toBeGreaterThan(0.8);
      expect((one.estimate(crowd.now).value as number) / MEAN).toBeLessThan(1.2);
    }
    crowd.run(5000);
    for (const one of machines(crowd)) expect(one.estimate(crowd.now).epoch).toBe(1);
  });
});
