import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStory } from "hearsay/sim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../cli.ts";
import { MemoryTerminal } from "../test/memory-terminal.ts";
import { writeStories } from "./campaign-command.ts";
import { campaignReport, campaignText } from "./campaign-report.ts";
import type { CampaignReport } from "./campaign-report.ts";
import runSeed, { attempt } from "./seed-work.ts";
import type { SeedResult } from "./seed-work.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function hearsay(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = new MemoryTerminal();
  const status = await runCommand(args, terminal);
  return { status, out: terminal.stdout.text, err: terminal.stderr.text };
}

function file(text: string): string {
  const path = join(folder, "story.scenario");
  writeFileSync(path, text);
  return path;
}

describe("hearsay sim run", () => {
  const story = "cluster a b c preset=local seed=7\n\nkill b\nrun 10s\n";

  test("tells what happens in a story that expects nothing", async () => {
    const { status, out } = await hearsay("sim", "run", file(story));
    expect(status).toBe(0);
    expect(out).toMatch(/suspects b: no ack/u);
  });

  test("writes it into the file, and is content from then on", async () => {
    const path = file(story);
    expect((await hearsay("sim", "run", path, "--update")).out).toBe(`${path}: rewritten\n`);
    expect(readFileSync(path, "utf8")).toContain("declares b dead");
    expect((await hearsay("sim", "run", path)).status).toBe(0);
  });

  test("writes a trace that can be printed, node by node", async () => {
    const trace = join(folder, "story.trace");
    expect((await hearsay("sim", "run", file(story), "--trace", trace)).status).toBe(0);
    const all = (await hearsay("replay", trace)).out;
    expect(all).toMatch(/^ +\d+ms {2}a {2}declares b dead after \d+ms$/mu);
    const own = (await hearsay("replay", trace, "--node", "c", "--verbose")).out;
    expect(own).toMatch(/^ +\d+ms {2}c {2}← 10\.0\.0\.\d:7946 {2}ping/mu);
    expect(own).not.toMatch(/ms {2}a {2}/u);
  });

  test("shows the difference, and ends with 1", async () => {
    const path = file(story);
    await hearsay("sim", "run", path, "--update");
    writeFileSync(path, readFileSync(path, "utf8").replace("declares b dead", "declares b well"));
    const { status, out } = await hearsay("sim", "run", path);
    expect(status).toBe(1);
    expect(out).toMatch(/^- .*declares b well/mu);
    expect(out).toMatch(/^\+ .*declares b dead/mu);
  });

  test("says file, line and what was expected of an impossible story", async () => {
    const path = file("cluster a b seed=7\nloss -5%\n");
    const { status, err } = await hearsay("sim", "run", path);
    expect(status).toBe(2);
    expect(err).toContain(`${path}:2: loss: expected`);
    for (const [text, message] of [
      ["cluster a b\nfly a\n", ':2: fly: there is no command "fly"'],
      ["cluster a b\n\nkill z\n", ':3: no node is named "z"'],
      ["kill z\n", ":1: begin with a cluster"],
      ["", ":1: begin with a cluster, such as"],
      ["# only a comment\n", ":1: begin with a cluster, such as"],
      ["cluster a b probeIntervalMs=-1\n", ":1: probeIntervalMs"],
    ] as const) {
      const wrong = await hearsay("sim", "run", file(text));
      expect(wrong.status, text).toBe(2);
      expect(wrong.err).toContain(message);
    }
    const missing = await hearsay("sim", "run", join(folder, "nothing"));
    expect(missing.status).toBe(2);
    expect(missing.err).toContain("cannot read");
  });

  test("tells the same in every wire mode", async () => {
    const bytes = await hearsay("sim", "run", file(story), "--wire", "bytes");
    expect(bytes.out).toContain("declares b dead");
    for (const wire of ["objects", "sealed"]) {
      expect(await hearsay("sim", "run", file(story), "--wire", wire), wire).toEqual(bytes);
    }
    const wrong = await hearsay("sim", "run", file(story), "--wire", "paper");
    expect(wrong.status).toBe(2);
    expect(wrong.err).toContain("--wire: expected objects, bytes or sealed");
  });

  test("ends with 1 when a checker has seen something", async () => {
    const never = "cluster a b c preset=local seed=7\n\nkill a\nrun until agreed max 10ms\n";
    const { status, err } = await hearsay("sim", "run", file(never));
    expect(status).toBe(1);
    expect(err).toMatch(/liveness at \d+ ms: .*\(no agreement within 10ms\)/u);
  });
});

describe("hearsay sim campaign", () => {
  const small = ["sim", "campaign", "--seeds", "4", "--seed", "9", "--nodes", "2..6"];

  test("runs seeds and says what was done", async () => {
    const { status, out } = await hearsay(...small);
    expect(status).toBe(0);
    expect(out).toMatch(/^seeds +4$/mu);
    expect(out).toMatch(/^violations +0$/mu);
    expect(out).toMatch(/^events +\d{4,}$/mu);
    expect(out).toMatch(/^took +\d+\.\d s, \d+\.\d s of CPU$/mu);
    expect(out).toMatch(/^events a second +\d{3,}$/mu);
    expect(out).toMatch(/looks of checkers +stories \d+/u);
  });

  test("has the same for programs, whatever the number of threads", async () => {
    const [one, two] = [
      await hearsay(...small, "--json", "--workers", "1"),
      await hearsay(...small, "--json", "--workers", "2"),
    ];
    const { speed, ...rest } = JSON.parse(one.out) as CampaignReport;
    expect(rest).toMatchObject({ seeds: 4, missing: 0, failures: [] });
    expect(speed.eventsPerSecond).toBeCloseTo(rest.steps / speed.seconds, 0);
    expect(speed.cpuSeconds).toBeGreaterThan(0);
    expect({ ...(JSON.parse(two.out) as CampaignReport), speed }).toEqual({ ...rest, speed });
  });

  test("plays with maps and state alone, or with nothing, if it is told to", async () => {
    const stepsOf = async (...args: string[]): Promise<number> => {
      const { status, out } = await hearsay(...small, "--json", ...args);
      expect(status, args.join(" ")).toBe(0);
      return (JSON.parse(out) as CampaignReport).steps;
    };
    const nothing = await stepsOf("--with", "none");
    expect(await stepsOf("--with", "maps,state")).toBeGreaterThan(2 * nothing);
  });

  test("writes failing stories as files that fail again, and says where it cannot", () => {
    const stories = join(folder, "failures");
    const never = "cluster n1..n3 preset=local seed=7\nkill n1\nrun until agreed max 10ms\n";
    const { violation, ...report } = checkStory(never);
    const about = { seed: 7, nodes: 3, faults: ["crash"], wire: "objects", scenario: "" } as const;
    const failing: SeedResult = { ...report, ...about, violation, shrunk: never } as SeedResult;
    writeStories(stories, [failing]);
    const path = join(stories, "seed-7.scenario");
    expect(readFileSync(path, "utf8")).toMatch(/^# Seed 7, liveness: .*\ncluster n1\.\.n3 /u);
    return hearsay("sim", "run", path).then(({ status, err }) => {
      expect(status).toBe(1);
      expect(err).toContain("no agreement within 10ms");
      expect(() => writeStories(join(path, "in-a-file"), [failing])).toThrow(
        /--out: cannot write/u,
      );
    });
  });

  test("refuses what cannot be", async () => {
    for (const [args, message] of [
      [["--nodes", "5..2"], /--nodes: expected two whole numbers/u],
      [["--nodes", "many"], /--nodes/u],
      [["--seeds", "-1"], /--seeds/u],
      [["--seed", "4294967295"], /--seed: expected at most/u],
      [["--with", "maps,hats"], /--with: expected none, or some of topics,maps/u],
      [["--wire", "paper"], /--wire: expected objects, bytes or sealed/u],
      [["--queue", "nowhere"], /--queue: expected redis:\/\/HOST:PORT, got "nowhere"/u],
    ] as const) {
      const { status, err } = await hearsay("sim", "campaign", "--seeds", "4", ...args);
      expect(status, args.join(" ")).toBe(2);
      expect(err).toMatch(message);
    }
  });

  test("says at once where it cannot write, and where no Redis is", async () => {
    const path = file("");
    const out = await hearsay(...small, "--out", join(path, "in-a-file"));
    expect(out).toMatchObject({ status: 1, out: "" });
    expect(out.err).toMatch(/--out: cannot write to .*in-a-file/u);
    const html = await hearsay("sim", "measure", "--html", join(path, "in-a-file"));
    expect(html).toMatchObject({ status: 1, out: "" });
    expect(html.err).toMatch(/--html: cannot write .*in-a-file/u);
    for (const command of [small, ["sim", "worker"]]) {
      const { status, err } = await hearsay(...command, "--queue", "redis://:secret@127.0.0.1:1");
      expect(status).toBe(1);
      expect(err).toMatch(/--queue: no Redis at 127\.0\.0\.1:1: connect ECONNREFUSED/u);
      expect(err).not.toContain("secret");
    }
  });

  test("the 99th of a hundred is the least that 99 do not exceed; of two it is the greater", () => {
    const result = (agreedAfterMs: number): SeedResult =>
      ({ faults: [], fired: {}, looks: {}, steps: 1, virtualMs: 1, agreedAfterMs }) as never;
    const { agreement } = campaignReport([result(9390), result(1640)], { seconds: 1 });
    expect(agreement).toEqual({ p50: 1640, p99: 9390, most: 9390 });
    const many = Array.from({ length: 100 }, (_, i) => result(i + 1));
    expect(campaignReport(many, { seconds: 1 }).agreement).toEqual({ p50: 50, p99: 99, most: 100 });
    expect(campaignReport([], { seconds: 1 }).agreement).toEqual({ p50: 0, p99: 0, most: 0 });
  });

  test("counts a seed that breaks as that seed's failure, with its story", () => {
    const job = { seed: 8, nodes: [2, 4], shrinks: true } as const;
    const broken = attempt(job, () => {
      throw new Error("BUG: planted");
    });
    const well = runSeed(job);
    expect(well.violation).toBeUndefined();
    expect(broken.violation).toMatchObject({ checker: "run", message: "BUG: planted" });
    expect(broken.scenario).toBe(well.scenario);
  });

  test("tells of a failure how to see it again, and its small story", () => {
    const result: SeedResult = {
      seed: 7,
      nodes: 3,
      faults: ["crash"],
      wire: "bytes",
      scenario: "cluster n1..n3 seed=7\nrun 500ms\nkill n1\n",
      shrunk: "cluster n1..n3 seed=7\nkill n1\n",
      violation: { checker: "stories", at: 12.3 as never, node: "n2", message: "says fail of n1" },
      steps: 10,
      virtualMs: 100,
      fired: { lost: 3 },
      looks: { stories: 5 },
    };
    const text = campaignText(campaignReport([result, undefined], { seconds: 2 }), [2, 8]);
    expect(text).toContain("1 of 2, stopped");
    expect(text).toMatch(/^events a second +5$/mu);
    expect(text).toContain("seed 7: stories at 12 ms: n2 says fail of n1");
    expect(text).toContain(
      "again: hearsay sim campaign --seeds 1 --seed 7 --nodes 2..8 --wire bytes",
    );
    const again = campaignText(campaignReport([result], { seconds: 2 }), [2, 8], "maps,state");
    expect(again).toContain("--wire bytes --with maps,state");
    expect(text).toContain("  | kill n1");
    expect(text).not.toContain("run 500ms");
  });
});
