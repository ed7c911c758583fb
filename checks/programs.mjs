/**
 * Running other programs for a check.
 * @module
 */
import { spawn } from "node:child_process";

/**
 * @typedef {{ code: number | null, stdout: string, stderr: string, timedOut: boolean }} Outcome
 *   `code` is null when the program did not end by itself or could not be started.
 */

/**
 * Runs a program to its end, keeping what it says. Never throws: how it ended is the outcome.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, timeoutMs: number, stdin?: string }} options
 * @returns {Promise<Outcome>}
 */
export function run(command, args, { cwd, timeoutMs, stdin = "" }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: "pipe" });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    // A program that ends without reading its input is no error of ours.
    child.stdin.on("error", () => {}).end(stdin);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: null, stdout, stderr: `${stderr}${error.message}\n`, timedOut });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, timedOut });
    });
  });
}

/**
 * How a program ended, for a failure message.
 * @param {Outcome} outcome
 */
export function describe({ code, stdout, stderr, timedOut }) {
  const end = timedOut ? "did not end in time and was killed" : `exit code ${code}`;
  return `${end}\n${stdout}${stderr}`;
}
