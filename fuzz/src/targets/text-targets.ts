/**
 * Files and options: recordings, scenarios, graphs, addresses, metadata, what a node is made with.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { createNode, HearsayError } from "hearsay";
import type { NodeOptions } from "hearsay";
import { crc32, decodeBase64, encodeBase64 } from "hearsay/codec";
import { parseAddress, parseCidr, splitHostPort } from "hearsay/kernel";
import { decodeTags } from "hearsay/membership";
import { parseEdgeList } from "hearsay/overlay";
import { lineOf, readPlain, readRecording } from "hearsay/recording";
import type { RecordingSink } from "hearsay/recording";
import { MemoryNetwork, replayNode } from "hearsay/runtime";
import { parseCommand } from "hearsay/sim";
import { promise, reasonOf } from "../target.ts";
import type { Target } from "../target.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Whether it was refused in the library's own words. */
function isRefused(read: () => void): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof HearsayError) return true;
    throw error;
  }
}

/** Steps of a recording that are made again. */
const REPLAYED = 16;

const recording: Target = {
  name: "recording",
  reads: "recordings, as they are and with checksums that fit; and what is run again of them",
  shape: "text",
  maxBytes: 64 << 20,
  async seeds() {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const tape = new Tape();
    const one = { name: "ann", transport: network.transport("10.0.0.1:7946") };
    const two = { name: "bob", transport: network.transport("10.0.0.2:7946") };
    const nodes = [createNode({ ...one, recording: { sink: tape } }), createNode(two)];
    for (const node of nodes) await node.start();
    await nodes[1]?.join("10.0.0.1:7946");
    for (const node of nodes) await node.stop();
    return [encode(tape.text), encode(tape.text.split("\n").slice(0, 3).join("\n")), encode("")];
  },
  run(input) {
    const text = decode(input);
    for (const tried of [text, withChecksums(text)]) {
      isRefused(() => {
        const { replayer } = replayNode(readRecording(tried));
        for (let step = 0; step < REPLAYED && replayer.step() !== undefined; step++);
      });
    }
  },
};

class Tape implements RecordingSink {
  text = "";

  begin(): void {
    this.text = "";
  }

  write(text: string): void {
    this.text += text;
  }
}

/** Each line that is JSON gets the checksum of what it says. */
function withChecksums(text: string): string {
  const lines = text.split("\n").map((line) => {
    try {
      return lineOf(readPlain(line.slice(line.indexOf("{"))) as Parameters<typeof lineOf>[0]);
    } catch {
      return `${line}\n`;
    }
  });
  return lines.join("");
}

const SCENARIOS = new URL("../../../packages/hearsay/src/sim/test/scenarios/", import.meta.url);

const scenario: Target = {
  name: "scenario",
  reads: "the lines of a scenario",
  shape: "text",
  seeds() {
    return readdirSync(SCENARIOS).map((file) => readFileSync(new URL(file, SCENARIOS)));
  },
  run(input) {
    for (const [i, text] of decode(input).split("\n").entries()) {
      if (text !== "") isRefused(() => parseCommand({ number: i + 1, text }));
    }
  },
};

const words: Target = {
  name: "words",
  reads: "addresses, ranges, base64, edge lists, metadata of members",
  shape: "text",
  seeds: () =>
    ["127.0.0.1:7946", "[fe80::1]:80", "10.0.0.0/8", "fd00::/8", "bmV3", "a b\nb,c # d"].map(
      encode,
    ),
  run(input) {
    const text = decode(input);
    splitHostPort(text);
    parseCidr(text);
    isRefused(() => parseEdgeList(text));
    reasonOf(() => void decodeTags(input));
    reasonOf(() => void decodeTags(Uint8Array.of(0xff, ...input)));
    promise(crc32(input) === crc32(input.slice()), "a checksum is one of bytes, not of places");
    const bytes = decodeBase64(text);
    if (bytes !== undefined)
      promise(encodeBase64(bytes) === text, "base64 is read as it is written");
    isRefused(() => {
      const address = parseAddress(text);
      promise(parseAddress(address) === address, "an address stays the same");
    });
    promise(isDeepStrictEqual(decodeBase64(encodeBase64(input)), input), "bytes survive base64");
  },
};

const OPTIONS: NodeOptions = {
  name: "a",
  bind: "127.0.0.1:7946",
  advertise: "10.0.0.1:7946",
  seeds: ["b:7946"],
  tags: { role: "web" },
  metadata: { load: 1 },
  preset: "lan",
  membership: {
    probeIntervalMs: 1000,
    maxMembers: 64,
    indirectChecks: 3,
    admission: undefined,
  } as object,
  messaging: { datagramBytes: 1000 },
  composition: { packetBytes: 1400, queue: { maxMessages: 4096, maxBytes: 1 << 20 } },
  topics: { overlay: "hyparview", order: "sender" },
  applicationVersions: { least: 2, most: 5, current: 5 },
  encryption: { keys: ["EREREREREREREREREREREQ=="], verifyIncoming: true },
  label: "orders",
  allow: ["10.0.0.0/8"],
  eventBuffer: { maxEvents: 4 },
  seedRetryMs: 1000,
};

const options: Target = {
  name: "options",
  reads: "what a node is made with, from JSON",
  shape: "text",
  seeds: () => [encode(JSON.stringify(OPTIONS)), encode('{"name":"a"}')],
  run(input) {
    let given: unknown;
    try {
      given = JSON.parse(decode(input));
    } catch {
      return;
    }
    // What JSON cannot say in earnest.
    const { transport: _, ...rest } = (given ?? {}) as { transport?: unknown };
    isRefused(() => void createNode(rest as unknown as NodeOptions));
  },
};

export const TEXT_TARGETS: readonly Target[] = [recording, scenario, words, options];
