import { describe, expect, test } from "vitest";
import { Packer } from "./packer.ts";
import { Outgoing } from "./packet.ts";
import { news, NEWS } from "./test/news.ts";
import type { News } from "./test/news.ts";
import { TransmitQueue } from "./transmit-queue.ts";

const LIMITS = { maxMessages: 10_000, maxBytes: 1 << 24 };

function packerOf(shares: ("guaranteed" | "shared")[], packetBytes: number) {
  const queues = shares.map(() => new TransmitQueue(LIMITS));
  const lanes = shares.map((share, i) => ({ queue: queues[i] as TransmitQueue, share }));
  const packer = new Packer(lanes, packetBytes);
  const spent = shares.map((): string[] => []);
  const fill = (first?: Outgoing, deaf: number[] = [], second?: Outgoing) => {
    return packer.fill(
      first,
      (lane) => !deaf.includes(lane),
      (lane) => spent[lane] as string[],
      second,
    );
  };
  const offer = (lane: number, count: number, size: number, transmits = 1) => {
    for (let i = 0; i < count; i++) queues[lane]?.offer(NEWS, news(`${lane}`, size), transmits, "");
  };
  return { fill, offer, queues };
}

const labels = (packet: ReturnType<ReturnType<typeof packerOf>["fill"]>) => {
  return packet?.parts.map((part) => (part.message as News).label).join("");
};

describe("a packet", () => {
  test("with nothing to say is not sent", () => {
    expect(packerOf(["guaranteed"], 1400).fill()).toBeUndefined();
  });

  test("of one message is that message, bare", () => {
    const { fill } = packerOf(["guaranteed"], 1400);
    expect(fill(new Outgoing(NEWS, news("ping", 30)))?.size).toBe(30);
  });

  test("begins with two that belong together, and news goes behind them", () => {
    const { fill, offer } = packerOf(["guaranteed"], 1400);
    offer(0, 1, 100);
    const [ping, suspicion] = [news("ping ", 30), news("suspect ", 40)];
    const packet = fill(new Outgoing(NEWS, ping), [], new Outgoing(NEWS, suspicion));
    expect(labels(packet)).toBe("ping suspect 0");
  });

  test("too small for both is the first alone", () => {
    const { fill } = packerOf(["guaranteed"], 300);
    const [ping, suspicion] = [news("ping", 200), news("suspect", 95)];
    const packet = fill(new Outgoing(NEWS, ping), [], new Outgoing(NEWS, suspicion));
    expect(labels(packet)).toBe("ping");
    expect(packet?.size).toBe(200);
  });

  test("never exceeds its budget, however many fit", () => {
    const { fill, offer } = packerOf(["guaranteed", "shared"], 300);
    offer(0, 50, 17);
    offer(1, 50, 29);
    for (let packet = fill(); packet !== undefined; packet = fill()) {
      expect(packet.size).toBeLessThanOrEqual(300);
      const bytes = new Uint8Array(packet.size);
      expect(packet.encodeInto(bytes, 0)).toBe(packet.size);
    }
  });

  test("larger than the budget goes out alone", () => {
    const { fill, offer } = packerOf(["guaranteed"], 300);
    offer(0, 5, 10);
    const packet = fill(new Outgoing(NEWS, news("huge", 900)));
    expect(packet?.parts).toHaveLength(1);
  });

  test("holds no more messages than every memberlist can count", () => {
    const { fill, offer } = packerOf(["guaranteed"], 60_000);
    offer(0, 1000, 1);
    expect(fill()?.parts.length).toBe(127);
  });

  test("carries nothing that its receiver cannot read", () => {
    const { fill, offer } = packerOf(["guaranteed", "shared"], 300);
    offer(0, 1, 10);
    offer(1, 1, 10);
    expect(labels(fill(undefined, [1]))).toBe("0");
    expect(labels(fill())).toBe("1");
  });
});

describe("sharing", () => {
  test("a thousand waiting user messages leave membership its half", () => {
    const { fill, offer } = packerOf(["guaranteed", "shared"], 1400);
    offer(1, 1000, 100);
    offer(0, 1000, 40);
    const packet = fill();
    const membership = packet?.parts.filter((part) => (part.message as News).label === "0") ?? [];
    const bytes = membership.reduce((sum, part) => sum + part.size + 2, 0);
    expect(bytes).toBeGreaterThan(1400 / 2 - 50);
    expect(packet?.size).toBeGreaterThan(1400 - 42);
  });

  test("what one queue leaves, another may use", () => {
    const { fill, offer } = packerOf(["guaranteed", "shared"], 1400);
    offer(0, 1, 40);
    offer(1, 100, 100);
    expect(fill()?.size).toBeGreaterThan(1300);
  });

  test("large messages get their turn beside a stream of small ones", () => {
    const { fill, offer, queues } = packerOf(["guaranteed", "shared", "shared"], 1000);
    offer(1, 3, 450);
    let packets = 0;
    while ((queues[1]?.length ?? 0) > 0 && packets < 100) {
      offer(0, 30, 20);
      offer(2, 30, 20);
      fill();
      packets++;
    }
    // A quarter of each packet is lane 1's: 452 bytes need about two packets' credit.
    expect(packets).toBeLessThanOrEqual(8);
  });

  test("over many packets the shares are the promised ones", () => {
    const { fill, offer } = packerOf(["guaranteed", "shared", "shared"], 1000);
    const sent = [0, 0, 0];
    for (let i = 0; i < 200; i++) {
      offer(0, 40, 30);
      offer(1, 4, 300);
      offer(2, 40, 25);
      for (const part of fill()?.parts ?? [])
        sent[Number((part.message as News).label)]! += part.size + 2;
    }
    const total = sent.reduce((sum, bytes) => sum + bytes, 0);
    expect((sent[0] as number) / total).toBeGreaterThan(0.48);
    expect((sent[1] as number) / total).toBeGreaterThan(0.2);
    expect((sent[2] as number) / total).toBeGreaterThan(0.2);
  });
});
