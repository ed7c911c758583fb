/**
 * `hearsay monitor`: what the agent sees happen, as it happens, until it is told to stop.
 *
 *     connect ──▶ follow ──▶ the stream ends: wait, connect again and go on after the last event, ...
 *        └──▶ nobody answers the first time: an error
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentClient } from "./client.ts";
import { eventLine } from "./event-line.ts";
import { eventSchema } from "./http/event-json.ts";
import { readEvents } from "./http/event-source.ts";
import { written } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** A stream that ended is opened again after this time. */
export const RETRY_MS = 1000;

/**
 * Ends when `stop` says so, or when nobody reads what it prints.
 * @throws CommandError if no agent answers at the first try
 */
export async function runMonitor(
  client: AgentClient,
  json: boolean,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const note = (text: string): void => void terminal.stderr.write(`hearsay: ${text}\n`);
  let isFollowing = false;
  let lastId: string | undefined;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    try {
      const answer = await client.events(stop, lastId);
      isFollowing = true;
      for await (const { id, data } of readEvents(answer)) {
        lastId = id;
        const line = json ? data : readable(data);
        if (line !== undefined && !(await written(terminal.stdout, `${line}\n`))) return;
      }
    } catch (error) {
      if (stop.aborted) return;
      if (isFirst && !isFollowing) throw error;
    }
    if (isFollowing) note(`the agent at ${client.at} is gone; waiting for one`);
    isFollowing = false;
    await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

/** Nothing for what is no event: a newer agent may send types that this version does not know. */
function readable(data: string): string | undefined {
  const result = eventSchema.safeParse(parseJson(data));
  return result.success ? eventLine(result.data) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
