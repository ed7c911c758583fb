import { expect, test } from "vitest";
import type { Message, MessageType } from "../kernel/index.ts";
import { MAX_PEAKS } from "./peaks.ts";
import { MAX_BUCKETS } from "./sketch.ts";
import { AVERAGING_MESSAGES, PUSH_SUM_MESSAGES } from "./wire.ts";
import type { Exchange, Half } from "./wire.ts";

const exchange: Exchange = {
  type: "exchange",
  aggregate: "load",
  number: 7,
  epoch: 3,
  cycle: 2,
  wanted: 1,
  weight: 0.5,
  mean: -1.5,
  square: 4,
  least: -3,
  most: 9,
  peaks: [{ id: 5, weight: 0.25 }],
  level: 2,
  buckets: [{ key: -70, weight: 0.5 }],
};
const half: Half = { type: "half", aggregate: "load", epoch: 1, cycle: 2, sum: 3.5, weight: 0.5 };

function through<M extends Message>(types: readonly MessageType<M>[], message: M): M {
  const type = types.find((one) => one.type === message.type) as MessageType<M>;
  const bytes = new Uint8Array(type.sizeOf(message));
  const end = type.encodeInto(message, bytes, 0);
  expect(end).toBe(bytes.length);
  return type.decode(bytes, type.prefix.length, end);
}

test("what is written is read", () => {
  for (const type of ["exchange", "change"] as const) {
    const message = { ...exchange, type };
    expect(through(AVERAGING_MESSAGES, message)).toEqual(message);
  }
  const elsewhere = { type: "elsewhere", aggregate: "load", epoch: 9, cycle: 0 } as const;
  expect(through(AVERAGING_MESSAGES, elsewhere)).toEqual(elsewhere);
  const absent = { type: "absent", aggregate: "load" } as const;
  expect(through(AVERAGING_MESSAGES, absent)).toEqual(absent);
  expect(through(PUSH_SUM_MESSAGES, half)).toEqual(half);
});

test("numbers that are not finite, too large, or less than nothing make a message malformed", () => {
  const hostile: Partial<Exchange>[] = [
    { mean: NaN },
    { mean: Infinity },
    { square: -Infinity },
    { least: NaN },
    { most: 1e101 },
    { peaks: [{ id: 1, weight: 2 }] },
    { peaks: [{ id: 1, weight: NaN }] },
    { buckets: [{ key: 1, weight: -1.5 }] },
    { buckets: [{ key: 1 << 20, weight: 0.5 }] },
    { level: 99 },
    { cycle: 5000 },
    { weight: 1.5 },
    { weight: NaN },
    { wanted: 3 },
  ];
  for (const part of hostile) {
    expect(() => through(AVERAGING_MESSAGES, { ...exchange, ...part })).toThrow(
      expect.objectContaining({ reason: "outOfRange" }),
    );
  }
  for (const part of [{ weight: -0.1 }, { weight: NaN }, { sum: Infinity }]) {
    expect(() => through(PUSH_SUM_MESSAGES, { ...half, ...part })).toThrow(
      expect.objectContaining({ reason: "outOfRange" }),
    );
  }
});

test("the largest message fits into a packet, a larger one is refused", () => {
  const peaks = Array.from({ length: MAX_PEAKS + 1 }, (_, id) => ({
    id: 2 ** 31 + id,
    weight: 0.3,
  }));
  const buckets = Array.from({ length: MAX_BUCKETS + 1 }, (_, i) => ({
    key: 5000 + i,
    weight: 0.3,
  }));
  const largest = { ...exchange, peaks: peaks.slice(1), buckets: buckets.slice(1) };
  const type = AVERAGING_MESSAGES[0] as MessageType<Exchange>;
  expect(type.sizeOf(largest)).toBeLessThan(1400);
  expect(through(AVERAGING_MESSAGES, largest)).toEqual(largest);
  for (const part of [{ peaks }, { buckets }]) {
    expect(() => through(AVERAGING_MESSAGES, { ...exchange, ...part })).toThrow(
      expect.objectContaining({ reason: "tooMany" }),
    );
  }
});
