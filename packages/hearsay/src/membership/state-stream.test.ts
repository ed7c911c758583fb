import fc from "fast-check";
import { expect, test } from "vitest";
import { DecodeError, encode, Sfc32 } from "../kernel/index.ts";
import type { ProbeSeq, StreamPart } from "../kernel/index.ts";
import { Writer } from "../codec/index.ts";
import { MEMBERSHIP_PRESETS } from "./config.ts";
import type { StateLimits, StreamMessage } from "./state-stream.ts";
import { StateWriter, StreamMessageReader } from "./state-stream.ts";
import { memberNamed } from "./test/members.ts";
import { ERROR_REPLY, PING, PUSH_PULL_HEADER } from "./wire.ts";
import type { PushPullHeader } from "./wire.ts";

const members = Array.from({ length: 7 }, (_, i) => memberNamed(`m${i}`, i + 1));

/** What the cursor writes, piece by piece. */
function piecesOf(rowsPerWrite: number, join = true): Uint8Array[] {
  const writer = new StateWriter(members, rowsPerWrite, join);
  const pieces: Uint8Array[] = [];
  while (!writer.isDone) pieces.push(writer.next().encode());
  return pieces;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** What comes out of bytes that arrive `chunk` at a time. */
function read(
  bytes: Uint8Array,
  chunk: number,
  limits: StateLimits = MEMBERSHIP_PRESETS.lan,
): StreamMessage | undefined {
  const reader = new StreamMessageReader(limits);
  for (let at = 0; at < bytes.length; at += chunk) {
    const message = reader.push(bytes.subarray(at, at + chunk));
    if (message !== undefined) return message;
  }
  return undefined;
}

function headerOnly(header: PushPullHeader, after: readonly number[] = []): Uint8Array {
  const bytes = new Uint8Array(1 + PUSH_PULL_HEADER.sizeOf(header) + after.length);
  bytes[0] = 6;
  const writer = new Writer(bytes, 1);
  PUSH_PULL_HEADER.write(writer, header);
  bytes.set(after, writer.at);
  return bytes;
}

test("a state is written some rows at a time, and the pieces are one state", () => {
  expect(piecesOf(3)).toHaveLength(3);
  expect(piecesOf(100)).toHaveLength(1);
  expect(joined(piecesOf(3))).toEqual(joined(piecesOf(100)));
});

test("however it is cut, a state is read whole", () => {
  const bytes = joined(piecesOf(2));
  for (const chunk of [1, 2, 3, 17, 100, bytes.length]) {
    const message = read(bytes, chunk);
    expect(message).toMatchObject({ type: "state", join: true });
    const rows = message?.type === "state" ? message.rows : [];
    expect(rows.map((row) => [row.name, row.incarnation, row.state])).toEqual(
      members.map(({ name, incarnation }) => [name, incarnation, 0]),
    );
  }
});

test("a row is written as it is when its turn comes", () => {
  const own = [memberNamed("x", 1), memberNamed("y", 1)];
  const writer = new StateWriter(own, 1, false);
  const first = writer.next().encode();
  (own[1] as { state: string }).state = "suspect";
  const message = read(joined([first, writer.next().encode()]), 999);
  const rows = message?.type === "state" ? message.rows : [];
  expect(rows.map((row) => row.state)).toEqual([0, 1]);
});

test("nobody at all is a state, too", () => {
  const writer = new StateWriter([], 5, false);
  expect(read(writer.next().encode(), 1)).toEqual({ type: "state", join: false, rows: [] });
  expect(writer.isDone).toBe(true);
});

test("user state is passed over within its limit, and the state waits for all of it", () => {
  const header = { nodes: 0, userStateBytes: 3, join: false };
  expect(read(headerOnly(header, [1, 2]), 1)).toBeUndefined();
  expect(read(headerOnly(header, [1, 2, 3, 4]), 1)).toMatchObject({ type: "state", rows: [] });
});

test("pings and errors are read as well", () => {
  const none = new Uint8Array(0);
  const ping = { seq: 7 as ProbeSeq, node: "a", sourceAddr: none, sourcePort: 0, sourceNode: "" };
  expect(read(encode(PING, { type: "ping", ...ping }), 1)).toEqual({ type: "ping", ...ping });
  expect(read(encode(ERROR_REPLY, { type: "err", error: "no" }), 2)).toEqual({
    type: "err",
    error: "no",
  });
});

test("limits are checked before anything is made for what is promised", () => {
  const { tiny } = MEMBERSHIP_PRESETS;
  const tooManyRows = headerOnly({ nodes: 9, userStateBytes: 0, join: false });
  expect(() => read(tooManyRows, 99, tiny)).toThrow(expect.objectContaining({ reason: "tooMany" }));
  const tooMuchState = headerOnly({ nodes: 0, userStateBytes: 65, join: false });
  expect(() => read(tooMuchState, 99, tiny)).toThrow(
    expect.objectContaining({ reason: "tooLarge" }),
  );
  const tooLong = new Uint8Array(5000);
  tooLong[0] = 6;
  expect(() => read(tooLong, 5000, tiny)).toThrow(expect.objectContaining({ reason: "tooLarge" }));
});

test("any other first byte is no message of ours", () => {
  for (const type of [1, 3, 4, 5, 7, 8, 9, 10, 11, 12, 0xf4]) {
    expect(() => read(Uint8Array.of(type, 0x80), 1)).toThrow(
      expect.objectContaining({ reason: "misplacedType" }),
    );
  }
});

test("random bytes end in a message, in waiting or in a decode error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(6), fc.nat(), (bytes, type, seed) => {
      const whole = Uint8Array.of(type, ...bytes);
      const flipped = joined(piecesOf(9));
      const rng = new Sfc32(seed);
      flipped[rng.below(flipped.length)] = rng.below(256);
      for (const input of [whole, flipped]) {
        try {
          read(input, 1 + rng.below(50));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("a part handed over as it is says what its bytes say, also behind bytes", () => {
  const told = (handOver: (part: StreamPart, index: number) => boolean) => {
    const writer = new StateWriter(members, 3, true);
    const reader = new StreamMessageReader(MEMBERSHIP_PRESETS.lan);
    let message: StreamMessage | undefined;
    for (let i = 0; !writer.isDone; i++) {
      const part = writer.next();
      expect(part.encode()).toHaveLength(part.size);
      message = handOver(part, i) ? reader.pushPart(part) : reader.push(part.encode());
    }
    if (message?.type !== "state") throw new Error("no state");
    const { join, rows } = message;
    return [join, rows.map(({ name, addr, port, state }) => ({ name, addr, port, state }))];
  };
  const asBytes = told(() => false);
  expect(told(() => true)).toEqual(asBytes);
  expect(told((_, i) => i === 1)).toEqual(asBytes);
  expect(told((_, i) => i !== 1)).toEqual(asBytes);
});

test("a part that comes where none may begin is refused as its bytes are", () => {
  const [first] = [new StateWriter(members, 3, true).next()];
  const reader = new StreamMessageReader(MEMBERSHIP_PRESETS.lan);
  reader.pushPart(first);
  expect(() => reader.pushPart(first)).toThrow(/malformed|expected|field/);
});
