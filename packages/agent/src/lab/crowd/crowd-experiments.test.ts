import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { runCommand } from "../../cli.ts";
import { MemoryTerminal } from "../../test/memory-terminal.ts";
import { doRuns, EXPERIMENTS } from "../experiments.ts";

// Clusters in virtual time need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "hearsay-experiment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SMALL = ["--n", "60", "--runs", "2", "--settle-cycles", "2", "--broadcasts", "3"];

async function hearsay(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = new MemoryTerminal();
  const status = await runCommand(["experiment", ...args], terminal);
  return { status, out: terminal.stdout.text, err: terminal.stderr.text };
}

const CROWDS = Object.entries(EXPERIMENTS).flatMap(([protocol, experiments]) =>
  experiments.filter(({ options }) => options !== undefined).map((one) => ({ protocol, one })),
);

test.each(CROWDS)(
  "experiment $protocol $one.name measures what it says, finite and nothing else",
  async ({ protocol, one }) => {
    const small = { n: 40, settleCycles: 2, broadcasts: 2 };
    const own = Object.entries(small).filter(([name]) => name in one.defaults);
    const parameters = Object.fromEntries(own);
    const [sample] = await doRuns([{ protocol, experiment: one.name, parameters, seed: 3 }]);
    expect(Object.keys(sample ?? {}).toSorted()).toEqual(Object.keys(one.measures).toSorted());
    for (const values of Object.values(sample ?? {})) {
      expect(values.length).toBeGreaterThan(0);
      expect(values.every((value) => Number.isFinite(value))).toBe(true);
    }
    for (const plot of one.plots ?? []) {
      const used = plot.kind === "curve" ? [plot.x, plot.y] : [plot.of];
      for (const measure of used) expect(Object.keys(one.measures)).toContain(measure);
    }
  },
);

test.each(CROWDS)(
  "every option of $protocol $one.name has a flag with its meaning",
  async (row) => {
    const { protocol, one } = row;
    const { out } = await hearsay(protocol, one.name, "--help");
    const words = out.replaceAll(/\s+/gu, " ");
    for (const { doc } of Object.values(one.options ?? {})) expect(words).toContain(doc);
  },
);

test("a sweep runs all combinations, each with the same seeds", async () => {
  const { status, out } = await hearsay(
    "flood",
    ...SMALL,
    "--active-size",
    "3..5:2",
    "--loss",
    "0,20%",
    "--json",
  );
  expect(status).toBe(0);
  const { cells } = JSON.parse(out) as {
    cells: { swept: object; runs: number; measures: { rmr: { mean: number } } }[];
  };
  expect(cells.map(({ swept }) => swept)).toEqual([
    { loss: 0, activeSize: 3 },
    { loss: 0, activeSize: 5 },
    { loss: 0.2, activeSize: 3 },
    { loss: 0.2, activeSize: 5 },
  ]);
  for (const { runs } of cells) expect(runs).toBe(2);
  expect(cells[0]?.measures.rmr.mean).toBeCloseTo(1, 0);
  expect(cells[1]?.measures.rmr.mean).toBeCloseTo(3, 0);
});

test.each([
  ["randomLinks", 1],
  ["regular", 1],
  ["smallWorld", 1],
  ["ring", 0],
  ["line", 0],
  ["grid", 1],
])(
  "a broadcast over %s reaches all; a fixed ring and a line break for good",
  async (overlay, mends) => {
    const dead = ["--kill-share", "0.1", "--kill-at", "2", "--degree", "6", "--overlay", overlay];
    const { status, out } = await hearsay("flood", ...SMALL, ...dead, "--senders", "any", "--json");
    expect(status).toBe(0);
    const { values } = JSON.parse(out) as { values: { broadcast: number[]; reached: number[] } };
    for (const [index, reached] of values.reached.entries()) {
      if (values.broadcast[index] === 2)
        expect(reached > 0.85).toBe(mends === 1 || overlay === "ring");
      else expect(reached).toBe(1);
    }
  },
);

test("a table shows a measure in each row, and a curve beside its formula", async () => {
  const { out } = await hearsay("flood", ...SMALL);
  expect(out).toMatch(/^flood spread: .*; 2 runs from seed 1 on\n/u);
  expect(out).toMatch(/\nreliability +6 +1 /u);
  expect(out).toMatch(/\nHOP +WITHIN +RANDOM GRAPH\n0 +0\.0167 +0\.0167/u);
  expect(out).toContain(
    "Reliability: share of the living that it reached, by number of the broadcast: always 1",
  );
});

test("a page has every curve and distribution, and its data", async () => {
  const page = join(folder, "page.html");
  const { status } = await hearsay("hyparview", "--n", "40,60", "--runs", "2", "--html", page);
  expect(status).toBe(0);
  const html = readFileSync(page, "utf8");
  expect(html).not.toMatch(/(?:src|href)=/u);
  expect(html).toContain("hearsay experiment hyparview --n 40,60");
  const json = /id="report">(.*?)<\/script>/su.exec(html)?.[1] ?? "";
  const { plots, report } = JSON.parse(json) as {
    plots: { title: string; series: { name: string; y: number[] }[] }[];
    report: { cells: unknown[] };
  };
  expect(report.cells).toHaveLength(2);
  const degrees = plots.find(({ title }) => title === "Neighbours of a node");
  expect(degrees?.series.map(({ name }) => name)).toEqual(["n 40", "n 60"]);
  for (const { y } of degrees?.series ?? []) {
    expect(y.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
  }
  expect(plots.some(({ title }) => title === "clustering coefficient")).toBe(true);
});

test("half of all nodes die at once: those that notice mend the overlay before the next broadcast", async () => {
  const { out } = await hearsay(
    "plumtree",
    ...SMALL,
    "--n",
    "300",
    "--kill-share",
    "0.5",
    "--json",
  );
  const { values } = JSON.parse(out) as { values: { reliability: number[] } };
  expect(values.reliability.slice(1)).toContain(1);
});
