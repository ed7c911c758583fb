/**
 * Holds `docs/wire/memberlist.md` to the code: its examples decode, its limits are the constants.
 * @module
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as codec from "../codec/index.ts";
import { MAX_SKIPPED_DEPTH } from "../codec/msgpack-read.ts";
import { fromHex, toHex } from "../codec/test/vectors.ts";
import { encode } from "../kernel/index.ts";
import type { MessageType } from "../kernel/index.ts";
import * as tags from "./tags.ts";
import * as userMessages from "../messaging/wire.ts";
import * as wire from "./wire.ts";

const page = readFileSync(new URL("../../../../docs/wire/memberlist.md", import.meta.url), "utf8");

/** The cells of the rows that match, code marks taken off. */
function rows(pattern: RegExp): string[][] {
  return [...page.matchAll(pattern)].map((match) => match.slice(1));
}

const messages = [...wire.MEMBERSHIP_MESSAGES, wire.ERROR_REPLY] as unknown as MessageType[];

test("every message has an example, and it is one", () => {
  const examples = rows(/^\| (\w+) +\| `([0-9a-f]+)` +\|$/gm);
  expect(examples.map(([type]) => type).toSorted()).toEqual(
    messages.map(({ type }) => type).toSorted(),
  );
  for (const [name, hex] of examples as [string, string][]) {
    const bytes = fromHex(hex);
    const type = messages.find(({ prefix }) => prefix[0] === bytes[0]) as MessageType;
    const message = type.decode(bytes, 1, bytes.length);
    expect(message.type).toBe(name);
    expect(toHex(encode(type, message))).toBe(hex);
  }
});

test("every struct of a stream has an example, and it is one", () => {
  const structs: Readonly<Record<string, codec.Field<unknown>>> = {
    pushPullHeader: wire.PUSH_PULL_HEADER as codec.Field<unknown>,
    pushNodeState: wire.PUSH_NODE_STATE as codec.Field<unknown>,
    userMessageHeader: userMessages.USER_MESSAGE_HEADER as codec.Field<unknown>,
  };
  const examples = rows(/^\| (\w+) +\| .* \| `([0-9a-f]+)` +\|$/gm);
  expect(examples.map(([name]) => name)).toEqual(Object.keys(structs));
  for (const [name, hex] of examples as [string, string][]) {
    const reader = new codec.Reader(fromHex(hex));
    structs[name]?.read(reader);
    expect(reader.left).toBe(0);
  }
});

test("every limit on the page is the constant of that name", () => {
  const { depth, messages: most, inflatedBytes } = codec.DEFAULT_LAYER_LIMITS;
  const constants: Readonly<Record<string, unknown>> = {
    ...codec,
    ...tags,
    ...wire,
    ...userMessages,
    MAX_SKIPPED_DEPTH,
    "DEFAULT_LAYER_LIMITS.depth": depth,
    "DEFAULT_LAYER_LIMITS.messages": most,
    "DEFAULT_LAYER_LIMITS.inflatedBytes": inflatedBytes,
  };
  const limits = rows(/^\| `([A-Z_]+(?:\.\w+)?)` +\| (\d+) +\|/gm);
  expect(limits.length).toBeGreaterThan(10);
  for (const [name, value] of limits as [string, string][])
    expect([name, constants[name]]).toEqual([name, Number(value)]);
  // And none is missing.
  const named = Object.keys({ ...codec, ...tags, ...wire }).filter((name) =>
    name.startsWith("MAX_"),
  );
  expect(limits.map(([name]) => name)).toEqual(expect.arrayContaining(named));
});
