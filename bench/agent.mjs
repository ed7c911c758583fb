/**
 * What one agent process costs, and what its HTTP API serves beside a node whose probes stay on time.
 *
 *     npm run build && node bench/agent.mjs [starts=9] [--idle SECONDS=60] [--reads SECONDS=10]
 *
 * - Start: from `hearsay agent` to the line that says it is up, and to its first ping at a peer that it joins.
 * - At rest: an agent of the preset `lan` among three, resident memory and CPU as Linux counts them for its process,
 *   after 10 s of settling; and the same after its API has served for a while.
 * - Reads: 32 connections, one request at a time each, from a process of their own, which takes a core of its own where
 *   there are two. Meanwhile: timers of the node that came late, and what its peers suspected.
 *
 * Linux alone: figures are read from /proc.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createNode } from "hearsay";
import { udpTcp } from "hearsay/node";
import { digits, printMachine, spread, table } from "./measure.mjs";

const PROGRAM = fileURLToPath(new URL("../packages/agent/bin/hearsay.js", import.meta.url));
const TICKS_A_SECOND = 100;
const CONNECTIONS = 32;
const PATHS = ["/v1/members", "/v1/self", "/metrics"];

const args = process.argv.slice(2);
const reader = take("--reader");
const idleSeconds = Number(take("--idle") ?? 60);
const readSeconds = Number(take("--reads") ?? 10);
const starts = Number(args[0] ?? 9);

function take(option) {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

if (reader === undefined) await measure();
else console.log(JSON.stringify(await read(...reader.split(" "))));

async function measure() {
  printMachine();
  const rows = [];
  const row = (name, wanted, got) => rows.push([name, wanted, got]);
  const begun = [];
  for (let i = 0; i < starts; i++) begun.push(await startOnce());
  row("start until it is up, ms", "", spread(begun.map(({ upMs }) => upMs)));
  row("start until its first ping, ms", "≤ 300", spread(begun.map(({ pingMs }) => pingMs)));

  const first = await startAgent("a");
  const others = [await startAgent("b", first.address), await startAgent("c", first.address)];
  try {
    await sleep(10_000);
    const atRest = await cpuOver(first.pid, idleSeconds);
    row("at rest: resident memory, MB", "≤ 60", digits(residentMb(first.pid)));
    row("at rest: CPU, % of a core", "≤ 0.2", digits(atRest));
    for (const path of PATHS) await readRow(path, first, others, row);
    const after = await cpuOver(first.pid, 10);
    row("after that: resident memory, MB", "", digits(residentMb(first.pid)));
    row("after that: CPU, % of a core", "", digits(after));
  } finally {
    for (const { child } of [first, ...others]) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  }
  table(["one agent", "wanted", "got"], rows);
}

async function readRow(path, first, others, row) {
  const before = await metricsOf(first.http);
  const cpu = cpuSeconds(first.pid);
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), "--reader", `${first.http} ${path} ${readSeconds}`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  await once(child, "exit");
  const { requests, p99Ms } = JSON.parse(text);
  const busy = (100 * (cpuSeconds(first.pid) - cpu)) / readSeconds;
  const after = await metricsOf(first.http);
  const late = after.hearsay_late_wake_ups_total - before.hearsay_late_wake_ups_total;
  const seen = await Promise.all(others.map(({ http }) => metricsOf(http)));
  const suspected = seen.reduce((sum, metrics) => sum + metrics.suspected, 0);
  row(
    `GET ${path}: a second`,
    path === "/metrics" ? "" : "≥ 10,000",
    `${digits(requests / readSeconds)}, p99 ${digits(p99Ms)} ms, CPU ${digits(busy)} %`,
  );
  row(
    "  its node meanwhile",
    "on time",
    `${late} late timers (> 2 ms), health ${after.hearsay_local_health}, suspected ${suspected} times`,
  );
}

/** One agent started and ended: when it was up, and when it first pinged the node that it joined. */
async function startOnce() {
  const bind = "127.0.0.1:0";
  let pinged = () => {};
  const ping = new Promise((resolve) => (pinged = resolve));
  const peer = createNode({
    name: "peer",
    bind,
    transport: watched(udpTcp({ bind }), (bytes) => hasPing(bytes) && pinged(performance.now())),
  });
  await peer.start();
  const at = performance.now();
  const agent = await startAgent("a", peer.address);
  const upMs = performance.now() - at;
  const pingMs = (await ping) - at;
  agent.child.kill("SIGTERM");
  await once(agent.child, "exit");
  await peer.stop();
  return { upMs, pingMs };
}

async function startAgent(name, join) {
  const own = ["agent", "--name", name, "--bind", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const more = ["--ready-json", "--log-level", "warn", ...(join ? ["--join", join] : [])];
  const child = spawn(process.execPath, [PROGRAM, ...own, ...more, "--http-rate", "1000000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, ...JSON.parse(String(line)) };
}

function watched(transport, onDatagram) {
  return {
    ...transport,
    bind: (listener) => {
      const datagram = (from, bytes) => {
        onDatagram(bytes);
        listener.datagram(from, bytes);
      };
      return transport.bind({
        datagram,
        accept: (...given) => listener.accept(...given),
        trouble: (...given) => listener.trouble(...given),
      });
    },
    send: (to, bytes) => transport.send(to, bytes),
    open: (to, listener) => transport.open(to, listener),
    close: () => transport.close(),
  };
}

/** Whether a packet, with or without checksum, is a ping or a compound with one in it. */
function hasPing(bytes) {
  const [PING, COMPOUND, CHECKSUM] = [0, 7, 12];
  const packet = bytes[0] === CHECKSUM ? bytes.subarray(5) : bytes;
  if (packet[0] !== COMPOUND) return packet[0] === PING;
  let at = 2 + 2 * packet[1];
  for (let i = 0; i < packet[1]; i++) {
    if (packet[at] === PING) return true;
    at += packet[2 + 2 * i] * 256 + packet[3 + 2 * i];
  }
  return false;
}

async function metricsOf(http) {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  const figures = Object.fromEntries(text.split("\n").map((line) => line.split(" ")));
  return Object.assign(
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value)])),
    { suspected: Number(figures['hearsay_events_total{type="suspect"}'] ?? 0) },
  );
}

function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1000;
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}

async function cpuOver(pid, seconds) {
  const before = cpuSeconds(pid);
  await sleep(seconds * 1000);
  return (100 * (cpuSeconds(pid) - before)) / seconds;
}

/** Asks over and over on kept connections; the answers are of a length that the first one tells. */
async function read(at, path, seconds) {
  const [host, port] = at.split(":");
  const request = `GET ${path} HTTP/1.1\r\nHost: ${at}\r\n\r\n`;
  const until = performance.now() + Number(seconds) * 1000;
  const times = [];
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => ask(Number(port), host, request, until, times)),
  );
  times.sort((a, b) => a - b);
  return { requests: times.length, p99Ms: times[Math.floor(0.99 * times.length)] };
}

function ask(port, host, request, until, times) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true });
    let got = Buffer.alloc(0);
    let sent = 0;
    const send = () => {
      sent = performance.now();
      if (sent >= until) socket.destroy();
      else socket.write(request);
    };
    socket.on("connect", send).on("error", reject).on("close", resolve);
    socket.on("data", (chunk) => {
      got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
      const end = got.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = got.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 200")) return socket.destroy(new Error(head));
      const length = Number(/content-length: (\d+)/iu.exec(head)[1]);
      if (got.length < end + 4 + length) return;
      got = Buffer.alloc(0);
      times.push(performance.now() - sent);
      send();
    });
  });
}
