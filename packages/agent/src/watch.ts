/**
 * `hearsay kv watch`: what changes in a map, as it comes.
 * @module
 */
import type { AgentClient } from "./client.ts";
import { follow } from "./follow.ts";
import { mapChangeSchema } from "./http/map-routes.ts";
import { shown } from "./map-commands.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

export interface WatchOptions {
  readonly map: string;
  /** What the map must be, or becomes; nothing for whatever it is. */
  readonly conflict: string | undefined;
  readonly json: boolean;
  /** Changes after which it ends; nothing for never. */
  readonly count: number | undefined;
}

/** @throws CommandError if no agent answers at the first try */
export function runWatch(
  client: AgentClient,
  { map, conflict, json, count }: WatchOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const open = (signal: AbortSignal): Promise<Response> => client.mapChanges(map, signal, conflict);
  return follow({ open, readable, json, count }, terminal, stop);
}

function readable(data: string): { line: string; counts: boolean } | undefined {
  const result = mapChangeSchema.safeParse(JSON.parse(data));
  if (!result.success || result.data.type === "open") return undefined;
  const change = result.data;
  switch (change.type) {
    case "missed":
      return { line: `${change.count} changes came too fast to be shown`, counts: false };
    case "set":
      return { line: `${printable(change.key)}  ${allOf(change)}`, counts: true };
    case "delete":
      return { line: `${printable(change.key)}  is deleted`, counts: true };
  }
}

/** What was set at once, side by side. */
function allOf({
  value,
  values = [value],
}: {
  value?: unknown;
  values?: unknown[] | undefined;
}): string {
  return values.map(shown).join(" | ");
}
