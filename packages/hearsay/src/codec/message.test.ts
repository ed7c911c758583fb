import { expect, test } from "vitest";
import { channel, encode } from "../kernel/index.ts";
import type { Message } from "../kernel/index.ts";
import { bytes, list, text, uint32 } from "./field.ts";
import { channelMessage, memberlistMessage } from "./message.ts";
import type { WireMessage } from "./message.ts";
import { Reader } from "./reader.ts";
import { named } from "./struct.ts";
import { toHex } from "./test/vectors.ts";

interface News extends Message {
  readonly type: "news";
  readonly topic: string;
  readonly seen: readonly number[];
  readonly body: Uint8Array | undefined;
}

const NEWS: WireMessage<News> = channelMessage<News>(channel("m"), 3, "news", {
  topic: text(40),
  seen: list(uint32(), 8),
  body: bytes(1000),
});

const news: News = { type: "news", topic: "hi", seen: [1, 300], body: undefined };

test("a channel message is a user message: letter, kind, an array of fields", () => {
  const wire = encode(NEWS, news);
  expect(toHex(wire)).toBe("086d0393a268699201cd012cc0");
  expect(NEWS.prefix).toEqual([8, 0x6d, 3]);
  expect(NEWS.sizeOf(news)).toBe(wire.length);
  expect(NEWS.decode(wire, 3, wire.length)).toEqual(news);
});

test("a message is written at its offset, and read from its bounds", () => {
  const target = new Uint8Array(40).fill(0xee);
  const end = NEWS.encodeInto(news, target, 10);
  expect(end).toBe(10 + NEWS.sizeOf(news));
  expect(target[9]).toBe(0xee);
  expect(target[end]).toBe(0xee);
  expect(NEWS.decode(target, 13, end)).toEqual(news);
});

test("a message without room is our own mistake", () => {
  expect(() => NEWS.encodeInto(news, new Uint8Array(12), 0)).toThrow(/^BUG: no room for news/);
});

test("a memberlist message is its type byte and a map, and can be read where its end is unknown", () => {
  interface Nack extends Message {
    readonly type: "nack";
    readonly seq: number;
  }
  const nack: WireMessage<Nack> = memberlistMessage<Nack>(11, "nack", {
    seq: named("SeqNo", uint32()),
  });
  const wire = encode(nack, { type: "nack", seq: 256 });
  expect(toHex(wire)).toBe("0b81a55365714e6fcd0100");
  const reader = new Reader(wire, 1);
  expect(nack.read(reader)).toEqual({ type: "nack", seq: 256 });
  expect(reader.at).toBe(wire.length);
});
