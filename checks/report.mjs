/**
 * How every check speaks: findings or assertions one per line, then `name: N passed, N failed`.
 * @module
 */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @typedef {import("./sources.mjs").Finding} Finding */

/**
 * Whether a module is the program that was started, and not imported by its test.
 * @param {string} url
 */
export function runsAs(url) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(url);
}

/**
 * Ends a check over files: each file without a finding has passed, each finding is a failure.
 * @param {string} name
 * @param {number} files
 * @param {readonly Finding[]} findings
 * @param {string} [folder] What the findings' paths are relative to.
 */
export function reportFindings(name, files, findings, folder) {
  for (const { file, line, rule, message } of findings) {
    process.stdout.write(`${folder ? `${folder}/` : ""}${file}:${line}  ${rule}  ${message}\n`);
  }
  const spoiled = new Set(findings.map(({ file }) => file)).size;
  conclude(name, files - spoiled, findings.length);
}

/** Collects a check's assertions; a failed one is told at once and does not stop the rest. */
export class Assertions {
  #passed = 0;
  #failed = 0;

  /**
   * @param {boolean} holds
   * @param {string} claim
   * @param {string} [detail] What was seen, shown when the claim does not hold.
   */
  that(holds, claim, detail = "") {
    if (holds) {
      this.#passed += 1;
      return;
    }
    this.#failed += 1;
    process.stdout.write(`FAILED  ${claim}${detail && `\n${indent(detail)}`}\n`);
  }

  /** @param {string} name */
  conclude(name) {
    conclude(name, this.#passed, this.#failed);
  }
}

/**
 * @param {string} text
 * @returns {string}
 */
function indent(text) {
  return text.trim().replaceAll(/^/gmu, "        ");
}

/**
 * @param {string} name
 * @param {number} passed
 * @param {number} failed
 */
function conclude(name, passed, failed) {
  process.stdout.write(`${name}: ${passed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
}
