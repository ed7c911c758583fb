/**
 * What a topic costs on real sockets: one publisher, a cluster of the preset `lan` on 127.0.0.1.
 *
 *     npm run build && node bench/topics.mjs [nodes=100] [rate=500] [seconds=10] [--processes 2] [--delivery tree]
 *         [--overlay randomLinks] [--bytes 1024] [--rounds 1]
 *
 * The nodes are spread over processes, since one core is not enough for a hundred of them. They join the first, all open the
 * topic, and rest for five seconds. Then
 *
 * - singles: 30 messages, 100 ms apart, on a tree that the first has made;
 * - stream: `rate` messages a second for `seconds`, without waiting for anything.
 *
 * Latency is from `publish` to the subscriber's handler, over all nodes, by the clock that all processes of a machine share.
 * Copies are payloads that came, duplicates too, for each that was delivered. CPU is user and system time of all processes,
 * for each delivery.
 * @module
 */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bytesEncoding, createNode } from "hearsay";
import { printMachine, table } from "./measure.mjs";

const TOPIC = "bench";
const SETTLE_MS = 5000;
const SINGLES = 30;
const SINGLE_GAP_MS = 100;
/** How long what is on its way may take at the end. */
const PATIENCE_MS = 20_000;

const milliseconds = () => Number(process.hrtime.bigint()) / 1e6;

async function lead(args) {
  const option = (name, value) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? value : args.splice(at, 2)[1];
  };
  const processes = Number(option("processes", 2));
  const rounds = Number(option("rounds", 1));
  const plan = {
    delivery: option("delivery", "tree"),
    overlay: option("overlay", "randomLinks"),
    bytes: Number(option("bytes", 1024)),
  };
  const [nodes = 100, rate = 500, seconds = 10] = args.map(Number);
  printMachine();
  const rows = [];
  for (let i = 0; i < rounds; i++)
    rows.push(...(await round({ ...plan, nodes, rate, seconds, processes })));
  const head = ["load", "published", "lost", "copies", "p50 ms", "p99 ms", "max ms", "CPU µs"];
  table(head, rows);
}

async function round({ nodes, rate, seconds, processes, ...plan }) {
  const workers = Array.from({ length: processes }, (_, i) => {
    return new Follower(
      Math.floor(((i + 1) * nodes) / processes) - Math.floor((i * nodes) / processes),
    );
  });
  try {
    let seed;
    for (const worker of workers) {
      const { address } = await worker.ask({ type: "start", count: worker.count, seed, ...plan });
      seed ??= address;
    }
    await Promise.all(workers.map((worker) => worker.ask({ type: "linked", nodes })));
    await sleep(SETTLE_MS);
    const measure = async (name, count, gapMs) => {
      await Promise.all(workers.map((worker) => worker.ask({ type: "reset" })));
      await workers[0].ask({ type: "publish", count, gapMs });
      const wanted = count * nodes;
      const end = milliseconds() + PATIENCE_MS;
      let counts;
      do {
        await sleep(100);
        counts = await Promise.all(workers.map((worker) => worker.ask({ type: "count" })));
      } while (sum(counts, "delivered") < wanted && milliseconds() < end);
      const told = await Promise.all(workers.map((worker) => worker.ask({ type: "tell" })));
      const latencies = Float64Array.from(told.flatMap(({ latencies: some }) => some)).sort();
      const at = (share) =>
        latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
      const delivered = sum(told, "delivered");
      return [
        name,
        String(count),
        String(wanted - delivered),
        (1 + sum(told, "repeated") / delivered).toFixed(3),
        at(0.5).toFixed(1),
        at(0.99).toFixed(1),
        at(1).toFixed(1),
        (sum(told, "cpu") / delivered).toFixed(1),
      ];
    };
    await measure("tree", 3, SINGLE_GAP_MS);
    return [
      await measure("singles", SINGLES, SINGLE_GAP_MS),
      await measure(`${rate} a second`, rate * seconds, 1000 / rate),
    ];
  } finally {
    for (const worker of workers) worker.end();
  }
}

function sum(rows, field) {
  return rows.reduce((total, row) => total + row[field], 0);
}

/** A process of nodes, as the leader sees it. */
class Follower {
  #child = fork(fileURLToPath(import.meta.url), { serialization: "advanced" });

  constructor(count) {
    this.count = count;
  }

  ask(question) {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("a process of nodes has ended"));
      this.#child.once("exit", onExit);
      this.#child.once("message", (answer) => {
        this.#child.off("exit", onExit);
        resolve(answer);
      });
      this.#child.send(question);
    });
  }

  end() {
    this.#child.kill();
  }
}

/** A process of nodes, from inside. */
function follow() {
  const nodes = [];
  let latencies = [];
  let cpu = process.cpuUsage();
  let repeatedBefore = 0;
  let bytes = 0;
  const repeated = () =>
    nodes.reduce((total, node) => total + (node.stats().drops.repeated ?? 0), 0);
  const answers = {
    async start({ count, seed, delivery, overlay, bytes: size }) {
      bytes = size;
      for (let i = 0; i < count; i++) {
        const name = `n${process.pid}-${i}`;
        const seeds = seed === undefined && nodes.length === 0 ? [] : [seed ?? nodes[0].address];
        const node = createNode({ name, bind: "127.0.0.1:0", seeds, topics: { overlay } });
        await node.start();
        nodes.push(node);
        node.topic(TOPIC, { encoding: bytesEncoding, delivery }).subscribe(({ value }) => {
          const { buffer, byteOffset } = value;
          latencies.push(milliseconds() - new DataView(buffer, byteOffset, 8).getFloat64(0));
        });
      }
      return { address: nodes[0].address };
    },
    async linked({ nodes: wanted }) {
      const ready = (node) =>
        node.members().length === wanted && node.overlay().neighbours.length > 2;
      while (!nodes.every(ready)) await sleep(100);
      return {};
    },
    async reset() {
      latencies = [];
      repeatedBefore = repeated();
      cpu = process.cpuUsage();
      return {};
    },
    async publish({ count, gapMs }) {
      const topic = nodes[0].topic(TOPIC);
      const startedAt = milliseconds();
      for (let sent = 0; sent < count;) {
        const due = Math.min(count, 1 + Math.floor((milliseconds() - startedAt) / gapMs));
        for (; sent < due; sent++) {
          const payload = new Uint8Array(bytes);
          new DataView(payload.buffer).setFloat64(0, milliseconds());
          void topic.publish(payload);
        }
        await sleep(1);
      }
      return {};
    },
    async count() {
      return { delivered: latencies.length };
    },
    async tell() {
      const { user, system } = process.cpuUsage(cpu);
      const delivered = latencies.length;
      return { latencies, delivered, repeated: repeated() - repeatedBefore, cpu: user + system };
    },
  };
  return async (question) => process.send(await answers[question.type](question));
}

if (process.send === undefined) await lead(process.argv.slice(2));
else process.on("message", follow());
