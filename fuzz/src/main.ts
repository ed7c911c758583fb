/**
 * `npm run fuzz`: hostile input for hours, guided by coverage.
 *
 *     npm run fuzz                               every target in turn, until stopped
 *     npm run fuzz -- packet node-streams        these alone
 *     npm run fuzz -- --minutes 60 --seed 7      for so long, every target its share
 *     npm run fuzz -- list                       what there is
 *     npm run fuzz -- replay FILE                a finding, again
 *
 * What has reached new code is kept in fuzz/corpus/, findings are written to fuzz/findings/. Exits with 1 if there are any.
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { attempt, Campaign } from "./campaign.ts";
import { Coverage } from "./coverage.ts";
import { digestOf, readFinding, writeFinding } from "./finding.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets/index.ts";

const here = fileURLToPath(new URL("..", import.meta.url));
const CORPUS = join(here, "corpus");
const FINDINGS = relative(process.cwd(), join(here, "findings"));

/** How long one target has its turn, when there is no end. */
const TURN_MS = 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, seed: { type: "string" }, corpus: { type: "string" } },
});

const [first, ...rest] = positionals;
if (first === "list")
  for (const { name, reads } of TARGETS) console.log(`${name.padEnd(16)} ${reads}`);
else if (first === "replay") await replay(rest[0] ?? "");
else await fuzz(positionals.length === 0 ? TARGETS : positionals.map(targetOf));
// Nodes that were made stay, with their timers.
process.exit();

function targetOf(name: string): Target {
  const target = TARGETS.find((one) => one.name === name);
  if (target !== undefined) return target;
  console.error(`no target ${name}; there are ${TARGETS.map((one) => one.name).join(", ")}`);
  process.exit(2);
}

async function replay(path: string): Promise<void> {
  const { target, input } = readFinding(path);
  const what = await attempt(targetOf(target), input);
  console.log(what ?? "nothing is wrong with it any more");
  process.exitCode = what === undefined ? 0 : 1;
}

async function fuzz(targets: readonly Target[]): Promise<void> {
  const minutes = values.minutes === undefined ? Infinity : Number(values.minutes);
  const budgetMs = minutes === Infinity ? TURN_MS : (minutes * 60_000) / targets.length;
  const coverage = new Coverage();
  let found = 0;
  const turns = minutes === Infinity ? Infinity : 1;
  for (let turn = 0; turn < turns; turn++) {
    for (const target of targets) found += await turnOf(target, turn, budgetMs, coverage);
  }
  process.exitCode = found === 0 ? 0 : 1;
}

/** @returns how many things were found */
async function turnOf(
  target: Target,
  turn: number,
  ms: number,
  coverage: Coverage,
): Promise<number> {
  const folder = join(values.corpus ?? CORPUS, target.name);
  mkdirSync(folder, { recursive: true });
  const learnt = readdirSync(folder).map(
    (file) => new Uint8Array(readFileSync(join(folder, file))),
  );
  const seed = Number(values.seed ?? Date.now() % 1e9) + turn;
  const onLearnt = (input: Uint8Array) => writeFileSync(join(folder, digestOf(input)), input);
  const campaign = await Campaign.of(target, { seed, learnt, coverage, onLearnt });
  const report = await campaign.run((so) => so.ms >= ms);
  const rate = Math.round(report.executions / (report.ms / 1000));
  const figures = `${report.executions} inputs, ${rate} a second, corpus ${report.corpus}, ${coverage.size} blocks`;
  console.log(
    `${target.name.padEnd(16)} seed ${seed}: ${figures}, ${report.findings.length} findings`,
  );
  for (const finding of report.findings) {
    console.log(`  ${finding.what.split("\n")[0]}\n  ${writeFinding(FINDINGS, finding)}`);
  }
  return report.findings.length;
}
