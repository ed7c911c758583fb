/**
 * Where a replay stops: `fail`, `b=suspect`, `b=*`, or the number of an input.
 * @module
 */
import type { NodeEvent } from "hearsay/kernel";
import type { ReplayStep } from "hearsay/recording";
import { UsageError } from "../terminal.ts";

/** Changes of a member. */
const CHANGES: readonly string[] = [
  "join",
  "suspect",
  "alive",
  "update",
  "leave",
  "fail",
  "conflict",
];

export type BreakCondition = (step: ReplayStep) => boolean;

/** @throws UsageError */
export function breakCondition(text: string): BreakCondition {
  if (/^\d+$/u.test(text)) {
    const number = Number(text);
    return (step) => step.number === number;
  }
  const at = text.lastIndexOf("=");
  const [name, change] = [at < 0 ? undefined : text.slice(0, at), text.slice(at + 1)];
  if (name === "" || (change !== "*" && !CHANGES.includes(change))) {
    const rule = `the number of an input, or [member=]change with a change of ${CHANGES.join(", ")} or *`;
    throw new UsageError(`--break: expected ${rule}, got ${JSON.stringify(text)}`);
  }
  return ({ events }) => events.some((event) => isChange(event, name, change));
}

function isChange(event: NodeEvent, name: string | undefined, change: string): boolean {
  const { type, member } = event as { type: string; member?: { name: string } };
  if (!CHANGES.includes(type) || (change !== "*" && type !== change)) return false;
  return name === undefined || member?.name === name;
}
