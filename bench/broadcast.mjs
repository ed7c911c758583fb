/**
 * What the broadcast machines cost per input: nanoseconds of CPU, and bytes of garbage.
 *
 *     npm run build && node bench/broadcast.mjs [rounds=5]
 *
 * One machine with 5 neighbours, HyParView's default, and effects that do nothing. In Plumtree's tree a node has a parent, one
 * child in the mean, and lazy links for the rest. Each figure is the median of the rounds (lowest..highest); bytes are the
 * least seen.
 * @module
 */
import { fileURLToPath } from "node:url";
import { Flood, Plumtree } from "hearsay/broadcast";
import { Sfc32 } from "hearsay/kernel";
import { interleave, perCall, printMachine, spread, table, variantAsked } from "./measure.mjs";

const NEIGHBOURS = [1, 2, 3, 4, 5];
const [PARENT, CHILD, ...LAZY] = NEIGHBOURS;
/** What is promised. */
const WANTED_NS = 2000;
const NOTHING = () => {};
const EFFECTS = { sendLinked: NOTHING, notify: NOTHING, drop: NOTHING, signal: NOTHING };
const rng = new Sfc32(1, 2, 3);
const payload = new Uint8Array(1024);

const variants = {
  "plumtree: a payload from the parent, delivered, passed on, announced": plumtreePayload,
  "plumtree: the same, of 100 origins in turn": () => plumtreePayload(100),
  "plumtree: a payload that was here already": plumtreeRepeated,
  "plumtree: an announcement of what is here": plumtreeAnnounced,
  "plumtree: an announcement, then the payload (both)": plumtreeEarly,
  "plumtree: what the application publishes": plumtreePublish,
  "flood: a payload, delivered and passed on": floodPayload,
};

function report() {
  const rounds = Number(process.argv[2] ?? 5);
  printMachine();
  const figures = interleave(fileURLToPath(import.meta.url), Object.keys(variants), rounds);
  const rows = [...figures].map(([name, runs]) => {
    const ns = spread(runs.map((run) => run.ns));
    return [name, ns, String(Math.min(...runs.map((run) => run.bytes)))];
  });
  table(["5 neighbours, 1 KiB", "ns per call", "garbage B"], rows);
  console.log(`wanted: at most ${WANTED_NS} ns for a payload`);
}

function started(machine) {
  machine.handle({ type: "start", channels: 0 }, 0, rng, EFFECTS);
  for (const peer of NEIGHBOURS) {
    const signal = { type: "neighbourUp", peer, overlay: "hyparview" };
    machine.handle({ type: "signal", signal }, 0, rng, EFFECTS);
  }
  return machine;
}

function plumtree() {
  const machine = started(new Plumtree({ name: "self", epoch: 1 }));
  for (const peer of LAZY) machine.handle(from(peer, { type: "prune" }), 0, rng, EFFECTS);
  if (machine.lazy.length !== LAZY.length || !machine.eager.includes(CHILD)) {
    throw new Error("no tree");
  }
  return machine;
}

function from(peer, message) {
  return { type: "message", message, from: "10.0.0.1:7946", peer, carrier: "link" };
}

function gossip(number, origin = "n7") {
  return { type: "gossip", topic: "prices", origin, epoch: 1, number, payload, hops: 3 };
}

function plumtreePayload(origins = 1) {
  const machine = plumtree();
  const names = Array.from({ length: origins }, (_, i) => `node-${i}`);
  return perCall((i) => {
    const message = gossip(1 + Math.floor(i / origins), names[i % origins]);
    machine.handle(from(PARENT, message), i, rng, EFFECTS);
  });
}

function plumtreeRepeated() {
  const machine = plumtree();
  const input = from(LAZY[0], gossip(1));
  machine.handle(from(PARENT, gossip(1)), 0, rng, EFFECTS);
  return perCall((i) => machine.handle(input, i, rng, EFFECTS));
}

function announcement(number) {
  return { type: "announce", announcements: [{ origin: "n7", epoch: 1, number, hops: 3 }] };
}

function plumtreeAnnounced() {
  const machine = plumtree();
  const input = from(LAZY[0], announcement(1));
  machine.handle(from(PARENT, gossip(1)), 0, rng, EFFECTS);
  return perCall((i) => machine.handle(input, i, rng, EFFECTS));
}

function plumtreeEarly() {
  const machine = plumtree();
  return perCall((i) => {
    machine.handle(from(LAZY[0], announcement(i + 1)), i, rng, EFFECTS);
    machine.handle(from(PARENT, gossip(i + 1)), i, rng, EFFECTS);
  });
}

function plumtreePublish() {
  const machine = plumtree();
  const input = { type: "command", command: { type: "publish", topic: "prices", payload } };
  return perCall((i) => machine.handle(input, i, rng, EFFECTS));
}

function floodPayload() {
  const machine = started(new Flood({ name: "self", epoch: 1 }));
  return perCall((i) => {
    const message = Object.assign(gossip(i + 1), { type: "flood" });
    machine.handle(from(PARENT, message), i, rng, EFFECTS);
  });
}

const asked = variantAsked();
if (asked === undefined) report();
else console.log(JSON.stringify(variants[asked]()));
