/**
 * Every decoder takes what strangers send: a fixed number of inputs each, the same in every run. `npm run fuzz` goes on for
 * hours.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LAYER_LIMITS, readLayers } from "hearsay/codec";
import type { Instant } from "hearsay/kernel";
import { describe, expect, test } from "vitest";
import { PACKET_BOMBS, STREAM_BOMBS } from "./bombs.ts";
import { attempt, Campaign } from "./campaign.ts";
import { HOUSE } from "./conversation.ts";
import { Coverage } from "./coverage.ts";
import { readFinding, writeFinding } from "./finding.ts";
import { House } from "./house.ts";
import { Mutator } from "./mutator.ts";
import type { Target } from "./target.ts";
import { packetSeeds } from "./targets/codec-targets.ts";
import { TARGETS } from "./targets/index.ts";

const SEED = 1;
/** Its seeds and more; together some seconds of CPU. */
const INPUTS = 768;

describe("hostile input", () => {
  test.each(TARGETS)("$name: $reads", async (target) => {
    const campaign = await Campaign.of(target, { seed: SEED });
    const { findings } = await campaign.run((so) => so.executions >= INPUTS);
    expect(findings.map(({ what, input }) => [what, Buffer.from(input).toString("hex")])).toEqual(
      [],
    );
  });

  test("every type of message that there is stands among the seeds", () => {
    const { messages } = new House(HOUSE.name, HOUSE.address, 0 as Instant);
    const seeded = new Set<string>();
    const told = {
      message: (bytes: Uint8Array, start: number) =>
        seeded.add(bytes.subarray(start, start + 3).join()),
      drop: () => {},
    };
    for (const seed of packetSeeds()) readLayers(seed, DEFAULT_LAYER_LIMITS, told);
    const starts = [...seeded];
    const missing = messages.filter(({ prefix }) => {
      const start = prefix.join();
      return !starts.some((seen) => seen === start || seen.startsWith(`${start},`));
    });
    expect(messages.length).toBeGreaterThan(50);
    expect(missing.map(({ type, prefix }) => `${type} ${prefix.join()}`)).toEqual([]);
  });

  test("what memberlist and Serf fell over is refused, or read, by every decoder", async () => {
    for (const target of TARGETS.filter(({ shape }) => shape === "packet")) {
      for (const bomb of [...PACKET_BOMBS, ...STREAM_BOMBS]) {
        expect(
          await attempt(target, bomb),
          `${target.name} ${Buffer.from(bomb.subarray(0, 40)).toString("hex")}`,
        ).toBe(undefined);
      }
    }
  });
});

/** Falls over a compound that holds a part of no bytes, inside of a compressed packet. */
const planted: Target = {
  name: "planted",
  reads: "packets, with a bug",
  shape: "packet",
  seeds: packetSeeds,
  run(input) {
    if (input[0] !== 9) return;
    readLayers(input, DEFAULT_LAYER_LIMITS, {
      message: () => {},
      drop(reason) {
        if (reason === "empty") throw new TypeError("planted");
      },
    });
  },
};

describe("the fuzz can fail", () => {
  const inputs = packetSeeds().filter((input) => input.length > 0 && input[0] !== 9);

  test("a planted bug is found, written out, and found again in what was written", async () => {
    const target = { ...planted, seeds: () => inputs };
    const campaign = await Campaign.of(target, { seed: SEED });
    const { findings, executions } = await campaign.run(
      (so) => so.findings.length > 0 || so.executions > 100_000,
    );
    const [finding] = findings;
    if (finding === undefined) throw new Error(`nothing was found in ${executions} inputs`);
    expect(finding.what).toMatch(/^TypeError: planted/u);
    const folder = mkdtempSync(join(tmpdir(), "hearsay-fuzz-"));
    try {
      const path = writeFinding(folder, finding);
      expect(readdirSync(folder)).toHaveLength(1);
      const { input } = readFinding(path);
      expect(await attempt(target, input)).toMatch(/^TypeError: planted/u);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("what takes too long, and what takes too much memory, is found", async () => {
    const slow = {
      ...planted,
      maxMs: 5,
      run: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8),
    };
    expect(await attempt(slow, new Uint8Array(1))).toMatch(/where 5 ms/u);
    const kept: Uint8Array[] = [];
    const large = {
      ...planted,
      maxBytes: 1 << 20,
      run: () => void kept.push(new Uint8Array(4 << 20)),
    };
    expect(await attempt(large, new Uint8Array(1))).toMatch(/1 MiB are the most/u);
  });

  test("the same seed makes the same inputs", () => {
    const made = [1, 1, 2].map((seed) => {
      const mutator = new Mutator(seed, "packet", inputs);
      return Array.from({ length: 100 }, () => Buffer.from(mutator.next()).toString("hex"));
    });
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).not.toEqual(made[2]);
  });

  test("coverage tells what an input reaches that none has reached before", async () => {
    const coverage = new Coverage();
    const target = TARGETS[0] as Target;
    await attempt(target, Uint8Array.of(0));
    coverage.learn(coverage.take());
    await attempt(target, Uint8Array.of(0));
    expect(coverage.take()).toEqual([]);
    for (const input of inputs) await attempt(target, input);
    expect(coverage.take().length).toBeGreaterThan(0);
    coverage.stop();
  });
});
