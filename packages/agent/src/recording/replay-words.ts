/**
 * A replay in lines for people.
 *
 *       812ms  a  sees b join, incarnation 1763712000            what a node tells
 *       913ms  #17  timeout                                      an input, when every one is shown
 *              → 127.0.0.1:7951  ping  23 bytes                  what it asks of its host
 *
 * @module
 */
import { describePacket } from "hearsay/codec";
import type { Description } from "hearsay/codec";
import type { Address, Instant, NodeEvent } from "hearsay/kernel";
import type { RecordedInput, RecordedOutput } from "hearsay/recording";
import { sentence } from "hearsay/sim";
import { printable } from "../printable.ts";

const TIME_CHARS = 10;

export type NameOf = (address: Address) => string;

/** Ms since the recording began, as wide as all. */
export function timeWords(ms: number): string {
  return `${Math.round(ms)}ms`.padStart(TIME_CHARS);
}

/** `undefined` for an event that is no news. */
export function eventWords(node: string, event: NodeEvent, nameOf: NameOf): string | undefined {
  const words = ownWords(event) ?? sentence({ node, event, at: 0 as Instant }, nameOf);
  return words === undefined ? undefined : printable(words);
}

/** What the transcript of a simulated cluster has no sentences for. */
function ownWords(event: NodeEvent): string | undefined {
  const known = event as unknown as Readonly<Record<string, unknown>>;
  switch (event.type) {
    case "message": {
      const { length, size } = known["payload"] as { length?: number; size?: number };
      return `hears from ${known["from"]}: ${length ?? size} bytes by ${known["carrier"]}`;
    }
    case "probed": {
      const { name } = known["member"] as { name: string };
      return `has an answer from ${name} in ${(known["rttMs"] as number).toFixed(1)} ms`;
    }
    case "pinged":
      return `has an answer to a ping in ${(known["rttMs"] as number).toFixed(1)} ms`;
    case "sent":
      return "has sent a message";
    case "sendFailed":
      return `could not send: ${known["message"]}`;
    default:
      return undefined;
  }
}

export function inputWords(input: RecordedInput): string {
  switch (input.type) {
    case "datagram":
      return `← ${input.from}  ${messagesIn(input.bytes)}  ${input.bytes.length} bytes`;
    case "command":
      return printable(`${input.tenant}: ${input.command.type}`);
    case "accepted":
      return `stream ${input.stream} accepted from ${input.from}`;
    case "chunk":
      return `stream ${input.stream} ← ${input.bytes.length} bytes`;
    case "failed":
      return `stream ${input.stream} failed: ${input.reason}`;
    case "opened":
    case "writable":
    case "ended":
      return `stream ${input.stream} ${input.type}`;
    default:
      return input.type;
  }
}

/** `undefined` for what is told in a sentence. */
export function outputWords(output: RecordedOutput): string | undefined {
  switch (output.type) {
    case "datagram":
      return `→ ${output.to}  ${output.messages.join(" ")}  ${output.content.size} bytes`;
    case "open":
      return `stream ${output.stream} opens to ${output.to}`;
    case "write":
      return `stream ${output.stream} → ${output.content.size} bytes`;
    case "notify":
      return undefined;
    default:
      return `stream ${output.stream} ${output.type === "finish" ? "finished" : "aborted"}`;
  }
}

/** The types of the messages in a packet, as far as it can be read. */
function messagesIn(bytes: Uint8Array): string {
  try {
    return typesIn(describePacket(bytes)).join(" ");
  } catch {
    return "unreadable";
  }
}

function typesIn(description: Description): string[] {
  const inner = Object.values(description).flatMap((value) => {
    if (Array.isArray(value)) return value.flatMap((one) => typesIn(one as Description));
    return typeof value === "object" && value !== null ? typesIn(value as Description) : [];
  });
  const type = description["type"];
  if (inner.length > 0) return inner;
  return typeof type === "string" ? [type] : [];
}
