import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outgoing } from "./packet.ts";
import { news, NEWS } from "./test/news.ts";
import type { News } from "./test/news.ts";
import { TransmitQueue } from "./transmit-queue.ts";

const ROOMY = { maxMessages: 1000, maxBytes: 1 << 20 };

function queueOf(limits = ROOMY) {
  const queue = new TransmitQueue(limits);
  let packets = 0;
  const take = (budget: number, perPart = 2) => {
    const parts: Outgoing[] = [];
    const spent: string[] = [];
    const used = queue.take({ number: packets++, parts, maxParts: 100, perPart }, budget, spent);
    return { labels: parts.map((part) => (part.message as News).label), spent, used };
  };
  const offer = (label: string, size: number, transmits = 3, key = "") => {
    queue.offer(NEWS, news(label, size), transmits, key);
  };
  return { queue, take, offer };
}

describe("what a packet takes", () => {
  test("the least-sent first, then the largest that fits, then the newest", () => {
    const { take, offer } = queueOf();
    offer("old 10", 10);
    offer("20", 20);
    offer("new 10", 10);
    expect(take(24)).toMatchObject({ labels: ["20"], used: 22 });
    expect(take(24)).toMatchObject({ labels: ["new 10", "old 10"], used: 24 });
    expect(take(100).labels).toEqual(["20", "new 10", "old 10"]);
  });

  test("a message rides as often as it may, and then its key is reported", () => {
    const { queue, take, offer } = queueOf();
    offer("a", 10, 2, "a");
    expect(take(100)).toMatchObject({ labels: ["a"], spent: [] });
    expect(take(100)).toMatchObject({ labels: ["a"], spent: ["a"] });
    expect(take(100).labels).toEqual([]);
    expect(queue.length).toBe(0);
    expect(queue.bytes).toBe(0);
  });

  test("a newer message with the same key takes the place of the older", () => {
    const { queue, take, offer } = queueOf();
    offer("a is suspect", 10, 3, "a");
    take(100);
    offer("a is alive", 12, 3, "a");
    expect(queue.length).toBe(1);
    expect(take(100).labels).toEqual(["a is alive"]);
  });

  test("one packet never carries a message twice, even when asked twice", () => {
    const { queue, offer } = queueOf();
    offer("a", 10);
    const draft = { number: 0, parts: [], maxParts: 9, perPart: 2 };
    queue.take(draft, 50, []);
    queue.take(draft, 50, []);
    expect(draft.parts).toHaveLength(1);
  });
});

describe("limits", () => {
  test("a full queue drops what has been sent most, and counts it", () => {
    const { queue, take, offer } = queueOf({ maxMessages: 2, maxBytes: 1000 });
    offer("a", 10);
    take(100);
    offer("b", 10);
    offer("c", 10);
    expect(queue.dropped).toBe(1);
    expect(take(100).labels).toEqual(["c", "b"]);
  });

  test("bytes are a limit of their own", () => {
    const { queue, offer } = queueOf({ maxMessages: 100, maxBytes: 100 });
    for (let i = 0; i < 5; i++) offer(`${i}`, 40);
    expect(queue.bytes).toBeLessThanOrEqual(100);
    expect(queue.length).toBe(2);
    offer("larger than the queue", 101);
    expect(queue.length).toBe(2);
    expect(queue.dropped).toBe(4);
  });
});

test("it takes what a dumb search through a list takes", () => {
  const step = fc.oneof(
    fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      transmits: fc.integer({ min: 1, max: 4 }),
      key: fc.constantFrom("", "", "x", "y"),
    }),
    fc.record({ budget: fc.integer({ min: 0, max: 120 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { queue, take, offer } = queueOf();
      let model: {
        label: string;
        size: number;
        transmits: number;
        key: string;
        sent: number;
        order: number;
      }[] = [];
      for (const [order, s] of steps.entries()) {
        if ("budget" in s) {
          let left = s.budget;
          const expected: string[] = [];
          const taken = new Set<string>();
          for (;;) {
            const fits = model.filter((m) => !taken.has(m.label) && m.size + 2 <= left);
            fits.sort((a, b) => a.sent - b.sent || b.size - a.size || b.order - a.order);
            const best = fits[0];
            if (best === undefined) break;
            taken.add(best.label);
            expected.push(best.label);
            left -= best.size + 2;
          }
          expect(take(s.budget).labels).toEqual(expected);
          for (const m of model) if (taken.has(m.label)) m.sent++;
          model = model.filter((m) => m.sent < m.transmits);
        } else {
          if (s.key !== "") model = model.filter((m) => m.key !== s.key);
          model.push({ label: `${order}`, ...s, sent: 0, order });
          offer(`${order}`, s.size, s.transmits, s.key);
        }
        expect(queue.length).toBe(model.length);
        expect(queue.bytes).toBe(model.reduce((sum, m) => sum + m.size, 0));
      }
    }),
  );
});
