/**
 * Averaging at size: 29 cycles over so many nodes, as PeerSim's example runs them.
 *
 *     npm run build && node bench/aggregation.mjs [size…=10000 100000 1000000] [events]
 *
 * One machine stands for all nodes of a crowd and is driven by the same `handle` as that of a node on sockets. By rounds, each
 * node has one turn in a cycle, in a fresh random order; by events, each has a phase of its own. Values are drawn from 0..1,
 * nobody leads a count. Time runs from nothing to the end of the last cycle; CPU is user and system time of the process meanwhile,
 * the collector's threads included. Not in it is looking at all nodes at the end. Each size is a process of its own.
 * @module
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Averaging, resolveAveragingConfig } from "hearsay/aggregation";
import { Sfc32 } from "hearsay/kernel";
import { Crowd } from "hearsay/sim";
import { printMachine, table, variantAsked } from "./measure.mjs";

const CYCLES = 29;
const CYCLE_MS = 1000;
const HEAP_FLAGS = ["--max-old-space-size=8000", "--max-semi-space-size=64"];

function report(asked) {
  printMachine();
  const byEvents = asked.includes("events");
  const sizes = asked.filter((name) => name !== "events");
  const rows = (sizes.length > 0 ? sizes : ["10000", "100000", "1000000"]).map((size) => {
    const variant = `${size} ${byEvents ? "events" : "rounds"}`;
    const args = [...HEAP_FLAGS, fileURLToPath(import.meta.url), "--variant", variant];
    const { wall, making, cpu, factor, rss } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: "utf8" }),
    );
    const nodeCycles = CYCLES * Number(size);
    return [
      variant,
      wall.toFixed(2),
      making.toFixed(2),
      cpu.toFixed(2),
      ((1e9 * cpu) / nodeCycles).toFixed(0),
      factor.toFixed(4),
      `${(rss / 2 ** 20).toFixed(0)} MiB`,
    ];
  });
  table(
    ["nodes", "s", "of it making nodes", "CPU s", "ns a node-cycle", "factor a cycle", "memory"],
    rows,
  );
}

function run(size, hosting) {
  const [start, cpuAtStart] = [performance.now(), process.cpuUsage()];
  const rng = new Sfc32(1, 2);
  const config = resolveAveragingConfig({ intervalMs: CYCLE_MS, cycles: 1000 });
  const crowd = new Crowd({
    seed: 1,
    size,
    latencyMs: 0,
    machines: ({ oracle }) => [new Averaging({ sampler: oracle, config, nodes: size })],
  });
  if (hosting === "rounds") crowd.round(0);
  const values = Float64Array.from({ length: size }, () => rng.unit());
  for (let node = 0; node < size; node++) {
    const command = { type: "contribute", aggregate: "x", value: values[node], leads: false };
    crowd.command(node, "averaging", command);
  }
  const making = (performance.now() - start) / 1000;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    if (hosting === "rounds") crowd.round(CYCLE_MS);
    else crowd.run(CYCLE_MS);
  }
  const { user, system } = process.cpuUsage(cpuAtStart);
  const wall = (performance.now() - start) / 1000;
  const means = values.map((_, node) => crowd.tenant(node, 0).result("x", crowd.now, true).mean);
  const factor = (variance(means) / variance(values)) ** (1 / CYCLES);
  const { rss } = process.memoryUsage();
  process.stdout.write(JSON.stringify({ wall, making, cpu: (user + system) / 1e6, factor, rss }));
}

function variance(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
}

const variant = variantAsked();
if (variant === undefined) report(process.argv.slice(2));
else {
  const [size, hosting] = variant.split(" ");
  run(Number(size), hosting);
}
