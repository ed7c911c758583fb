import { expect, test, vi } from "vitest";
import { compare } from "./compare.ts";
import { storyOf } from "./story.ts";
import { tellReally } from "./real.ts";
import { tellVirtually } from "./virtual.ts";

// Clusters in virtual time need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const STORY = storyOf(6, 30);

test("the simulator tells the same story for the same seed, and every crash and leave is heard of", () => {
  const telling = tellVirtually(STORY, 7);
  expect(tellVirtually(STORY, 7)).toEqual(telling);
  expect(telling.firstMs).toHaveLength(2);
  for (const ms of [...telling.firstMs, ...telling.fullMs, ...telling.leftMs]) {
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(15_000);
  }
  expect(telling.messages["ping"]).toBeGreaterThan(100);
});

test("a comparison shows what differs", () => {
  const one = tellVirtually(STORY, 1);
  const { rows } = compare(STORY, { ...one, packets: 2 * one.packets, lateMs: 3 }, [one, one]);
  const [packets, ping] = rows;
  expect(packets).toMatchObject({ what: "packets", real: 2 * one.packets, simulated: one.packets });
  expect(ping).toMatchObject({ what: "ping", real: one.messages["ping"], deviation: 0 });
});

test("a telling on sockets can be stopped", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 300);
  expect(await tellReally(STORY, controller.signal)).toBeUndefined();
});
