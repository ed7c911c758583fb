/**
 * Four agents of Serf and four nodes of ours in namespaces, under one fault after the other, each done to one of
 * both kinds. `npm run soak` does the same for hours, beside a cluster of Serf alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Eight, MIXED } from "./test/eight.ts";
import { missingNamespaces } from "./test/namespaces.ts";
import { missingSerf } from "./test/serf.ts";
import { until } from "./test/until.ts";
import { isUsual } from "./test/usual-complaints.ts";

const missing = missingNamespaces ?? missingSerf;
if (missing !== undefined) console.warn(`eight members under faults ${missing}`);

/** One of Serf's and one of ours, neither of them the first, whom the others joined. */
const SERF = 3;
const OURS = 7;
const REST = [0, 1, 2, 4, 5, 6];

/** A round of probes, the longest suspicion of eight (3 · 6 s at Serf's, without confirmations), gossip. */
const DETECTED_MS = 35_000;
/** The next state exchange, 15 s away at most, and gossip. */
const AGREED_MS = 30_000;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

describe.skipIf(missing !== undefined)("four of Serf and four of ours", () => {
  let eight!: Eight;

  beforeAll(async () => {
    eight = await Eight.start(MIXED);
  });

  afterAll(() => eight?.end());

  test("all eight agree", async () => {
    console.log(`agreed after ${seconds(await eight.agreed(AGREED_MS))}`);
  });

  test("keys are changed in three rounds, and nobody is lost", async () => {
    const before = eight.deaths();
    await eight.rotate();
    await sleep(2000);
    await eight.agreed(AGREED_MS);
    expect(eight.deaths()).toEqual(before);
  });

  test("one in ten packets lost: nobody is taken for dead", async () => {
    const before = eight.deaths();
    eight.lose(10);
    await sleep(8000);
    eight.heal();
    expect(eight.deaths()).toEqual(before);
    await eight.agreed(AGREED_MS);
  });

  test("one of each stopped, and going on: all see all again", async () => {
    for (const place of [SERF, OURS]) eight.signal(place, "SIGSTOP");
    await sleep(6000);
    for (const place of [SERF, OURS]) eight.signal(place, "SIGCONT");
    console.log(`agreed ${seconds(await eight.agreed(AGREED_MS))} after SIGCONT`);
  });

  test("a partition longer than any suspicion heals", async () => {
    const [one, other] = [
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ];
    eight.partition(one as number[]);
    const both = [one, other].map((side) => eight.agreed(DETECTED_MS, side));
    for (const ms of await Promise.all(both)) console.log(`one side alone after ${seconds(ms)}`);
    eight.heal();
    console.log(`healed ${seconds(await eight.agreed(AGREED_MS))} after the cut`);
  });

  test("one of each killed is found out by all, and comes back", async () => {
    for (const place of [SERF, OURS]) eight.signal(place, "SIGKILL");
    console.log(`found out after ${seconds(await eight.agreed(DETECTED_MS, REST))}`);
    for (const place of [SERF, OURS]) await eight.restart(place);
    console.log(`back after ${seconds(await eight.agreed(AGREED_MS))}`);
  });

  test("one of each that leaves comes back at another address", async () => {
    await Promise.all([SERF, OURS].map((place) => eight.leave(place)));
    await eight.agreed(DETECTED_MS, REST);
    for (const place of [SERF, OURS]) await eight.restartElsewhere(place);
    console.log(`at another address after ${seconds(await eight.agreed(AGREED_MS))}`);
  });

  test("three hundred members more are known to all, and whoever joins hears of all of them from the other kind", async () => {
    await eight.inject(300);
    for (const place of [SERF, OURS]) eight.signal(place, "SIGKILL");
    await eight.restart(SERF, OURS - 1);
    await eight.restart(OURS, SERF - 1);
    const ms = await until("all see 308", AGREED_MS, async () => {
      const seen = await Promise.all(eight.names.map((_, place) => eight.alive(place)));
      return seen.every(({ length }) => length === 308);
    });
    console.log(`308 at all after ${seconds(ms)}`);
    expect(await eight.unopened()).toEqual([]);
  });

  test("Serf's operators are told of nothing that its own kind would not tell them", async () => {
    const strange = [...eight.complaints()].filter((line) => !isUsual(line));
    console.log([...eight.complaints()].join("\n"));
    expect(strange).toEqual([]);
  });
});
