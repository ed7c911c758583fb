/**
 * Runs a program in our place: it gets our terminal and decides about signals, we pass on its end.
 * @module
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * @param {readonly string[]} args Arguments to Node, the program's file first.
 * @param {string} cwd
 */
export function runChild(args, cwd) {
  const child = spawn(process.execPath, args, { cwd, stdio: "inherit" });
  // On a terminal Ctrl-C reaches the child by itself; we only must not die before it, and passing
  // it on would make one Ctrl-C look like two, which means "now" to most programs.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
