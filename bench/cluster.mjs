/**
 * A cluster of N nodes of the preset `lan` in one process, on sockets of 127.0.0.1, beside Go's memberlist.
 *
 *     npm run build && node bench/cluster.mjs [sizes=100] [rounds=1] [--go FILE] [--peer NAME=FILE] [--rest SECONDS] [--gap MS]
 *         [--rest-only] [--together]
 *
 *     node bench/cluster.mjs 100,250,500 3 --go ./mlcluster
 *
 * One after another, all nodes join the first; when traffic is down to probes, the cluster rests for 30 s; then 100
 * broadcasts of 64 bytes from random nodes, 200 ms apart; 3 nodes are stopped without a farewell; 3 leave.
 *
 * - `--rest-only`: no broadcasts, crashes and leaves, and no look at memory.
 * - `--together`: ours and theirs run at the same time, each other's noise, instead of taking turns.
 * - `--gap`: milliseconds from one join to the next; many at once are more than two cores of Go's can bear.
 * - Agreed: every node has heard of every other. Seen in events, not polled.
 * - CPU is user and system time of the process, sockets and collections included, per node and second.
 * - Packets and bytes are those handed to the socket, the envelope included.
 * - Memory is what the process has grown by since its first node, per further node, after a collection: in a
 *   process of its own, in which a cluster of 8 has come and gone before, so that code compiled is no node's.
 *
 * `--go FILE`: a program that does the same with memberlist's own preset, takes `-n -config -messages -burst
 * -kills -leaves -steady`, and prints JSON (`join`, `steady`, `spaced`, `kills`, `leaves`). Each cluster is a
 * process of its own; ours and theirs take turns. 500 nodes open 1,000 sockets: see `ulimit -n`.
 *
 * `--peer NAME=FILE`: another system, a module for `node` that takes the size and the seconds of rest and prints
 * as JSON what it can of the figures that `measure` here returns.
 * @module
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createNode } from "hearsay";
import { udpTcp } from "hearsay/node";
import { printMachine, quantile, spread, table } from "./measure.mjs";

const MESSAGE_BYTES = 64;
const MESSAGE_GAP_MS = 200;
const PATIENCE_MS = 180_000;
/** Ping and ack of each node in each second. */
const PACKETS_AT_REST = 2;

const start = promisify(execFile);
const args = process.argv.slice(2);
const restOnly = flag("--rest-only");
const together = flag("--together");
const MESSAGES = restOnly ? 0 : 100;
const KILLS = restOnly ? 0 : 3;
const LEAVES = restOnly ? 0 : 3;
const go = take("--go");
const peer = take("--peer")?.split("=");
const rest = Number(take("--rest") ?? 30);
const gap = Number(take("--gap") ?? 0);
const child = take("--nodes");
const what = take("--what");
function take(option) {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

function flag(option) {
  const at = args.indexOf(option);
  return at >= 0 && args.splice(at, 1).length > 0;
}

async function compare() {
  const sizes = (args[0] ?? "100").split(",").map(Number);
  const rounds = Number(args[1] ?? 1);
  printMachine();
  for (const size of sizes) {
    const systems = [["hearsay", runOurs, []]];
    if (go !== undefined) systems.push(["Go's memberlist", runGo, []]);
    if (peer !== undefined) systems.push([peer[0], runPeer, []]);
    for (let round = 0; round < rounds; round++) {
      const runs = systems.map(
        ([, run, results]) =>
          async () =>
            results.push(await run(size)),
      );
      if (together) await Promise.all(runs.map((run) => run()));
      else for (const run of runs) await run();
    }
    table(
      [`${size} nodes`, ...systems.map(([name]) => name)],
      ROWS.map(([title, pick]) => {
        return [title].concat(systems.map(([, , runs]) => shown(runs.flatMap(pick))));
      }),
    );
  }
}

const ROWS = [
  ["join, until all agree, s", (run) => [run.joinS]],
  ["at rest: CPU, µs per node and s", (run) => [run.cpuUs]],
  ["at rest: packets per node and s", (run) => [run.packets]],
  ["at rest: bytes per node and s", (run) => [run.bytes]],
  ["memory: RSS, KB a node", (run) => [run.rssKb]],
  ["memory: heap, KB a node", (run) => [run.heapKb]],
  ["crash: the first knows, s", (run) => run.kills.map(([first]) => first)],
  ["crash: all know, s", (run) => run.kills.map(([, all]) => all)],
  ["leave: the first knows, s", (run) => run.leaves.map(([first]) => first)],
  ["leave: all know, s", (run) => run.leaves.map(([, all]) => all)],
  ["broadcast: delivered, %", (run) => [run.delivered]],
  ["broadcast: p50, ms", (run) => [run.p50]],
  ["broadcast: p99, ms", (run) => [run.p99]],
  ["live nodes taken for dead", (run) => [run.falseFails]],
];

/** What a system does not do, or does not tell, is a dash. */
function shown(figures) {
  const known = figures.filter((figure) => Number.isFinite(figure));
  return known.length === 0 ? "–" : spread(known);
}

async function runOurs(size) {
  const doings = await runChild(size, "doings", []);
  if (restOnly) return doings;
  // The engine keeps up to 32 MB of young generation in any process that was once busy: no node's either.
  return { ...doings, ...(await runChild(size, "memory", ["--max-semi-space-size=2"])) };
}

async function runChild(size, doings, engine) {
  const program = fileURLToPath(import.meta.url);
  const options = { nodes: size, what: doings, rest, gap };
  const asked = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  if (restOnly) asked.push("--rest-only");
  return output(process.execPath, ["--expose-gc", ...engine, program, ...asked]);
}

async function output(program, flags) {
  const { stdout } = await start(program, flags, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

async function runGo(size) {
  const counts = { n: size, messages: MESSAGES, burst: 0, kills: KILLS, leaves: LEAVES };
  const flags = Object.entries({
    ...counts,
    interval: MESSAGE_GAP_MS,
    steady: rest,
    "join-gap": gap,
    size: MESSAGE_BYTES,
  });
  const options = [
    "-config",
    "lan",
    ...flags.flatMap(([name, value]) => [`-${name}`, String(value)]),
  ];
  const report = await output(go, options);
  const { join, steady, spaced, kills, leaves, false_leaves: falseFails } = report;
  const seen = (gone) => (gone ?? []).map(({ first_s: first, all_s: all }) => [first, all]);
  return {
    joinS: join.converge_s,
    cpuUs: steady.cpu_s_per_node_per_s * 1e6,
    packets: steady.packets_per_node_per_s,
    bytes: steady.bytes_per_node_per_s,
    rssKb: steady.rss_per_node_trimmed_kb,
    heapKb: steady.heap_per_node_kb,
    kills: seen(kills),
    leaves: seen(leaves),
    delivered: (spaced?.delivered_fraction ?? Number.NaN) * 100,
    p50: spaced?.pair_ms.p50 ?? Number.NaN,
    p99: spaced?.pair_ms.p99 ?? Number.NaN,
    falseFails,
  };
}

async function runPeer(size) {
  const figures = await output(process.execPath, [peer[1], String(size), String(rest)]);
  return { kills: [], leaves: [], ...figures };
}

async function measureMemory(size) {
  const earlier = new Cluster();
  await earlier.add(8);
  await earlier.join();
  await earlier.settle();
  for (const node of earlier.nodes) await node.stop();
  const cluster = new Cluster();
  await cluster.add(1);
  const before = await memory();
  await cluster.add(size - 1);
  await cluster.join();
  await cluster.settle();
  const after = await memory();
  const further = (size - 1) * 1024;
  return {
    rssKb: (after.rss - before.rss) / further,
    heapKb: (after.heap - before.heap) / further,
  };
}

async function measure(size) {
  const cluster = new Cluster();
  await cluster.add(size);
  const joinS = await cluster.join();
  await cluster.settle();
  const atRest = await cluster.rest(rest);
  const spreading = restOnly ? {} : await cluster.broadcast();
  const kills = await cluster.takeDown(KILLS, (node) => node.stop(), "fail");
  const leaves = await cluster.takeDown(LEAVES, (node) => node.leave(), "leave");
  return {
    joinS,
    ...atRest,
    ...spreading,
    kills,
    leaves,
    falseFails: cluster.falseFails,
  };
}

/** What is left when everything that can go has gone: the engine gives back its young generation by and by. */
async function memory() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await sleep(500);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

class Cluster {
  nodes = [];
  falseFails = 0;
  packets = 0;
  bytes = 0;
  #joined = 0;
  #down = new Set();
  #onGone = () => {};
  #onMessage = () => {};

  async add(count) {
    for (let i = 0; i < count; i++) {
      const name = `node-${String(this.nodes.length).padStart(5, "0")}`;
      const bind = "127.0.0.1:0";
      const node = createNode({ name, bind, transport: this.#counted(udpTcp({ bind })) });
      node.on("join", () => this.#joined++);
      for (const type of ["fail", "leave"]) {
        node.on(type, ({ member }) => {
          if (!this.#down.has(member.name)) this.falseFails++;
          else this.#onGone(type, member.name, name);
        });
      }
      node.on("message", ({ payload }) => this.#onMessage(payload));
      await node.start();
      this.nodes.push(node);
    }
  }

  /** The transport, its datagrams counted. */
  #counted(transport) {
    return {
      bind: (listener) => transport.bind(listener),
      send: (to, bytes) => {
        this.packets++;
        this.bytes += bytes.length;
        transport.send(to, bytes);
      },
      open: (to, listener) => transport.open(to, listener),
      close: () => transport.close(),
    };
  }

  /** Seconds from the first join to the moment at which everybody knows everybody. */
  async join() {
    const began = performance.now();
    const [first, ...others] = this.nodes;
    for (const node of others) {
      await node.join(first.address);
      if (gap > 0) await sleep(gap);
    }
    const wanted = this.nodes.length * (this.nodes.length - 1);
    await until(() => this.#joined >= wanted, "the nodes do not find each other");
    return (performance.now() - began) / 1000;
  }

  /** Waits until, in two windows of 2 s running, little more is sent than probes. */
  async settle() {
    const quiet = 2 * 1.25 * PACKETS_AT_REST * (this.nodes.length - this.#down.size);
    for (let calm = 0; calm < 2;) {
      const before = this.packets;
      await sleep(2000);
      calm = this.packets - before > quiet ? 0 : calm + 1;
    }
  }

  async rest(seconds) {
    globalThis.gc();
    const { packets, bytes } = this;
    const cpu = process.cpuUsage();
    const began = performance.now();
    await sleep(seconds * 1000);
    const { user, system } = process.cpuUsage(cpu);
    const perNode = (this.nodes.length * (performance.now() - began)) / 1000;
    return {
      cpuUs: (user + system) / perNode,
      packets: (this.packets - packets) / perNode,
      bytes: (this.bytes - bytes) / perNode,
    };
  }

  async broadcast() {
    const sent = [];
    const delays = [];
    this.#onMessage = (payload) => {
      delays.push(
        performance.now() - sent[new DataView(payload.buffer, payload.byteOffset).getUint32(0)],
      );
    };
    for (let i = 0; i < MESSAGES; i++) {
      const payload = new Uint8Array(MESSAGE_BYTES);
      new DataView(payload.buffer).setUint32(0, i);
      sent.push(performance.now());
      this.nodes[Math.floor(Math.random() * this.nodes.length)].broadcast(payload);
      await sleep(MESSAGE_GAP_MS);
    }
    const wanted = MESSAGES * (this.nodes.length - 1);
    for (let before = -1; delays.length < wanted && delays.length > before;) {
      before = delays.length;
      await sleep(5000);
    }
    await this.settle();
    const delivered = (100 * delays.length) / wanted;
    return { delivered, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
  }

  /** Takes nodes down one by one; seconds until the first and the last of the others has noticed. */
  async takeDown(count, how, type) {
    const times = [];
    for (let i = 0; i < count; i++) {
      // The first node stays: everybody has joined it.
      const victim = this.nodes.find((node, at) => at > 0 && !this.#down.has(node.name));
      const { name } = victim;
      const seen = new Map();
      this.#down.add(name);
      const began = performance.now();
      this.#onGone = (seenType, gone, by) => {
        if (seenType === type && gone === name && !this.#down.has(by)) {
          seen.set(by, (performance.now() - began) / 1000);
        }
      };
      await how(victim);
      const others = this.nodes.length - this.#down.size;
      await until(() => seen.size >= others, `${name} is not missed by all`);
      if (type === "leave") await victim.stop();
      times.push([Math.min(...seen.values()), Math.max(...seen.values())]);
      await this.settle();
    }
    return times;
  }
}

async function until(isSo, otherwise) {
  for (const end = performance.now() + PATIENCE_MS; !isSo(); await sleep(5)) {
    if (performance.now() > end) throw new Error(otherwise);
  }
}

if (child === undefined) await compare();
else {
  const figures = await (what === "memory" ? measureMemory : measure)(Number(child));
  console.log(JSON.stringify(figures));
  // Stopping hundreds of nodes one by one is not part of anything.
  process.exit(0);
}
