/**
 * The simulator: how many events a second it makes, and how large a cluster it holds.
 *
 *     npm run build && node bench/sim.mjs [rounds=3] [variant…]
 *
 * An event is an input handed to a machine: a packet or a chunk delivered, a deadline that is due. A timer that
 * rings early is none. Nodes are SWIM with all of Lifeguard, preset `lan`, latency 1 to 10 ms, no loss; the world
 * keeps no events (`keepEvents: false`) and the nodes no histories (`historyEntries: 0`).
 *
 * - objects, bytes, sealed: a cluster at rest; packets handed over as objects, encoded and decoded, and sealed
 *   with AES-256-GCM besides. Every measurement is a process of its own, variants take turns, and the fastest slice
 *   of a run is shown, in CPU time: what slows one down is the machine's other work.
 * - grow: nodes join, one crashes, and everybody hears of it; once, in a heap that leaves room below 8 GiB. The
 *   memory is the most that the process has ever had, with its garbage.
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  crc32,
  Keyring,
  NONCE_BYTES,
  PlainEnvelope,
  SealedEnvelope,
  StreamEnvelope,
} from "hearsay/codec";
import { nodeAead } from "hearsay/node";
import { Cluster } from "hearsay/sim";
import { printMachine, table, variantAsked } from "./measure.mjs";

/** What is promised: millions of events a second, or times real time. */
const VARIANTS = {
  "objects-100": { wire: "objects", nodes: 100, seconds: 8000, wanted: 2_000_000 },
  "objects-1000": { wire: "objects", nodes: 1000, seconds: 600, wanted: 1_000_000 },
  "bytes-100": { wire: "bytes", nodes: 100, seconds: 3000, wanted: 200_000 },
  "sealed-100": { wire: "sealed", nodes: 100, seconds: 1000, wanted: 50_000 },
  "grow-1000": { wire: "objects", nodes: 1000 },
  "grow-5000": { wire: "objects", nodes: 5000 },
};
const NETWORK = { latencyMs: [1, 10] };
/** Nodes that start in one second: what gossip can carry, so that no queue of news overflows. */
const JOINED_AT_ONCE = 10;
/** Of a run, each timed: the fastest counts. */
const SLICES = 10;
/** For the old generation; what is beside it takes some 300 MiB. */
const HEAP_MIB = 7400;
/** Longer than any news of joins takes to die away. */
const SETTLE_MS = 60_000;

const asked = variantAsked();
if (asked === undefined) compare(...process.argv.slice(2));
else console.log(JSON.stringify(asked.startsWith("grow") ? grow(asked) : rest(asked)));

function compare(rounds = "3", ...named) {
  const names = named.length > 0 ? named : Object.keys(VARIANTS);
  printMachine();
  const atRest = names.filter((name) => !name.startsWith("grow"));
  const figures = new Map(atRest.map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const name of atRest) figures.get(name).push(run(name));
  }
  const rows = atRest.map((name) => {
    const rate = ({ events, ms }) => (1000 * events) / ms;
    const best = figures.get(name).toSorted((a, b) => rate(b) - rate(a))[0];
    const wanted = whole(VARIANTS[name].wanted);
    return [name, whole(rate(best)), wanted, whole(best.virtualMs / best.ms)];
  });
  if (rows.length > 0) table(["at rest", "events/s", "wanted", "x real time"], rows);
  const grown = names
    .filter((name) => name.startsWith("grow"))
    .map((name) => {
      const { joined, died, events, ms, wallMs, rss } = run(name);
      return [
        name,
        inSeconds(joined),
        inSeconds(died),
        whole(events),
        inSeconds(ms),
        inSeconds(wallMs),
        `${whole(rss / 2 ** 20)} MiB`,
      ];
    });
  const head = [
    "growing",
    "all joined",
    "all know of the crash",
    "events",
    "CPU",
    "time",
    "memory",
  ];
  if (grown.length > 0) table(head, grown);
}

function run(name) {
  const args = [
    `--max-old-space-size=${HEAP_MIB}`,
    fileURLToPath(import.meta.url),
    "--variant",
    name,
  ];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function rest(name) {
  const { wire, nodes, seconds: virtual } = VARIANTS[name];
  const cluster = form(wire, nodes);
  cluster.world.run(SETTLE_MS);
  // Slices, because a busy machine slows some of them down; CPU time, because it takes turns with others.
  let best = { events: 0, ms: Infinity };
  let { steps } = cluster.world;
  for (let slice = 0; slice < SLICES; slice++) {
    const began = cpuMs();
    cluster.world.run((virtual * 1000) / SLICES);
    const ms = cpuMs() - began;
    const events = cluster.world.steps - steps;
    if (events / ms > best.events / best.ms) best = { events, ms };
    ({ steps } = cluster.world);
  }
  return { ...best, virtualMs: (virtual * 1000) / SLICES };
}

function grow(name) {
  const { wire, nodes } = VARIANTS[name];
  const began = cpuMs();
  const beganAt = performance.now();
  const cluster = form(wire, nodes);
  const { world } = cluster;
  const joined = world.now;
  world.crash("n1");
  const crashed = world.now;
  // Suspected members are not alive either: the declaration is what is waited for.
  waitFor(cluster, (membership) => membership.member("n1")?.state === "dead");
  const died = world.now - crashed;
  const rss = 1024 * process.resourceUsage().maxRSS;
  const wallMs = performance.now() - beganAt;
  return { joined, died, events: world.steps, ms: cpuMs() - began, wallMs, rss };
}

function form(wire, nodes) {
  const cluster = new Cluster({
    seed: 1,
    wire: wire === "objects" ? "objects" : "bytes",
    keepEvents: false,
    // A history of each member at each node would be a third of the memory.
    membership: { historyEntries: 0 },
    network: NETWORK,
    ...(wire === "sealed" && { envelopes: sealed }),
  });
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  for (const [i, name] of names.entries()) {
    cluster.add(name);
    // Each joins by somebody who is there already, so that nobody is asked by all.
    if (i > 0) cluster.join(name, [names[Math.floor(i / 2)]]);
    if (i % JOINED_AT_ONCE === 0) cluster.world.run(1000);
  }
  waitFor(cluster, ({ aliveCount }) => aliveCount === nodes);
  return cluster;
}

/** Until it is so at every live node, asked every 100 ms. */
function waitFor(cluster, isSo) {
  const memberships = cluster.live.map((name) => cluster.membership(name));
  while (!memberships.every(isSo)) {
    if (cluster.world.now > 600_000) throw new Error("the nodes do not come to agree");
    cluster.world.run(100);
  }
}

function sealed() {
  const key = createHash("sha256").update("bench").digest();
  const sealing = {
    keyring: new Keyring(nodeAead, [key]),
    nonces: countingNonces(),
    version: 1,
    verifyIncoming: true,
    verifyOutgoing: true,
  };
  const none = new Uint8Array(0);
  const packets = new SealedEnvelope(sealing, none, new PlainEnvelope(crc32));
  return {
    packets,
    streams: new StreamEnvelope({ label: none, skipInboundCheck: false }, sealing),
  };
}

/** 1, 2, 3, …: runs must not differ. */
function countingNonces() {
  let count = 0;
  const write = (target, at) => {
    target.fill(0, at, at + NONCE_BYTES);
    new DataView(target.buffer, target.byteOffset + at).setUint32(8, ++count);
  };
  return { write };
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function whole(number) {
  return Math.round(number).toLocaleString("en");
}

function inSeconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
