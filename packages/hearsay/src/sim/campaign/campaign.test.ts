import { describe, expect, test } from "vitest";
import { HearsayError } from "../../kernel/index.ts";
import { allCheckers } from "../checkers/watch.ts";
import { planSeed, runCampaignSeed } from "./campaign.ts";
import { FAULTS } from "./faults.ts";
import { planOf } from "./plan.ts";
import { RARE_FAULTS } from "./rare-faults.ts";
import { shrinkScenario } from "./shrink.ts";
import { checkStory } from "./story.ts";

const SEEDS = 64;

describe("a campaign of 64 seeds", () => {
  const reports = Array.from({ length: SEEDS }, (_, i) => {
    return runCampaignSeed(i + 1, { nodes: [2, 24] });
  });

  test("finds nothing that must not be", () => {
    for (const { violation, seed, scenario } of reports) {
      expect(violation, `seed ${seed}\n${scenario}`).toBeUndefined();
    }
  });

  test("plays every class of faults, and they fire", () => {
    const played = new Set(reports.flatMap(({ faults }) => faults));
    const all = [...FAULTS, ...RARE_FAULTS].map(({ name }) => name);
    expect([...played].toSorted()).toEqual(all.toSorted());
    const fired = new Map<string, number>();
    for (const report of reports) {
      for (const [name, count] of Object.entries(report.fired)) {
        fired.set(name, (fired.get(name) ?? 0) + count);
      }
    }
    // Membership alone sends too little to fill a queue of 64 KiB.
    fired.delete("overflowed");
    for (const [name, count] of fired) expect(count, name).toBeGreaterThan(0);
  });

  test("gives every checker something to look at", () => {
    const looks = new Map<string, number>();
    for (const report of reports) {
      for (const [name, count] of Object.entries(report.looks)) {
        looks.set(name, (looks.get(name) ?? 0) + count);
      }
    }
    const ofParts = [
      "promises",
      "convergence",
      "keptValues",
      "scuttlebutt",
      "judgements",
      "totals",
    ];
    const names = [...allCheckers().map(({ name }) => name), ...ofParts];
    expect([...looks.keys()].toSorted()).toEqual(names.toSorted());
    for (const [name, count] of looks) expect(count, name).toBeGreaterThan(SEEDS);
  });

  test("has small clusters and large ones", () => {
    const sizes = reports.map(({ nodes }) => nodes).toSorted((a, b) => a - b);
    expect(sizes[0]).toBeLessThan(4);
    expect(sizes.at(-1)).toBeGreaterThan(16);
    expect(sizes[SEEDS / 2]).toBeLessThan(13);
  });
});

test("the same seed gives the same report", () => {
  const options = { nodes: [2, 12] } as const;
  expect(runCampaignSeed(7, options)).toEqual(runCampaignSeed(7, options));
  expect(planOf(7, options).text).not.toBe(planOf(8, options).text);
});

test("objects and bytes tell the same story", () => {
  for (const seed of [3, 5, 11]) {
    const objects = runCampaignSeed(seed, { nodes: [2, 12], wire: "objects" });
    const bytes = runCampaignSeed(seed, { nodes: [2, 12], wire: "bytes" });
    const { codec, ...looks } = bytes.looks;
    expect(codec).toBeGreaterThan(100);
    expect({ ...bytes, looks }).toEqual({ ...objects, wire: "bytes" });
  }
});

test("a rare fault is in few seeds", () => {
  for (const { name } of RARE_FAULTS) {
    const plans = Array.from({ length: 400 }, (_, seed) => planOf(seed));
    const having = plans.filter(({ faults }) => faults.includes(name)).length;
    expect(having, name).toBeGreaterThan(10);
    expect(having, name).toBeLessThan(60);
  }
});

test("whoever says that it is another one is gone when all agree", () => {
  const seed = Array.from({ length: 400 }, (_, i) => i).find((one) => {
    return planOf(one, { nodes: [4, 12] }).faults.includes("namesake");
  });
  const { violation, scenario, fired, looks } = runCampaignSeed(seed!, { nodes: [4, 12] });
  expect(violation, scenario).toBeUndefined();
  expect(scenario).toMatch(/^add s1 as n\d+$/m);
  expect(scenario).toMatch(/^calm\nkill s1/m);
  expect(fired["namesakes"]).toBeGreaterThan(0);
  expect(looks["stories"]).toBeGreaterThan(10);
});

test("one seed in eight has topics, and keeps what they promise; with them a seed tells the same story", () => {
  const seeds = Array.from({ length: 64 }, (_, i) => i + 1);
  const topical = seeds.filter((seed) => / topics=/.test(planOf(seed).text));
  expect(topical.length).toBeGreaterThan(3);
  for (const seed of topical.slice(0, 3)) {
    const report = runCampaignSeed(seed, { nodes: [4, 12], topics: true });
    expect(report.violation).toBeUndefined();
    expect(report.scenario).toMatch(/^publish n\d+$/m);
  }
  const added = /^(?:publish .*|topics|run 200000ms)\n| topics=\w+/gm;
  const [withThem, without] = [true, false].map((topics) => planOf(9, { topics }).text);
  expect(withThem!.replaceAll(added, "")).toBe(without!.replaceAll(added, ""));
});

test("one seed in eight has state, and keeps what it promises; with it a seed tells the same story", () => {
  const seeds = Array.from({ length: 64 }, (_, i) => i + 1);
  const telling = seeds.filter((seed) => / state=on/.test(planOf(seed).text));
  expect(telling.length).toBeGreaterThan(3);
  for (const seed of telling.slice(0, 3)) {
    const report = runCampaignSeed(seed, { nodes: [4, 12] });
    expect(report.violation).toBeUndefined();
    expect(report.scenario).toMatch(/^tell n\d+/m);
  }
  const added = /^(?:tell .*|state|run 200000ms)\n| state=on/gm;
  const [withIt, without] = [true, false].map((state) => planOf(9, { state }).text);
  expect(withIt!.replaceAll(added, "")).toBe(without!.replaceAll(added, ""));
});

test("one seed in eight has keys, and any has if it is told to", () => {
  const wires = Array.from({ length: 400 }, (_, seed) => planSeed(seed).wire);
  for (const wire of ["sealed", "bytes"]) {
    const share = wires.filter((one) => one === wire).length / wires.length;
    expect(share, wire).toBeGreaterThan(1 / 16);
    expect(share, wire).toBeLessThan(1 / 4);
  }
  const { text, wire } = planSeed(3, { wire: "sealed" });
  expect(wire).toBe("sealed");
  expect(text).toMatch(/^cluster .* key=k1 label=dc1$/m);
  expect(planSeed(3, { wire: "objects" }).text).not.toContain("key=");
});

test("every seed has a plan, however small the cluster and whatever has gone wrong in it", () => {
  for (let seed = 1; seed <= 1000; seed++) {
    expect(planSeed(seed, { nodes: [2, 4], wire: "sealed" }).text).toMatch(/^cluster /);
  }
});

test("impossible numbers of nodes are refused", () => {
  expect(() => planOf(1, { nodes: [1, 5] })).toThrow(HearsayError);
  expect(() => planOf(1, { nodes: [5, 4] })).toThrow(/lesser first/);
  expect(() => planOf(1, { nodes: [2, 5000] })).toThrow(/1024/);
});

describe("a failing scenario", () => {
  const failing = [
    "cluster n1..n20 preset=local seed=3",
    "run 500ms",
    "tags n4 role=r1",
    "kill n7",
    "run 30000ms",
    "isolate n2 n3",
    "run 2000ms",
    "run until agreed max 100ms",
    "",
  ].join("\n");
  const fails = (text: string): boolean => checkStory(text).violation?.checker === "liveness";

  test("is reported with the checker, the time and a sentence", () => {
    const { violation } = checkStory(failing);
    expect(violation?.checker).toBe("liveness");
    expect(violation?.message).toMatch(/no agreement within 100ms/);
  });

  test("becomes small: fewer commands, nodes, and shorter waits", () => {
    const small = shrinkScenario(failing, fails);
    expect(fails(small)).toBe(true);
    const lines = small.trim().split("\n");
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(small).not.toContain("n20");
    expect(small).not.toContain("30000ms");
  });

  test("keeps its end, in which the faults stop, if it fails there, and loses it if it fails before", () => {
    const ending = failing.replace("run until", "calm\nrun until").replace("max 100ms", "max 0ms");
    const small = shrinkScenario(ending, fails);
    expect(small).toContain("\ncalm\nrun until agreed max 0ms\n");
    const before = (text: string): boolean => text.includes("kill n7");
    expect(shrinkScenario(ending, before)).toBe("cluster n1..n7 preset=local seed=3\nkill n7\n");
  });

  test("waits after its faults as long as it did: what is promised by then is not promised sooner", () => {
    const late = failing.replace("run until agreed max 100ms", "calm\nrun 8000ms");
    const small = shrinkScenario(late, (text) => /kill n7[^]*calm\nrun/.test(text));
    expect(small).toBe("cluster n1..n7 preset=local seed=3\nkill n7\ncalm\nrun 8000ms\n");
  });

  test("stays as it is when there are no tries left", () => {
    expect(shrinkScenario(failing, fails, { maxTries: 0 })).toBe(failing);
  });

  test("is not mistaken for one that cannot be carried out", () => {
    expect(() => checkStory("cluster a b\nkill z\n")).toThrow(/line 2/);
  });
});

test("one seed in eight has second opinions, which are right in the end; with them a seed tells the same story", () => {
  const seeds = Array.from({ length: 64 }, (_, i) => i + 1);
  const doubted = seeds.filter((seed) => / detector=/.test(planOf(seed).text));
  expect(doubted.length).toBeGreaterThan(3);
  for (const seed of seeds.slice(0, 6)) {
    const report = runCampaignSeed(seed, { nodes: [4, 12], detector: true });
    expect(report.violation, report.scenario).toBeUndefined();
  }
  const added = /^(?:judgements|run 200000ms)\n| detector=\w+/gm;
  const [withThem, without] = [true, false].map((detector) => planOf(9, { detector }).text);
  expect(withThem!.replaceAll(added, "")).toBe(without!.replaceAll(added, ""));
});

describe("seeds that campaigns have failed with", () => {
  const nothing = { topics: false, maps: false, state: false, detector: false, aggregates: false };

  test.each([
    ["state", 1185, "two runs of a node in one second"],
    ["state", 1320, "a deletion forgotten, heard of before the deletion"],
    ["aggregates", 1081, "two whose cycles fall together"],
    ["aggregates", 2034, "a ghost at the address of a living one"],
    ["detector", 2034, "a ghost at the address of a living one"],
  ] as const)("%s, seed %i: %s", (part, seed, _why) => {
    const report = runCampaignSeed(seed, { ...nothing, nodes: [2, 16], [part]: true });
    expect(report.violation).toBeUndefined();
  });
});
