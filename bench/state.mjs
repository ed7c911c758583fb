/**
 * What the state of members costs: nodes with 1 KB of own state each, on 127.0.0.1 by the preset `lan`, or more of them in the
 * simulator.
 *
 *     npm run build && node bench/state.mjs [nodes=100] [seconds=20] [--bytes 1024] [--changes 60] [--digest summary]
 *     node bench/state.mjs crowd [nodes=1000] [seconds=20] [--bytes 1024] [--digest summary]
 *
 * On sockets: bytes sent, a node and second, by all that a node does, before anybody has state (`no state`), when all have
 * all (`quiet`), and while every node sets a key of 100 bytes every ten seconds (`busy`). Then `changes` keys are set one after
 * the other, and each node tells when it sees them. In the simulator: bytes of messages of state alone, in virtual time,
 * quiet and while one node in ten sets a key each second.
 * @module
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createNode } from "hearsay";
import { RecordedEffects, Sfc32 } from "hearsay/kernel";
import { Crowd } from "hearsay/sim";
import { ThreeWayExchange } from "hearsay/state";
import { printMachine, table } from "./measure.mjs";

const args = process.argv.slice(2);
const option = (name, value) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? value : args.splice(at, 2)[1];
};
const bytes = Number(option("bytes", 1024));
const changes = Number(option("changes", 60));
const digest = option("digest", "summary");
const inCrowd = args[0] === "crowd" && args.shift() === "crowd";
const [count = inCrowd ? 1000 : 100, seconds = 20] = args.map(Number);

printMachine();
if (inCrowd) crowd();
else await sockets();

async function sockets() {
  const nodes = [];
  for (let i = 0; i < count; i++) {
    const seeds = i === 0 ? [] : [nodes[0].address];
    const node = createNode({ name: `n${i}`, bind: "127.0.0.1:0", seeds, state: { digest } });
    await node.start();
    nodes.push(node);
  }
  await until(() => nodes.every((node) => node.stats().members.alive === count));
  await sleep(5000);
  const rows = [];
  rows.push(["no state", ...(await traffic(nodes))]);
  for (const node of nodes) {
    for (let i = 0; i < 8; i++) node.state.set(`key ${i}`, "x".repeat(bytes / 8 - 8));
  }
  await until(() => nodes.every((node) => node.state.members().length === count));
  await sleep(5000);
  rows.push(["quiet", ...(await traffic(nodes))]);
  let turn = 0;
  const writing = setInterval(() => {
    nodes[turn++ % count].state.set("load", "x".repeat(100));
  }, 10_000 / count);
  await sleep(3000);
  rows.push(["busy", ...(await traffic(nodes))]);
  clearInterval(writing);
  await sleep(5000);
  table(["load", "KB/s a node", "packets/s a node", "CPU ms/s, all"], rows);
  const latencies = await spread(nodes);
  const at = (share) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
  const seen = [`${changes} keys`, ...[0.5, 0.99, 1].map((share) => at(share).toFixed(0))];
  table(["changed", "p50 ms", "p99 ms", "max ms"], [seen]);
  await Promise.all(nodes.map((node) => node.stop()));
}

/** KB and packets that a node sends in a second, and CPU time of the process. */
async function traffic(nodes) {
  const sent = () => nodes.reduce((sum, node) => sum + node.stats().bytesSent, 0);
  const packets = () => nodes.reduce((sum, node) => sum + node.stats().packetsSent, 0);
  const [cpu, since, bytesBefore, packetsBefore] = [
    process.cpuUsage(),
    performance.now(),
    sent(),
    packets(),
  ];
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - since) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return [
    ((sent() - bytesBefore) / nodes.length / elapsed / 1000).toFixed(2),
    ((packets() - packetsBefore) / nodes.length / elapsed).toFixed(1),
    ((user + system) / 1000 / elapsed).toFixed(0),
  ];
}

/** From a set until each node sees it, over all nodes and keys. */
async function spread(nodes) {
  const latencies = [];
  const setAt = new Map();
  const offs = nodes.map((node) =>
    node.state.watch(
      ({ type, value }) => {
        if (type === "set" && setAt.has(value))
          latencies.push(performance.now() - setAt.get(value));
      },
      { key: "changed" },
    ),
  );
  for (let i = 0; i < changes; i++) {
    setAt.set(i, performance.now());
    nodes[(i * 7) % nodes.length].state.set("changed", i);
    await sleep(1000);
  }
  await until(() => latencies.length >= changes * nodes.length);
  for (const off of offs) off();
  return latencies.sort((a, b) => a - b);
}

async function until(holds) {
  const end = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error("not within a minute");
    await sleep(50);
  }
}

function crowd() {
  let sent = 0;
  let messages = 0;
  const epoch = 1;
  // Streams need a whole node: all comes in packets here.
  const config = { digest, streamBytes: 1 << 30 };
  const theCrowd = new Crowd({
    seed: 1,
    size: count,
    latencyMs: [1, 5],
    tenants: ({ name, peers, oracle }) => [
      counted(new ThreeWayExchange({ name, epoch, peers, sampler: oracle, config })),
    ],
  });
  /** A machine whose messages are counted when they come. */
  function counted(machine) {
    const handle = machine.handle.bind(machine);
    machine.handle = (input, now, rng, effects) => {
      if (input.type === "message") {
        const type = machine.wire.messages.find((one) => one.type === input.message.type);
        sent += type.sizeOf(input.message);
        messages++;
      }
      handle(input, now, rng, effects);
    };
    return machine;
  }
  const machines = Array.from({ length: count }, (_, i) => theCrowd.tenant(i, 0));
  introduce(machines);
  const value = new Uint8Array(bytes / 8 - 8);
  const set = (node, key) => theCrowd.command(node, "state", { type: "set", key, value, ttlMs: 0 });
  for (let node = 0; node < count; node++) for (let i = 0; i < 8; i++) set(node, `key ${i}`);
  const latest = (machine) => machine.digests().reduce((sum, { version }) => sum + version, 0);
  const total = () =>
    machines.reduce(
      (sum, machine, i) => sum + machine.standing(`${theCrowd.peers.nameOf(i)}`).version,
      0,
    );
  const agree = () => machines.every((machine) => latest(machine) === total());
  const rows = [];
  const measure = (name, step) => {
    [sent, messages] = [0, 0];
    const cpu = process.cpuUsage();
    for (let second = 0; second < seconds; second++) step(second);
    const { user, system } = process.cpuUsage(cpu);
    const each = (number) => (number / count / seconds).toFixed(1);
    rows.push([name, each(sent), each(messages), ((user + system) / 1e6).toFixed(1)]);
  };
  [sent, messages] = [0, 0];
  let formed = 0;
  while (!agree() && formed < 300) {
    theCrowd.run(1000);
    formed++;
  }
  rows.push([
    `all get all, ${formed} s`,
    (sent / count).toFixed(0),
    (messages / count).toFixed(0),
    "",
  ]);
  theCrowd.run(10_000);
  measure("quiet", () => theCrowd.run(1000));
  measure("one in ten writes each second", (second) => {
    for (let i = second % 10; i < count; i += 10) set(i, "load");
    theCrowd.run(1000);
  });
  let drained = 0;
  while (!agree() && drained < 300) {
    theCrowd.run(1000);
    drained++;
  }
  table(["load", "bytes/s a node", "messages/s a node", "CPU s"], rows);
  console.log(`\nafter the last write all had all within ${drained} s`);
}

/** A crowd has no membership: each is told by hand that all live. */
function introduce(machines) {
  const effects = new RecordedEffects();
  const rng = new Sfc32(1);
  for (const [self, machine] of machines.entries()) {
    for (let peer = 0; peer < machines.length; peer++) {
      if (peer !== self)
        machine.handle({ type: "signal", signal: { type: "peerUp", peer } }, 0, rng, effects);
    }
  }
}
