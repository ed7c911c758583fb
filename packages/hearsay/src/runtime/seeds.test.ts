import { expect, test } from "vitest";
import { HearsayError, later } from "../kernel/index.ts";
import type { Address, Instant } from "../kernel/index.ts";
import { SILENT } from "./clock.ts";
import { Seeds } from "./seeds.ts";

/** Seeds whose names and answers a test decides on, and a clock that it moves. */
function seedsOf(names: readonly string[]) {
  const lines: string[] = [];
  const known = new Map<string, readonly string[]>();
  let answers = new Set<string>();
  let now = 0 as Instant;
  let wake: (() => void) | undefined;
  const seeds = new Seeds({
    seeds: names,
    retryMs: 1000,
    self: "self" as Address,
    logger: SILENT,
    rng: { unit: () => 0.5 },
    resolver: {
      resolve: async (name) => {
        const addresses = known.get(name);
        if (addresses === undefined) throw new HearsayError("ERR_RESOLVE", `no ${name}`);
        return addresses as Address[];
      },
    },
    clock: {
      now: () => now,
      epochSeconds: () => 0,
      afterIo: () => {},
      wake: (at, callback) => {
        lines.push(`again in ${at - now}`);
        wake = () => {
          now = at;
          callback();
        };
        return () => (wake = undefined);
      },
    },
    join: async (addresses) => {
      lines.push(`join ${addresses.join()}`);
      const contacted = addresses.filter((address) => answers.has(address));
      return { contacted, failed: [] };
    },
    ask: (addresses) => lines.push(`ask ${addresses.join()}`),
  });
  /** Lets promises settle; returns what was done. */
  const take = async (): Promise<string[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    return lines.splice(0);
  };
  return {
    seeds,
    take,
    resolve: (name: string, ...addresses: string[]) => known.set(name, addresses),
    answer: (...addresses: string[]) => (answers = new Set(addresses)),
    wake: () => wake?.(),
    advance: (ms: number) => (now = later(now, ms)),
  };
}

test("seeds are tried until one answers, each time resolved anew, after waits that double and vary", async () => {
  const { seeds, take, resolve, answer, wake } = seedsOf(["one", "two"]);
  resolve("one", "1a", "1b");
  seeds.start();
  expect(await take()).toEqual(["join 1a,1b", "again in 750"]);
  wake();
  expect(await take()).toEqual(["join 1a,1b", "again in 1500"]);
  resolve("two", "2");
  answer("2");
  wake();
  expect(await take()).toEqual(["join 1a,1b,2"]);
});

test("wishes for seeds wait while they are still being joined, and are answered after", async () => {
  const { seeds, take, resolve, answer, wake } = seedsOf(["one"]);
  resolve("one", "1");
  seeds.start();
  void seeds.wanted();
  expect(await take()).toEqual(["join 1", "again in 750"]);
  void seeds.wanted();
  expect(await take()).toEqual([]);
  answer("1");
  wake();
  await take();
  resolve("one", "9");
  void seeds.wanted();
  void seeds.wanted();
  expect(await take()).toEqual(["ask 9"]);
});

test("a node that is its only seed waits to be joined, and looks again when it wants seeds", async () => {
  const { seeds, take, resolve } = seedsOf(["one"]);
  resolve("one", "self");
  seeds.start();
  expect(await take()).toEqual([]);
  resolve("one", "self", "1");
  void seeds.wanted();
  expect(await take()).toEqual(["ask self,1"]);
});

test("after the stop nothing is asked any more", async () => {
  const { seeds, take, resolve, wake } = seedsOf(["one"]);
  resolve("one", "1");
  seeds.start();
  await take();
  void seeds.wanted();
  seeds.stop();
  wake();
  void seeds.wanted();
  expect(await take()).toEqual([]);
});
