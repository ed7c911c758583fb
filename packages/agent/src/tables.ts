/**
 * Members and counters as text for people.
 * @module
 */
import Table from "cli-table3";
import picocolors from "picocolors";
import type { MemberJson } from "./http/member-json.ts";
import { printable } from "./printable.ts";

type Colours = ReturnType<typeof picocolors.createColors>;

export function membersTable(members: readonly MemberJson[], paint: boolean, now: number): string {
  const colour = picocolors.createColors(paint);
  const rows = members.map((member) => [
    printable(member.name),
    member.address,
    stateText(member.state, colour),
    age(now - Date.parse(member.since)),
    Object.entries(member.tags)
      .map(([key, value]) => printable(`${key}=${value}`))
      .join(","),
    colour.dim(printable(member.reason.text)),
  ]);
  return columns(["NAME", "ADDRESS", "STATE", "FOR", "TAGS", "REASON"], rows);
}

/** One line a counter; groups are dotted names. */
export function statsTable(stats: Readonly<Record<string, unknown>>): string {
  const rows: string[][] = [];
  const add = (prefix: string, value: unknown): void => {
    if (typeof value === "number") rows.push([prefix, String(Math.round(value * 1000) / 1000)]);
    else if (typeof value !== "object" || value === null) rows.push([prefix, String(value)]);
    else for (const [key, inner] of Object.entries(value)) add(`${prefix}.${key}`, inner);
  };
  for (const [key, value] of Object.entries(stats)) add(key, value);
  return columns(["COUNTER", "VALUE"], rows);
}

export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ chars: NO_LINES, style: { "padding-left": 0, "padding-right": 2 } });
  table.push([...head], ...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** How long ago, in the largest unit that fits. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function stateText(state: MemberJson["state"], colour: Colours): string {
  const tint = { alive: colour.green, suspect: colour.yellow, dead: colour.red, left: colour.dim };
  return tint[state](state);
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
