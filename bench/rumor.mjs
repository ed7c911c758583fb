/**
 * How fast one rumor runs through a crowd: push, feedback, a counter, over the oracle, in synchronous rounds.
 *
 *     npm run build && node bench/rumor.mjs [k=4] [size…=10000 100000 1000000]
 *
 * It runs until nobody tells it any more. An event is an input that a machine gets: a rumor, feedback, a cycle that begins. CPU is
 * user and system time of the process, its collector's threads included. Each size is a process of its own; a million nodes
 * want 4 GiB.
 * @module
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { resolveRumorConfig, RumorMongering } from "hearsay/broadcast";
import { Crowd } from "hearsay/sim";
import { printMachine, table, variantAsked } from "./measure.mjs";

const CYCLE_MS = 100;
const HEAP_FLAGS = ["--max-old-space-size=12000", "--max-semi-space-size=64"];

const asked = variantAsked();
if (asked === undefined) report(...process.argv.slice(2));
else console.log(JSON.stringify(run(...asked.split("x").map(Number))));

function report(k = "4", ...named) {
  printMachine();
  const sizes = named.length > 0 ? named : ["10000", "100000", "1000000"];
  const rows = sizes.map((size) => {
    const variant = `${k}x${size}`;
    const args = [...HEAP_FLAGS, fileURLToPath(import.meta.url), "--variant", variant];
    const { residue, traffic, cycles, events, wall, cpu, rss } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: "utf8" }),
    );
    return [
      whole(Number(size)),
      residue.toPrecision(3),
      traffic.toPrecision(3),
      `${cycles}`,
      whole(events),
      (cpu / events).toFixed(2),
      (cpu / 1e6).toFixed(2),
      (wall / 1e6).toFixed(2),
      `${whole(rss / 2 ** 20)} MiB`,
      whole(rss / Number(size)),
    ];
  });
  const head = ["nodes", "residue", "traffic", "cycles", "events", "µs each", "CPU s", "s"];
  table([...head, "memory", "B a node"], rows);
}

function run(k, size) {
  const config = resolveRumorConfig({ k, intervalMs: CYCLE_MS });
  const [beganAt, cpuAt] = [performance.now(), process.cpuUsage()];
  let heard = 0;
  let lastEvents = -1;
  let cycles = 0;
  const crowd = new Crowd({
    seed: 1,
    size,
    tenants: ({ name, oracle }) => [
      new RumorMongering({ name, epoch: 1, sampler: oracle, config }),
    ],
    onEvent: () => heard++,
  });
  crowd.command(0, "rumor", { type: "publish", topic: "t", payload: new Uint8Array(8) });
  // The first round is the one that it is published in.
  for (; crowd.events > lastEvents; cycles++) {
    lastEvents = crowd.events;
    crowd.round(CYCLE_MS);
  }
  const { user, system } = process.cpuUsage(cpuAt);
  return {
    residue: 1 - heard / size,
    // Each rumor is answered.
    traffic: crowd.counts.sent / 2 / size,
    cycles: cycles - 1,
    events: crowd.events,
    wall: (performance.now() - beganAt) * 1000,
    cpu: user + system,
    rss: 1024 * process.resourceUsage().maxRSS,
  };
}

function whole(number) {
  return Math.round(number).toLocaleString("en");
}
