/**
 * Random stories, each told twice: by nodes that live, and by nodes that are written out and read back all the time.
 * The traces, with every packet by its hash, are the same text; and each node of them runs again, alone.
 */
import { expect, test } from "vitest";
import { NodeMachine, PeerTable } from "../composition/index.ts";
import { Sfc32 } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, Rng, Saved } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { readPlain, readRecording, Replayer, writePlain } from "../recording/index.ts";
import { Cluster } from "./cluster.ts";

const CONFIG = { preset: "local", gossipToTheDeadMs: 3000 } as const;

const filed = <T extends Saved>(saved: T): T => readPlain(writePlain(saved)) as T;

function tell(seed: number, renews: () => boolean) {
  const rng = new Sfc32(seed);
  let text = "";
  const cluster = new Cluster({
    seed,
    peers: "each",
    membership: CONFIG,
    seeds: ["n0"],
    network: { latencyMs: [1, 40], loss: rng.below(30) / 100 },
    trace: { write: (lines) => void (text += lines) },
  });
  const names = Array.from({ length: 3 + rng.below(5) }, (_, i) => `n${i}`);
  let renewals = 0;
  const run = (ms: number): void => {
    cluster.world.runUntil(() => {
      if (!renews()) return false;
      cluster.world.renew(filed);
      renewals++;
      return false;
    }, ms);
  };
  cluster.form(names);
  run(2000);
  for (let round = 0; round < 10; round++) {
    trouble(cluster, names, round, rng);
    run(1500 + rng.below(2000));
  }
  return { text, cluster, names, renewals };
}

function trouble(cluster: Cluster, names: readonly string[], round: number, rng: Rng): void {
  const { world } = cluster;
  const [name, other] = [names[rng.below(names.length)], names[rng.below(names.length)]];
  if (name === undefined || other === undefined) return;
  const isUp = world.isAlive(name);
  switch (rng.below(8)) {
    case 0:
      if (isUp) world.crash(name);
      return;
    case 1:
      if (isUp) return;
      world.restart(name, rng.below(2) === 0 ? undefined : (`10.1.0.${round + 1}:7946` as Address));
      return cluster.join(name, ["n0"]);
    case 2:
      if (world.isPaused(name)) world.resume(name);
      else if (isUp) world.pause(name);
      return;
    case 3:
      return world.partition([names.slice(0, 2), names.slice(2)]);
    case 4:
      return world.repair();
    case 5:
      return world.slow(name, rng.below(3) * 5);
    case 6:
      if (isUp) cluster.setTags(name, new Map([["round", String(round)]]));
      return;
    default:
      return world.cut(name, other);
  }
}

test.each([1, 2, 3, 4, 5, 6])(
  "seed %i: written out or not, it is the same story",
  (seed) => {
    const { text, cluster, names } = tell(seed, () => false);
    const rng = new Sfc32(seed, 1);
    const renewed = tell(seed, () => rng.below(300) === 0);
    expect(renewed.renewals).toBeGreaterThan(1);
    expect(renewed.text === text, "the traces are the same").toBe(true);
    const recording = readRecording(text);
    for (const name of names) {
      const address = cluster.world.addressOf(name);
      const make = () => {
        const peers = new PeerTable();
        const [now, firstIncarnation] = [0 as Instant, 1 as Incarnation];
        const own = { name, address, peers, config: CONFIG, hasSeeds: true };
        const membership = new Membership({ ...own, firstIncarnation, now });
        return { peers, machine: new NodeMachine({ name, address, peers, tenants: [membership] }) };
      };
      const replayer = new Replayer(recording, make, { name });
      for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
        expect(step.difference, `${name}, input ${step.number}`).toBeUndefined();
      }
      expect(replayer.number).toBeGreaterThan(0);
    }
  },
  60_000,
);
