import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCommand } from "../../cli.ts";
import { MemoryTerminal } from "../../test/memory-terminal.ts";
import { asHtml } from "./html.ts";
import { reportPlots } from "./plots.ts";
import { measureAll } from "./report.ts";
import type { Axes, Report } from "./report.ts";
import { asMarkdown, asText, reportTables } from "./tables.ts";

// Clusters in virtual time need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const AXES: Axes = {
  configs: ["swim", "hearsay"],
  n: [8, 12],
  loss: [0, 0.1],
  trouble: ["cut", "stop"],
  troubled: [0, 1],
  of: 12,
  seeds: 1,
  seed: 1,
  crashes: 2,
  seconds: 10,
};
let report: Report;
const folder = mkdtempSync(join(tmpdir(), "hearsay-measure-"));

beforeAll(async () => {
  report = await measureAll(AXES, { workers: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function hearsay(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = new MemoryTerminal();
  const status = await runCommand(["sim", "measure", ...args], terminal);
  return { status, out: terminal.stdout.text, err: terminal.stderr.text };
}

test("every cell is measured once, a cluster without trouble once for all kinds of it", () => {
  expect(report.missing).toBe(0);
  expect(report.life).toHaveLength(2 * 2 * 2);
  expect(report.trouble).toHaveLength((1 + 2) * 2);
});

test("a crash is declared within the longest suspicion, and everybody hears of it", () => {
  for (const { values, loss } of report.life) {
    expect(values["crashes"]).toBe(2);
    expect(values["firstP50"]).toBeGreaterThan(4);
    expect(values["fullP99"]).toBeGreaterThanOrEqual(values["firstP50"] as number);
    if (loss > 0) continue;
    expect(values["incomplete"]).toBe(0);
    expect(values["falsePositives"]).toBe(0);
    expect(values["restMessages"]).toBeCloseTo(2, 1);
  }
});

test("tables have a row for each size and loss and a column for each configuration", () => {
  const tables = reportTables(report);
  expect(tables).toHaveLength(10);
  for (const { head, rows } of tables) {
    expect(head.slice(1)).toEqual(["SWIM", "hearsay"]);
    for (const row of rows) {
      expect(row).toHaveLength(3);
      for (const text of row) expect(text).not.toMatch(/NaN|undefined|^$/u);
    }
  }
  const [first] = tables;
  expect(first?.rows.map(([name]) => name)).toEqual(["8, 0 %", "8, 10 %", "12, 0 %", "12, 10 %"]);
  expect(asText(first!)).toContain("Crash: first declaration, s\n");
  expect(asMarkdown(first!)).toContain("| n, loss | SWIM | hearsay |\n| --- | ---: | ---: |\n");
});

test("other detectors are asked the same as SWIM, and have no news and no joins", async () => {
  const given = ["--detector", "swim,phi,heartbeat,gems", "--n", "8", "--loss", "0,10"];
  const few = ["--of", "8", "--trouble", "cut,slow", "--troubled", "1", "--seeds", "1"];
  const rest = ["--crashes", "1", "--seconds", "10", "--workers", "1", "--json"];
  const { status, out } = await hearsay(...given, ...few, ...rest);
  expect(status).toBe(0);
  const { life, trouble } = JSON.parse(out) as Report;
  expect(life).toHaveLength(4 * 2);
  expect(trouble).toHaveLength(4 * 2);
  for (const { config, values, loss } of life) {
    expect(values["firstP50"]).toBeGreaterThan(4);
    expect(values["incomplete"]).toBe(0);
    if (loss === 0) expect(values["falsePositives"]).toBe(0);
    expect(values["restBytes"]).toBeGreaterThan(30);
    expect(values["newsP50"] === null).toBe(config !== "swim");
  }
});

test("the page needs nothing else, and its data cannot end their script", () => {
  const html = asHtml(report, "hearsay </script><b>");
  expect(html).not.toMatch(/(?:src|href)=/u);
  expect(html).not.toMatch(/https?:\/\/(?!github\.com\/leeoniya)/u);
  expect(html).toContain("&lt;/script>&lt;b>");
  expect(html.match(/<figure data-plot/gu)).toHaveLength(reportPlots(report).length);
  const json = /id="report">(.*?)<\/script>/su.exec(html)?.[1] ?? "";
  const { plots } = JSON.parse(json) as { plots: unknown[] };
  expect(plots).toHaveLength(reportPlots(report).length);
});

test("hearsay sim measure prints tables or JSON, writes the page, and every axis can be narrowed", async () => {
  const narrow = [
    "--n",
    "8",
    "--loss",
    "0",
    "--configs",
    "hearsay",
    "--trouble",
    "none",
    "--seeds",
    "1",
  ];
  const few = ["--crashes", "1", "--seconds", "5", "--workers", "1"];
  const page = join(folder, "report.html");
  const markdown = await hearsay(...narrow, ...few, "--markdown", "--html", page);
  expect(markdown.status).toBe(0);
  expect(markdown.out).toContain("| n, loss | hearsay |");
  expect(readFileSync(page, "utf8")).toContain("sim measure --n 8 --loss 0 --configs hearsay");
  const json = await hearsay(...narrow, ...few, "--json");
  const parsed = JSON.parse(json.out) as Report;
  expect(parsed.life).toHaveLength(1);
  expect(parsed.trouble).toHaveLength(0);
});

test.each([
  [["--n", "1"], /--n: expected a whole number from 2 on, got "1"/u],
  [["--loss", "100"], /--loss: expected per cent below 100/u],
  [["--configs", "swam"], /--configs: expected some of swim/u],
  [["--detector", "lifeguard"], /--detector: expected some of swim, phi, heartbeat, gems/u],
  [["--trouble", "mud"], /--trouble: expected some of cut,stop,slow or none, got "mud"/u],
  [["--troubled", "128"], /--troubled: expected less than --of \(128\), got 128/u],
  [["--seeds", "0"], /--seeds: expected a whole number/u],
])("%j is refused in one line", async (args, message) => {
  const { status, err } = await hearsay(...args);
  expect(status).toBe(2);
  expect(err).toMatch(message);
  expect(err.trim().split("\n")).toHaveLength(1);
});
