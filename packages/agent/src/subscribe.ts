/**
 * `hearsay subscribe`: what is published on a topic, as it comes.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentClient } from "./client.ts";
import { topicMessageSchema } from "./http/topic-routes.ts";
import { readEvents } from "./http/event-source.ts";
import { printable } from "./printable.ts";
import { written } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

export interface SubscribeOptions {
  readonly topic: string;
  readonly json: boolean;
  /** Messages after which it ends; nothing for never. */
  readonly count: number | undefined;
}

/** A stream that ended is opened again after this time. */
const RETRY_MS = 1000;

/**
 * Ends when `stop` says so, after `count` messages, or when nobody reads what it prints.
 * @throws CommandError if no agent answers at the first try
 */
export async function runSubscribe(
  client: AgentClient,
  { topic, json, count }: SubscribeOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  let left = count ?? Infinity;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    const answer = await client.messages(topic, stop).catch((error: unknown) => {
      if (isFirst && !stop.aborted) throw error;
    });
    if (answer !== undefined) {
      try {
        for await (const { data } of readEvents(answer)) {
          const message = readable(data);
          if (message === undefined) continue;
          if (!(await written(terminal.stdout, `${json ? data : message.line}\n`))) return;
          if (message.counts && --left <= 0) return;
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
  const result = topicMessageSchema.safeParse(JSON.parse(data));
  if (!result.success || result.data.type === "open") return undefined;
  const message = result.data;
  if (message.type === "missed") {
    return { line: `${message.count} messages came too fast to be shown`, counts: false };
  }
  const text = Buffer.from(message.payload, "base64").toString("utf8");
  return { line: `${printable(message.origin)}  ${printable(text)}`, counts: true };
}
