// A run is a pure function of its seed: the same events at the same instants, every time and on every machine.
import { createHash } from "node:crypto";
import { Cluster } from "hearsay/sim";

function run(seed) {
  const cluster = new Cluster({ seed, network: { latencyMs: [1, 30], loss: 0.1 } });
  cluster.form(["ann", "bob", "cid", "dan", "eve"]);
  cluster.world.run(10_000);
  cluster.world.crash("dan");
  cluster.world.run(20_000);
  const { events } = cluster.world;
  const lines = events.map(
    ({ at, node, event }) => `${at} ${node} ${event.type} ${event.member?.name}`,
  );
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

const story = run(1);
console.log(`seed 1 again: ${run(1) === story ? "the same story" : "another story"}`);
console.log(`seed 2:       ${run(2) === story ? "the same story" : "another story"}`);
