/**
 * How large an overlay one process holds: HyParView with Plumtree on it, in a crowd.
 *
 *     npm run build && node bench/overlay.mjs [size…=10000 100000 1000000]     grows, and carries broadcasts
 *     npm run build && node bench/overlay.mjs cycles                           10,000 nodes, 250 cycles with deaths
 *
 * - grow: nodes join one by one at first, then ever more at a time, each through one that joined some ms before; two cycles of
 *   shuffles; three broadcasts. The first floods, the others have a tree.
 * - cycles: the experiment of Plumtree's paper. Nodes join one by one, 50 cycles settle; then in each of 250 cycles a broadcast,
 *   and in the first 100 of them 50 nodes die before it.
 *
 * An event is an input that a tenant gets: a message, a deadline that is due, a link that goes up or down. CPU is user and
 * system time of the process, its collector's threads included. Each size is a process of its own; a million nodes want 8 GiB.
 * @module
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Plumtree, resolvePlumtreeConfig } from "hearsay/broadcast";
import { Sfc32 } from "hearsay/kernel";
import { components, HyParView, resolveHyParViewConfig } from "hearsay/overlay";
import { Crowd } from "hearsay/sim";
import { printMachine, table, variantAsked } from "./measure.mjs";

const CYCLE_MS = 10_000;
/** Part of all that have begun through whom a newcomer joins: the latest may still be on their own. */
const SETTLED = 0.9;
/** Nodes that join in a ms, as a part of those that have: faster than links come up, and there are islands. */
const GROWTH = 0.005;
const HEAP_FLAGS = ["--max-old-space-size=16000", "--max-semi-space-size=64"];

function report(names) {
  printMachine();
  const wanted = names.length > 0 ? names : ["10000", "100000", "1000000"];
  const results = wanted.map((name) => [name, run(name)]);
  const rows = results.flatMap(([name, { phases }]) =>
    phases.map(({ what, nodes, events, cpu, wall, rss, reached }) => [
      name,
      what,
      reached === undefined ? "" : `${whole(reached)} of ${whole(nodes)}`,
      whole(events),
      (events / nodes).toFixed(1),
      ((1e6 * cpu) / events).toFixed(2),
      cpu.toFixed(1),
      wall.toFixed(1),
      `${whole(rss / 2 ** 20)} MiB`,
      whole(rss / nodes),
    ]),
  );
  const head = ["nodes", "phase", "reached", "events", "a node", "µs each", "CPU s", "s", "memory"];
  table([...head, "B a node"], rows);
}

function run(name) {
  const args = [...HEAP_FLAGS, fileURLToPath(import.meta.url), "--variant", name];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function grow(size) {
  const lab = new Lab(size);
  const { crowd } = lab;
  lab.phase("made");
  const rng = new Sfc32(1, 2);
  for (let node = 1; node < size; node++) {
    lab.join(node, rng.below(Math.ceil(SETTLED * node)));
    if (node % Math.ceil(GROWTH * node) === 0) crowd.run(1);
  }
  crowd.run(1000);
  lab.phase("joined");
  crowd.run(2 * CYCLE_MS);
  lab.phase("2 cycles");
  for (let i = 1; i <= 3; i++) lab.broadcast(rng.below(size), `broadcast ${i}`);
  return lab.results();
}

function cycles() {
  const lab = new Lab(10_000, 1);
  const { crowd } = lab;
  const rng = new Sfc32(1, 2);
  for (let node = 1; node < 10_000; node++) {
    lab.join(crowd.add(), 0);
    crowd.run(20);
  }
  crowd.run(50 * CYCLE_MS);
  lab.phase("50 cycles");
  let least = 1;
  for (let cycle = 0; cycle < 250; cycle++) {
    for (let i = 0; i < (cycle < 100 ? 50 : 0); i++) {
      crowd.kill(crowd.live[rng.below(crowd.live.length)]);
    }
    least = Math.min(least, lab.publish(crowd.live[0], CYCLE_MS) / crowd.live.length);
  }
  if (least < 1) throw new Error(`a broadcast reached ${least} of the living alone`);
  lab.phase("250 cycles");
  return lab.results();
}

class Lab {
  #phases = [];
  #cpu = process.cpuUsage();
  #wall = performance.now();
  #events = 0;
  #reached = 0;

  constructor(size, made = size) {
    const config = resolveHyParViewConfig({ shuffleIntervalMs: CYCLE_MS });
    const tree = resolvePlumtreeConfig();
    this.crowd = new Crowd({
      seed: 1,
      size: made,
      tenants: ({ name, self, peers }) => [
        new HyParView({ self: { name, address: peers.addressOf(self) }, peers, config }),
        new Plumtree({ name, epoch: 1, config: tree }),
      ],
      onEvent: (_, { type }) => {
        if (type === "delivered") this.#reached++;
      },
    });
  }

  join(node, contact) {
    const { peers } = this.crowd;
    const contacts = [{ name: peers.nameOf(contact), address: peers.addressOf(contact) }];
    this.crowd.command(node, "hyparview", { type: "join", contacts });
  }

  /** How many it reaches. */
  publish(node, ms) {
    this.#reached = 0;
    const payload = new Uint8Array(64);
    this.crowd.command(node, "plumtree", { type: "publish", topic: "t", payload });
    this.crowd.run(ms);
    return this.#reached;
  }

  broadcast(node, what) {
    this.phase(what, this.publish(node, 2000));
  }

  phase(what, reached) {
    const { user, system } = process.cpuUsage(this.#cpu);
    const now = performance.now();
    const { crowd } = this;
    this.#phases.push({
      what,
      reached,
      nodes: crowd.live.length,
      events: Math.max(1, crowd.events - this.#events),
      cpu: (user + system) / 1e6,
      wall: (now - this.#wall) / 1e3,
      rss: process.memoryUsage().rss,
    });
    this.#cpu = process.cpuUsage();
    this.#wall = now;
    this.#events = crowd.events;
  }

  results() {
    const { live } = this.crowd;
    const places = new Map(live.map((node, place) => [node, place]));
    const graph = live.map((node) =>
      this.crowd.tenant(node, 0).active.members.map((peer) => places.get(peer) ?? -1),
    );
    return { phases: this.#phases, parts: components(graph).length };
  }
}

function whole(number) {
  return Math.round(number).toLocaleString("en");
}

const asked = variantAsked();
if (asked === undefined) report(process.argv.slice(2));
else console.log(JSON.stringify(asked === "cycles" ? cycles() : grow(Number(asked))));
