import { expect, test } from "vitest";
import { TYPE_BYTE, Writer } from "../codec/index.ts";
import { encode, parseAddress, RecordedEffects } from "../kernel/index.ts";
import type { ExchangeId } from "../kernel/index.ts";
import { ReliableReceiver } from "./reliable-receiver.ts";
import { DIRECT, USER_MESSAGE_HEADER } from "./wire.ts";
import type { MessagingMessage } from "./wire.ts";

/** A whole stream with a message of so many bytes. */
function streamOf(bytes: number): Uint8Array {
  const body = encode(DIRECT, { type: "direct", from: "a", payload: new Uint8Array(bytes) });
  const header = { bytes: body.length - 1 };
  const start = 1 + USER_MESSAGE_HEADER.sizeOf(header);
  const stream = new Uint8Array(start + header.bytes);
  stream[0] = TYPE_BYTE.user;
  USER_MESSAGE_HEADER.write(new Writer(stream, 1), header);
  stream.set(body.subarray(1), start);
  return stream;
}

function receiverOf(maxInboundBytes: number) {
  const receiver = new ReliableReceiver({ reliableBytes: 4000, maxInboundBytes });
  const effects = new RecordedEffects<MessagingMessage>();
  const from = parseAddress("10.0.0.1:1");
  return {
    accept: (id: number) => receiver.accept(id as ExchangeId, from),
    chunk: (id: number, bytes: Uint8Array) => receiver.chunk(id as ExchangeId, bytes, effects),
    close: (id: number) => {
      receiver.close({ type: "failed", exchange: id as ExchangeId }, effects);
    },
    took: () =>
      effects.take().map((effect) => (effect.type === "drop" ? effect.reason : effect.type)),
  };
}

test("bytes of all messages on their way in are bounded: the one too many is cut off and counted", () => {
  const { accept, chunk, close, took } = receiverOf(5000);
  const stream = streamOf(3000);
  for (const id of [1, 2, 3]) accept(id);
  expect(chunk(1, stream.subarray(0, 2900))).toBeUndefined();
  expect(chunk(2, stream.subarray(0, 2000))).toBeUndefined();
  expect(took()).toEqual([]);
  expect(chunk(3, stream.subarray(0, 200))).toBeUndefined();
  expect(took()).toEqual(["receiverFull", "abort"]);
  // What was cut off takes no room, and what is taken or broken leaves it to others.
  expect(chunk(1, stream.subarray(2900))?.message.payload).toHaveLength(3000);
  expect(took()).toEqual(["finish"]);
  accept(4);
  expect(chunk(4, stream.subarray(0, 2900))).toBeUndefined();
  close(2);
  expect(took()).toEqual(["unfinishedStream"]);
  accept(5);
  expect(chunk(5, stream.subarray(0, 2100))).toBeUndefined();
  expect(took()).toEqual([]);
});

test("garbage leaves its room to others, too", () => {
  const { accept, chunk, took } = receiverOf(4000);
  for (let id = 1; id <= 10; id++) {
    accept(id);
    expect(chunk(id, new Uint8Array(3000).fill(0xff))).toBeUndefined();
    expect(took()).toHaveLength(2);
  }
  accept(11);
  expect(chunk(11, streamOf(3900))?.message.payload).toHaveLength(3900);
});
