// The same crash on better and worse networks: when does the first member declare it, when have all heard, and who
// else is taken for dead on the way? Twelve nodes, a minute of virtual time each.
import assert from "node:assert/strict";
import { Cluster } from "hearsay/sim";

const NETWORKS = {
  "one rack": { latencyMs: [0.1, 0.5] },
  "one region": { latencyMs: [1, 10], loss: 0.01 },
  "two continents": { latencyMs: [80, 120], loss: 0.02 },
  "bad radio": { latencyMs: [10, 200], loss: 0.2 },
  "worse radio": { latencyMs: [10, 400], loss: 0.4 },
};

for (const [name, network] of Object.entries(NETWORKS)) {
  const fails = [];
  const cluster = new Cluster({
    seed: 5,
    network,
    onEvent: ({ at, event }) => {
      if (event.type === "fail") fails.push({ at, name: event.member.name });
    },
  });
  cluster.form(Array.from({ length: 12 }, (_, i) => `n${i}`));
  cluster.world.run(30_000);
  const began = cluster.world.now;
  cluster.world.crash("n7");
  cluster.world.run(60_000);
  const times = fails.filter((fail) => fail.name === "n7").map(({ at }) => (at - began) / 1000);
  const [first, last] = [Math.min(...times).toFixed(1), Math.max(...times).toFixed(1)];
  const others = fails.length - times.length;
  assert.equal(times.length, 11, "all have heard of the crash");
  console.log(
    `${name.padEnd(15)} first ${first} s, all ${times.length} after ${last} s, in error ${others}`,
  );
}
