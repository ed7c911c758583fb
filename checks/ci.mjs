/**
 * The whole examination of a clone, one step after the other, none skipped because another failed.
 * Its last line sums up all of them: `N passed, N failed`. Run it: `npm run check` or `.ci/run`.
 *
 * Node built-ins only: the first step is what installs everything else.
 * @module
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../scripts/bootstrap.mjs";
import { runsAs } from "./report.mjs";

/**
 * @typedef {{ name: string, command: readonly string[], counts: boolean }} Step
 *   `counts` when its output ends in a line `N passed, N failed`; otherwise it is one claim.
 * @typedef {{ passed: number, failed: number }} Tally
 * @typedef {{ code: number | null, output: string }} Ended
 */

const tool = (/** @type {string} */ name) => join("node_modules", ".bin", name);

/** @type {readonly Step[]} */
const steps = [
  // First, because it also installs and builds.
  { name: "tests", command: ["npm", "test"], counts: true },
  { name: "lint", command: ["npm", "run", "lint"], counts: false },
  { name: "format", command: [tool("oxfmt"), "--check"], counts: false },
  { name: "typecheck", command: ["npm", "run", "typecheck"], counts: false },
  { name: "build", command: ["npm", "run", "build"], counts: false },
  { name: "storeys", command: ["node", "checks/storeys.mjs"], counts: true },
  { name: "banned tokens", command: ["node", "checks/banned.mjs"], counts: true },
  {
    name: "unused code",
    command: [tool("knip"), "--no-progress", "--no-config-hints"],
    counts: false,
  },
  { name: "tarballs", command: ["node", "checks/tarballs.mjs"], counts: true },
  { name: "examples", command: ["node", "checks/examples.mjs"], counts: true },
  { name: "docs", command: ["node", "checks/docs.mjs"], counts: true },
];

/**
 * What a step amounts to. Whoever claims to count and then says nothing, ends badly without a
 * failure to show, or ran not one test, has failed: silence must never look like success.
 * @param {Step} step
 * @param {Ended} ended
 * @returns {Tally}
 */
export function tally({ name, counts }, { code, output }) {
  if (!counts) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const said = lastCounts(output);
  if (said === null) return { passed: 0, failed: 1 };
  const silent = said.failed === 0 && (code !== 0 || (name === "tests" && said.passed === 0));
  return silent ? { ...said, failed: 1 } : said;
}

/**
 * @param {string} output
 * @returns {Tally | null}
 */
function lastCounts(output) {
  // Colours come along even without a terminal when FORCE_COLOR is set.
  // oxlint-disable-next-line no-control-regex
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/gu, "");
  const line = /^(?:[a-z ]+: )?(?<passed>\d+) passed, (?<failed>\d+) failed(?:, \d+ skipped)?$/gmu;
  const counts = [...plain.matchAll(line)].at(-1)?.groups;
  if (counts === undefined) return null;
  return { passed: Number(counts["passed"]), failed: Number(counts["failed"]) };
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of tallies) {
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

/**
 * Runs one step with its output shown as it comes, and kept.
 * @param {Step} step
 * @returns {Promise<Ended>}
 */
function perform({ command }) {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    // No input: a step that wants to ask something must fail and not wait.
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        to.write(text);
      });
    }
    child.on("error", (error) => {
      process.stdout.write(`${error.message}\n`);
      resolve({ code: null, output });
    });
    child.on("close", (code) => resolve({ code, output }));
  });
}

async function main() {
  /** @type {{ name: string, tally: Tally }[]} */
  const results = [];
  for (const step of steps) {
    process.stdout.write(`\n== ${step.name}: ${step.command.join(" ")}\n`);
    results.push({ name: step.name, tally: tally(step, await perform(step)) });
  }
  process.stdout.write("\n");
  for (const {
    name,
    tally: { passed, failed },
  } of results) {
    const verdict = failed === 0 ? "ok    " : "FAILED";
    process.stdout.write(`${verdict}  ${name}: ${passed} passed, ${failed} failed\n`);
  }
  const { passed, failed } = sum(results.map((result) => result.tally));
  process.exitCode = failed === 0 ? 0 : 1;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}

if (runsAs(import.meta.url)) await main();
