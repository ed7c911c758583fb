/**
 * `hearsay kv watch`: what changes in a map, as it comes.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentClient } from "./client.ts";
import { readEvents } from "./http/event-source.ts";
import { mapChangeSchema } from "./http/map-routes.ts";
import { shown } from "./map-commands.ts";
import { printable } from "./printable.ts";
import { written } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export interface WatchOptions {
  readonly map: string;
  readonly json: boolean;
  /** Changes after which it ends; nothing for never. */
  readonly count: number | undefined;
}

/** A stream that ended is opened again after this time. */
const RETRY_MS = 1000;

/**
 * Ends when `stop` says so, after `count` changes, or when nobody reads what it prints.
 * @throws CommandError if no agent answers at the first try
 */
export async function runWatch(
  client: AgentClient,
  { map, json, count }: WatchOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  let left = count ?? Infinity;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const answer = await client.mapChanges(map, stop).catch((error: unknown) => {
      if (isFirst && !stop.aborted) throw error;
    });
    if (answer !== undefined) {
      try {
        for await (const { data } of readEvents(answer)) {
          const change = readable(data);
          if (change === undefined) continue;
          if (!(await written(terminal.stdout, `${json ? data : change.line}\n`))) return;
          if (change.counts && --left <= 0) return;
        }
      } catch {
        // The agent has gone in the middle of a line.
      }
      if (stop.aborted) return;
      terminal.stderr.write("hearsay: the agent is gone; waiting for one\n");
    }
    await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

function readable(data: string): { line: string; counts: boolean } | undefined {
  const result = mapChangeSchema.safeParse(JSON.parse(data));
  if (!result.success || result.data.type === "open") return undefined;
  const change = result.data;
  switch (change.type) {
    case "missed":
      return { line: `${change.count} changes came too fast to be shown`, counts: false };
    case "set":
      return { line: `${printable(change.key)}  ${shown(change.value)}`, counts: true };
    case "delete":
      return { line: `${printable(change.key)}  is deleted`, counts: true };
  }
}
