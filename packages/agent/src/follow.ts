/**
 * What an agent tells as it comes, a line for each thing, until Ctrl-C; over an agent that goes and comes back.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readEvents } from "./http/event-source.ts";
import { written } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export interface Followed {
  /** Opens the stream. */
  open(stop: AbortSignal): Promise<Response>;
  /** What is printed for an event's data; nothing for what is not shown. `counts` says whether it is one of `count`. */
  readable(data: string): { readonly line: string; readonly counts: boolean } | undefined;
  /** Prints the data as they are. */
  readonly json: boolean;
  /** Things after which it ends; nothing for never. */
  readonly count: number | undefined;
}

/** A stream that ended is opened again after this time. */
const RETRY_MS = 1000;

/**
 * Ends when `stop` says so, after `count` things, or when nobody reads what it prints.
 * @throws CommandError if no agent answers at the first try
 */
export async function follow(
  { open, readable, json, count }: Followed,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  let left = count ?? Infinity;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const answer = await open(stop).catch((error: unknown) => {
      if (isFirst && !stop.aborted) throw error;
    });
    if (answer !== undefined) {
      try {
        for await (const { data } of readEvents(answer)) {
          const shown = readable(data);
          if (shown === undefined) continue;
          if (!(await written(terminal.stdout, `${json ? data : shown.line}\n`))) return;
          if (shown.counts && --left <= 0) return;
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
