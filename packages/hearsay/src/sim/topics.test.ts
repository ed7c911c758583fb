/** What topics promise, over whole nodes in virtual time, while everything around them goes wrong. */
import { expect, test } from "vitest";
import { Sfc32 } from "../kernel/index.ts";
import { HYPARVIEW, RANDOM_LINKS } from "../overlay/index.ts";
import { Promises } from "./checkers/index.ts";
import { Cluster } from "./cluster.ts";
import { way } from "./place.ts";
import { topicTenants } from "./topic-tenants.ts";

const N = 14;
/** Minutes of virtual time, on a machine that has other things to do. */
const TEST_MS = 60_000;
const names = Array.from({ length: N }, (_, i) => `n${i + 1}`);

interface Play {
  readonly seed: number;
  readonly overlay: typeof RANDOM_LINKS | typeof HYPARVIEW;
  readonly loss: number;
  readonly churn: boolean;
  readonly cuts: boolean;
}

/** A cluster in which everybody publishes now and then, for a minute and a half of faults, and then is left in peace. */
function play({ seed, overlay, loss, churn, cuts }: Play) {
  const promises = new Promises();
  const wrong: string[] = [];
  const rng = new Sfc32(seed);
  const cluster = new Cluster({
    seed,
    network: { latencyMs: [1, 20], loss },
    membership: { preset: "local" },
    keepEvents: false,
    seeds: names.slice(0, 3),
    onStart: (node) => promises.started(node),
    onEvent: (event) => {
      const complaint = promises.event(event);
      if (complaint !== undefined) wrong.push(`${event.node} ${complaint}`);
    },
    tenants: (context, membership) => topicTenants(overlay, context, membership),
  });
  const { world } = cluster;
  cluster.form(names);
  world.run(5000);
  const publish = (node: string): void => {
    const payload = Uint8Array.from({ length: 200 }, () => rng.below(256));
    world.command(node, "plumtree", { type: "publish", topic: "t", payload } as never);
  };
  const live = (): string[] => names.filter((name) => world.isAlive(name));
  const one = (list: readonly string[]): string => list[rng.below(list.length)] as string;
  for (let second = 1; second <= 90; second++) {
    publish(one(live()));
    publish(one(live()));
    // One in thirty seconds goes, and comes back ten seconds later: 10 % a minute.
    if (churn && second % 30 === 5) {
      const node = one(live());
      world.crash(node);
    }
    if (churn && second % 30 === 15) {
      for (const node of names.filter((name) => !world.isAlive(name))) {
        world.restart(node);
        cluster.join(node, [one(live().filter((other) => other !== node))]);
      }
    }
    if (cuts && second % 20 === 3) world.links.cut(way([one(names)], [one(names)]));
    if (cuts && second % 20 === 18) world.links.repair();
    world.run(1000);
  }
  world.calm();
  // Where three packets in ten are lost, TCP's patience doubles until a stream may stand still for a minute and more.
  world.run(loss > 0 ? 150_000 : 40_000);
  return { looks: promises.looks, missing: promises.missing((node) => world.isAlive(node)), wrong };
}

const FAULTS = [
  ["nothing goes wrong", { loss: 0, churn: false, cuts: false }],
  ["three packets in ten are lost", { loss: 0.3, churn: false, cuts: false }],
  ["ways are cut and healed", { loss: 0, churn: false, cuts: true }],
  [
    "a tenth of the nodes crashes and comes back in a minute",
    { loss: 0, churn: true, cuts: false },
  ],
  ["all of this happens at once", { loss: 0.3, churn: true, cuts: true }],
] as const;

for (const overlay of [RANDOM_LINKS, HYPARVIEW] as const) {
  test.each(FAULTS)(
    `over ${overlay}, everybody who stays gets everything, once, while %s`,
    (_, faults) => {
      const { looks, missing, wrong } = play({ seed: 3, overlay, ...faults });
      expect(wrong).toEqual([]);
      expect(missing).toEqual([]);
      expect(looks).toBeGreaterThan(180 * 9);
    },
    TEST_MS,
  );
}
