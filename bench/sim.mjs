// How many steps a second the simulator makes of a cluster at rest, in both wire modes.
//
//     npm run build && node bench/sim.mjs [nodes=100] [virtual seconds=600] [rounds=5]
//
// A step is one input handed to a machine. Each measurement is a process of its own, modes take turns, and the
// fastest of the rounds is shown: what slows one down is the machine's other work.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Cluster } from "hearsay/sim";

const [mode, ...numbers] = ["bytes", "objects"].includes(process.argv[2])
  ? process.argv.slice(2)
  : [undefined, ...process.argv.slice(2)];
const [nodes = 100, seconds = 600, rounds = 5] = numbers.map(Number);

if (mode === undefined) compare();
else console.log(JSON.stringify(measure(mode)));

function compare() {
  const figures = { bytes: [], objects: [] };
  for (let round = 0; round < rounds; round++) {
    for (const wire of ["bytes", "objects"]) {
      const args = [fileURLToPath(import.meta.url), wire, String(nodes), String(seconds)];
      figures[wire].push(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })));
    }
  }
  console.log(
    `${nodes} nodes at rest, ${seconds} virtual seconds, preset lan, fastest of ${rounds}`,
  );
  for (const [wire, runs] of Object.entries(figures)) {
    const { steps, datagrams, ms } = runs.toSorted((a, b) => a.ms - b.ms)[0];
    const rate = Math.round(steps / ms).toLocaleString("en");
    const speed = Math.round((seconds * 1000) / ms).toLocaleString("en");
    console.log(
      `${wire.padEnd(8)} ${rate.padStart(6)} thousand steps/s  ${speed.padStart(5)} x real time  ` +
        `(${steps} steps, ${datagrams} datagrams, ${Math.round(ms)} ms)`,
    );
  }
}

function measure(wire) {
  const cluster = new Cluster({ seed: 1, wire, network: { latencyMs: [1, 10] } });
  cluster.form(Array.from({ length: nodes }, (_, i) => `n${i}`));
  if (!cluster.runUntilAgreed(60_000)) throw new Error("the nodes have not found each other");
  // The news of so many joins has to have died away.
  cluster.world.run(30_000);
  const { steps, counts } = cluster.world;
  const began = performance.now();
  cluster.world.run(seconds * 1000);
  const ms = performance.now() - began;
  const datagrams = cluster.world.counts.datagrams - counts.datagrams;
  return { steps: cluster.world.steps - steps, datagrams, ms };
}
