import { expect, test, vi } from "vitest";
import { runCommand } from "../cli.ts";
import { MemoryTerminal } from "../test/memory-terminal.ts";
import { doRuns, EXPERIMENTS } from "./experiments.ts";

// Clusters in virtual time need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

async function hearsay(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = new MemoryTerminal();
  const status = await runCommand(args, terminal);
  return { status, out: terminal.stdout.text, err: terminal.stderr.text };
}

test("hearsay papers says of each value what the paper has, what is ours, and whether that is right", async () => {
  const { status, out } = await hearsay("papers", "lifeguard", "L1");
  expect(status).toBe(0);
  expect(out).toMatch(/c = 0, s +63\.22 +63\.21 +63\.22 ± 0\.01 +pass/u);
  expect(out).toMatch(/8 passed, 0 failed\n$/u);
});

test("hearsay papers --json has the same for programs", async () => {
  const { status, out } = await hearsay("papers", "lifeguard", "L1", "--json");
  expect(status).toBe(0);
  const { paper, cases } = JSON.parse(out) as {
    paper: string;
    cases: { id: string; values: { ours: number; passed: boolean }[] }[];
  };
  expect(paper).toBe("lifeguard");
  expect(cases[0]?.id).toBe("L1");
  expect(cases[0]?.values[1]).toMatchObject({ ours: 63_210, expected: 63_210, passed: true });
});

test("SWIM's load is two messages sent and two received in a period", async () => {
  const { status, out } = await hearsay("papers", "swim", "S4", "--quick");
  expect(out).toMatch(/6 passed, 0 failed\n$/u);
  expect(status).toBe(0);
});

test.each(["hyparview", "plumtree", "demers", "laws", "aggregation", "state"])(
  "the cases of %s come out with fewer nodes and runs, too",
  async (paper) => {
    const { status, out } = await hearsay("papers", paper, "--quick");
    expect(out).toMatch(/\d+ passed, 0 failed\n$/u);
    expect(status).toBe(0);
  },
);

test("hearsay experiment runs with any parameters, and the same seed gives the same values", async () => {
  const args = [
    "experiment",
    "swim",
    "--n",
    "8",
    "--runs",
    "2",
    "--crashes",
    "1",
    "--set",
    "suspicionMult=2",
    "--json",
  ];
  const [first, second] = [await hearsay(...args), await hearsay(...args)];
  expect(first.status).toBe(0);
  expect(first.out).toBe(second.out);
  const { parameters, values } = JSON.parse(first.out) as {
    parameters: { n: number; membership: object };
    values: { fullMs: number[] };
  };
  expect(parameters).toMatchObject({ n: 8, membership: { suspicionMult: 2 } });
  expect(values.fullMs).toHaveLength(2);
});

test.each([
  [["experiment", "swam"], /PROTOCOL: expected one of swim, .*, got "swam"/u],
  [["experiment", "swim", "crush"], /crush/u],
  [["experiment", "swim", "--n", "1"], /--n: expected 2\.\.65536, got 1/u],
  [["experiment", "swim", "--n", "4.5"], /--n: expected a whole number from 0 on, got "4\.5"/u],
  [["experiment", "swim", "--loss", "-1"], /--loss/u],
  [["experiment", "swim", "--loss", "110%"], /--loss: expected a share in 0\.\.1, got 1\.1/u],
  [["experiment", "swim", "--latency-ms", "9..1"], /--latency-ms: expected the lesser first/u],
  [["experiment", "swim", "--config", "swam"], /--config: expected one of swim, probe/u],
  [["experiment", "swim", "--set", "moon=1"], /moon/u],
  [["experiment", "swim", "--until", "later"], /--until: expected one of suspected, dead/u],
  [["experiment", "swim", "anomalies", "--troubled", "128"], /--troubled: expected less than n/u],
  [["experiment", "flood", "--n", "1"], /--n: expected 2 or more, got 1/u],
  [["experiment", "flood", "--n", "9..2"], /--n: expected the lesser first/u],
  [["experiment", "flood", "--n", "2..60000"], /--n: expected fewer steps/u],
  [["experiment", "flood", "--kill-share", "150%"], /--kill-share: expected a share in 0\.\.1/u],
  [["experiment", "flood", "--senders", "one,none"], /--senders: expected one of one, any/u],
  [["experiment", "plumtree", "--active-size", "65"], /activeSize/u],
  [["experiment", "plumtree", "--announce-every-ms", "2000"], /announceEveryMs/u],
  [["papers", "swam"], /PAPER: expected one of swim, lifeguard, .*, got "swam"/u],
  [["papers", "swim", "S0"], /CASE: expected one of S1, /u],
  [["papers", "swim", "--seed", "x"], /--seed: expected a whole number/u],
])("%j is refused in one line", async (args, message) => {
  const { status, err } = await hearsay(...args);
  expect(status).toBe(2);
  expect(err).toMatch(message);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("a cluster that cannot form is a failure in one line, not a crash", async () => {
  const far = ["--n", "4", "--runs", "1", "--latency-ms", "600000"];
  const { status, err } = await hearsay("experiment", "swim", ...far);
  expect(status).toBe(1);
  expect(err).toBe("hearsay: 4 nodes have not found each other: 0 of 12 views\n");
});

test.each(EXPERIMENTS["swim"] ?? [])(
  "experiment $name measures what it says, finite and nothing else",
  async (experiment) => {
    const small = {
      n: 12,
      crashes: 1,
      seconds: 20,
      rounds: 60,
      joins: 1,
      news: 1,
      cutSeconds: 20,
      joinEverySeconds: 1,
    };
    const own = Object.entries(small).filter(([name]) => name in experiment.defaults);
    const run = {
      protocol: "swim",
      experiment: experiment.name,
      parameters: Object.fromEntries(own),
      seed: 3,
    };
    const [sample] = await doRuns([run]);
    expect(Object.keys(sample ?? {}).toSorted()).toEqual(
      Object.keys(experiment.measures).toSorted(),
    );
    for (const values of Object.values(sample ?? {})) {
      expect(values.length).toBeGreaterThan(0);
      expect(values.every((one) => Number.isFinite(one))).toBe(true);
    }
  },
);
