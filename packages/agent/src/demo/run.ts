/**
 * `hearsay demo`: live at a terminal, a story in lines elsewhere.
 * @module
 */
import type { DemoSettings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { runLive } from "./live.ts";
import type { LiveTerminal } from "./live.ts";
import { runPlain } from "./plain.ts";

export function runDemo({ nodes }: DemoSettings, terminal: Terminal): Promise<number> {
  return isLive(terminal) ? runLive(nodes, terminal) : runPlain(nodes, terminal);
}

/** Keys come from a terminal, the picture goes to one that can move its cursor. */
function isLive(terminal: Terminal): terminal is Terminal & LiveTerminal {
  const { stdin, stdout, env } = terminal;
  return stdin.isTTY === true && stdout.isTTY === true && env["TERM"] !== "dumb";
}
