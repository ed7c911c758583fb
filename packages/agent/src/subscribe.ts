/**
 * `hearsay subscribe`: what is published on a topic, as it comes.
 * @module
 */
import type { AgentClient } from "./client.ts";
import { follow } from "./follow.ts";
import { topicMessageSchema } from "./http/topic-routes.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

export interface SubscribeOptions {
  readonly topic: string;
  readonly json: boolean;
  /** Messages after which it ends; nothing for never. */
  readonly count: number | undefined;
}

/** @throws CommandError if no agent answers at the first try */
export function runSubscribe(
  client: AgentClient,
  { topic, json, count }: SubscribeOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const open = (signal: AbortSignal): Promise<Response> => client.messages(topic, signal);
  return follow({ open, readable, json, count }, terminal, stop);
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
