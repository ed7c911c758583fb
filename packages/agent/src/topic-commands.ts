/**
 * `hearsay publish`, `subscribe`, `topics` and `overlay`: what nodes tell all others, and the links that carry it.
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { AgentClient } from "./client.ts";
import { MAX_PUBLICATION_BYTES } from "./http/topic-routes.ts";
import { overlayDot } from "./overlay-dot.ts";
import { printable } from "./printable.ts";
import type { Flags } from "./settings.ts";
import { runSubscribe } from "./subscribe.ts";
import { columns } from "./tables.ts";
import { UsageError } from "./terminal.ts";
import type { Input, Terminal } from "./terminal.ts";

export interface TopicCommandPorts {
  readonly client: (flags: Flags) => AgentClient;
  /** A command with the options of all that ask an agent. */
  readonly command: (usage: string, description: string) => Command;
  readonly untilSignal: (work: (stop: AbortSignal) => Promise<void>) => Promise<void>;
}

export function addTopicCommands(
  terminal: Terminal,
  { client, command, untilSignal }: TopicCommandPorts,
): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

  command("publish", "publish on a topic, to every node that has it open")
    .argument("<topic>", "name of the topic")
    .argument("[text]", "what to publish; without it, what comes on standard input")
    .option("--file <file>", "publish the bytes of a file instead")
    .option("--json", "print JSON")
    .action(async (topic: string, text: string | undefined, flags: Flags) => {
      const payload = await payloadOf(text, flags["file"], terminal.stdin);
      const result = await client(flags).publish(topic, payload);
      if (flags["json"] === true) printJson(result);
      else print(`published ${result.bytes} bytes on ${printable(topic)}`);
    });

  command("subscribe", "show what is published on a topic, a line a message, until Ctrl-C")
    .argument("<topic>", "name of the topic")
    .option("--count <messages>", "end after so many")
    .option("--json", "print JSON, an object a line, as the API sends it")
    .action(async (topic: string, flags: Flags) => {
      const options = { topic, json: flags["json"] === true, count: countOf(flags["count"]) };
      await untilSignal((stop) => runSubscribe(client(flags), options, terminal, stop));
    });

  command("topics", "list the topics that the agent has open or has heard of")
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const { topics } = await client(flags).topics();
      if (flags["json"] === true) return printJson({ topics });
      const rows = topics.map((topic) => [
        printable(topic.name),
        topic.open ? "open" : "heard of",
        String(topic.published),
        String(topic.delivered),
        String(topic.subscribers),
        String(topic.missed),
      ]);
      print(columns(["TOPIC", "STATE", "PUBLISHED", "DELIVERED", "SUBSCRIBERS", "MISSED"], rows));
    });

  command("overlay", "show the links that carry topics, and which of them carry payloads")
    .option("--json", "print JSON")
    .option("--dot", "print a graph for Graphviz")
    .action(async (flags: Flags) => {
      const overlay = await client(flags).overlay();
      if (flags["json"] === true) return printJson(overlay);
      if (flags["dot"] === true) return print(overlayDot(overlay));
      const links = overlay.neighbours.map(({ name, address, push }) => [
        printable(name),
        address,
        push,
      ]);
      const spares = overlay.passive.map(({ name, address }) => [
        printable(name),
        address,
        "passive",
      ]);
      print(columns(["NEIGHBOUR", "ADDRESS", "PUSH"], [...links, ...spares]));
      if (links.length === 0) print(`\n${overlay.overlay}: no link yet`);
    });
}

/** @throws UsageError */
function countOf(text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(
    `--count: expected a whole number of 1 or more, got ${JSON.stringify(text)}`,
  );
}

/** @throws UsageError */
async function payloadOf(
  text: string | undefined,
  file: unknown,
  stdin: Input,
): Promise<Uint8Array> {
  if (text !== undefined && file !== undefined) {
    throw new UsageError("publish: expected a text or --file, got both");
  }
  if (text !== undefined) return Buffer.from(text);
  if (typeof file === "string") {
    try {
      return await readFile(file);
    } catch (error) {
      throw new UsageError(`--file: ${(error as Error).message}`);
    }
  }
  if (stdin.isTTY === true) {
    throw new UsageError("publish: expected a text, --file, or something on standard input");
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    const chunk = Buffer.from(piece as string);
    bytes += chunk.length;
    if (bytes > MAX_PUBLICATION_BYTES) {
      throw new UsageError(`standard input: expected at most ${MAX_PUBLICATION_BYTES} bytes`);
    }
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}
