/**
 * The agent's log: pino's JSON lines on stderr, or a line for people when stderr is a terminal.
 * @module
 */
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import picocolors from "picocolors";
import type { AgentSettings } from "./settings.ts";
import { hasColour } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Each line has the node's name, so that those of many agents can be told apart where they are collected. */
export function createLogger(
  { logLevel, name }: Pick<AgentSettings, "logLevel" | "name">,
  { stderr, env }: Terminal,
): Logger {
  const paint = hasColour(env, stderr);
  const destination: DestinationStream = {
    write: (line) => void stderr.write(stderr.isTTY === true ? readable(line, paint) : line),
  };
  return pino({ level: logLevel, base: { node: name } }, destination);
}

/** `12:34:56.789 WARN  no seed answered  retryInMs=1000` */
export function readable(line: string, paint: boolean): string {
  const colour = picocolors.createColors(paint);
  const {
    level,
    time,
    msg,
    err,
    node: _node,
    ...details
  } = JSON.parse(line) as Record<string, unknown>;
  const label = pino.levels.labels[level as number] ?? String(level);
  const tint = { warn: colour.yellow, error: colour.red, fatal: colour.red }[label] ?? colour.cyan;
  const facts = Object.entries(details).map(([key, value]) => `${key}=${fact(value)}`);
  const trouble = (err as { message?: string } | undefined)?.message;
  if (trouble !== undefined) facts.unshift(trouble);
  const clock = new Date(time as number).toISOString().slice(11, 23);
  const tail = facts.length === 0 ? "" : `  ${colour.dim(facts.join(" "))}`;
  return `${colour.dim(clock)} ${tint(label.toUpperCase().padEnd(5))} ${String(msg)}${tail}\n`;
}

function fact(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
