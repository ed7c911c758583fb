import { describe, expect, test } from "vitest";
import {
  logarithm,
  pushPullScale,
  retransmitLimit,
  shrunkTimeout,
  suspicionScale,
  suspicionTimeout,
} from "./formulas.ts";
import oracle from "./test/oracle-formulas.json" with { type: "json" };

describe("memberlist's own numbers", () => {
  test.each(oracle.retransmitLimit)("mult $mult, n $n: $limit transmits", ({ mult, n, limit }) => {
    expect(retransmitLimit(mult, n)).toBe(limit);
  });
  test.each(oracle.suspicionTimeout)(
    "mult $mult, n $n, interval $intervalMs: suspects get $timeoutMs ms",
    ({ mult, n, intervalMs, timeoutMs }) => {
      expect(suspicionTimeout(mult, n, intervalMs)).toBe(timeoutMs);
    },
  );
  test.each(oracle.remainingSuspicionTime)(
    "$confirmations of $k confirmations, $elapsedMs ms gone: $remainingMs ms are left",
    ({ confirmations, k, minMs, maxMs, elapsedMs, remainingMs }) => {
      expect(shrunkTimeout(confirmations, k, minMs, maxMs) - elapsedMs).toBe(remainingMs);
    },
  );
  test.each(oracle.pushPullScale)("n $n: exchanges every $scaledMs ms", (row) => {
    expect(row.intervalMs * pushPullScale(row.n)).toBe(row.scaledMs);
  });
});

test("up to a million members, every threshold of the suspicion scale is exact", () => {
  for (let scale = 1001; scale <= 6000; scale++) {
    const first = firstWithScale(scale);
    // n ** 1000 >= 10 ** scale for `first` and not for its predecessor: an exact floor(1000 log10 n).
    const bound = 10n ** BigInt(scale);
    expect(BigInt(first) ** 1000n >= bound).toBe(true);
    expect(BigInt(first - 1) ** 1000n < bound).toBe(true);
  }
});

test("the portable logarithm is the engine's, but for the last bits", () => {
  expect(logarithm(1)).toBe(0);
  for (let n = 2; n <= 64; n++) expect(Math.abs(logarithm(n) - Math.log(n))).toBeLessThan(1e-14);
});

test("the paper's example: 128 members, five intervals, six times, three confirmations", () => {
  const minMs = suspicionTimeout(5, 128, 1000);
  const times = [0, 1, 2, 3].map((c) => shrunkTimeout(c, 3, minMs, 6 * minMs));
  expect(times).toEqual([63_210, 36_872, 21_466, 10_535]);
});

test("each confirmation shortens the time, and none of them below the least", () => {
  for (let needed = 1; needed <= 62; needed++) {
    const times = Array.from({ length: needed + 1 }, (_, c) => shrunkTimeout(c, needed, 4, 24));
    expect(times[0]).toBe(24);
    expect(times.at(-1)).toBe(4);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  }
});

test("the suspicion scale never falls, and ten members or fewer count as ten", () => {
  expect([-1, 0, 1, 9, 10].map(suspicionScale)).toEqual([1000, 1000, 1000, 1000, 1000]);
  let last = 1000;
  for (let n = 10; n <= 100_000; n++) {
    const scale = suspicionScale(n);
    expect(scale >= last).toBe(true);
    last = scale;
  }
  expect(last).toBe(5000);
});

/** The least n that `suspicionScale` gives at least this scale. */
function firstWithScale(scale: number): number {
  let low = 10;
  let high = 2_000_000;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (suspicionScale(middle) >= scale) high = middle;
    else low = middle;
  }
  return high;
}
