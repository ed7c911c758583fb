/**
 * A live node under as many hostile packets a second as this machine can send, with honest members beside it.
 *
 *     npm run flood                    30 s, as fast as it goes
 *     npm run flood -- --seconds 5 --rate 20000
 *     npm run flood -- --engine=""           with V8 as a program has it that sets no options
 *
 *     flooder ── hostile packets ──▶ victim ◀── probes, and a ping every 100 ms ── honest member
 *                                      ▲
 *     slow ──── streams that never end ┘
 *
 * Each is a process of its own; they share what cores there are, so the rate that is told is the one that arrived. Exits
 * with 1 if a member was taken for dead, its memory grew by more than 20 MB, or less than half of the pings were answered.
 * @module
 */
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createNode } from "hearsay";
import type { HearsayNode } from "hearsay";
import { Mutator } from "./mutator.ts";
import { packetSeeds } from "./targets/codec-targets.ts";

/** Different packets that the flooder has. */
const POOL = 4096;
/** Of how many packets of any it is before it looks at the clock. */
const BURST = 64;
const MAX_GROWTH = 20 << 20;
const SLOW_PEERS = 200;
const MEMBERS: ReadonlySet<string> = new Set(["honest", "victim"]);

/** What the victim tells of itself. */
interface Told {
  readonly received: number;
  readonly dropped: number;
  readonly rssBytes: number;
  /** What the engine knows of: its heap in use and in all, and the bytes of buffers. */
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly buffers: number;
  readonly cpuMs: number;
  readonly streams: number;
  readonly accusations: readonly string[];
  readonly members: readonly string[];
  readonly troubles: readonly string[];
}

const { values } = parseArgs({
  options: {
    as: { type: "string", default: "all" },
    port: { type: "string", default: "0" },
    seconds: { type: "string", default: "30" },
    rate: { type: "string", default: "1000000" },
    // What `hearsay agent` runs with. With none of it V8 lets the young generation grow as fast as packets come.
    engine: { type: "string", default: "--optimize-for-size" },
  },
});

if (values.as === "victim") await beVictim();
else if (values.as === "flooder")
  await flood(Number(values.port), Number(values.seconds), Number(values.rate));
else await runAll(Number(values.seconds));

async function runAll(duration: number): Promise<void> {
  const victim = child(
    "victim",
    values.engine.split(" ").filter((flag) => flag !== ""),
  );
  const [{ port }] = (await once(victim, "message")) as [{ port: number }];
  const honest = await startNode("honest");
  await honest.join(`127.0.0.1:${port}`);
  const accusations = accusationsOf(honest);
  const ask = async (): Promise<Told> => {
    victim.send("tell");
    const [told] = (await once(victim, "message")) as [Told];
    return told;
  };
  await sleep(1000);
  const before = await ask();
  const limits = ["--port", `${port}`, "--seconds", `${duration}`, "--rate", values.rate];
  const flooder = child("flooder", [], ...limits);
  const flooded = once(flooder, "message") as Promise<[{ sent: number; ms: number }]>;
  const slow = Array.from({ length: SLOW_PEERS }, (_, i) => slowPeer(port, i));
  const pings: (number | undefined)[] = [];
  const meanwhile: Told[] = [];
  for (const end = Date.now() + duration * 1000; Date.now() < end; await sleep(100)) {
    const answer = honest.ping("victim");
    pings.push(
      await answer.then(
        ({ rttMs }) => rttMs,
        () => undefined,
      ),
    );
    meanwhile.push(await ask());
  }
  const [{ sent, ms }] = await flooded;
  await sleep(1000);
  const after = await ask();
  const slowMs = Math.max(...slow.map((peer) => peer.cutAfterMs()));
  for (const { socket } of slow) socket.destroy();
  const accused = [...accusations, ...after.accusations];
  const isWell = report({ before, meanwhile, after, pings, accused, sent, ms, slowMs });
  victim.kill();
  await honest.stop();
  process.exit(isWell ? 0 : 1);
}

interface Figures {
  readonly before: Told;
  readonly meanwhile: readonly Told[];
  readonly after: Told;
  /** Ms to the answer; `undefined` if there was none. */
  readonly pings: readonly (number | undefined)[];
  readonly accused: readonly string[];
  readonly sent: number;
  readonly ms: number;
  /** When the last slow peer was cut off. */
  readonly slowMs: number;
}

/** @returns whether the victim has kept its promises */
function report({ before, meanwhile, after, pings, accused, sent, ms, slowMs }: Figures): boolean {
  const perSecond = (count: number): string => Math.round(count / (ms / 1000)).toLocaleString("en");
  const answered = pings.filter((rtt) => rtt !== undefined).sort((a, b) => a - b);
  const at = (share: number): string =>
    `${answered[Math.floor(answered.length * share)]?.toFixed(1)} ms`;
  const memory = meanwhile.map(({ rssBytes }) => rssBytes);
  const shown = meanwhile.filter((_, i) => i % Math.ceil(meanwhile.length / 6) === 0);
  const course = (of: "rssBytes" | "heapUsed" | "heapTotal" | "buffers"): string =>
    [before, ...shown, after].map((told) => mib(told[of])).join(", ");
  const growth = Math.max(...memory, after.rssBytes) - before.rssBytes;
  const streams = Math.max(...meanwhile.map((told) => told.streams));
  const dropped = (after.dropped - before.dropped).toLocaleString("en");
  const lines = [
    `sent        ${perSecond(sent)} packets a second for ${Math.round(ms / 1000)} s`,
    `read        ${perSecond(after.received - before.received)} a second, ${dropped} messages refused`,
    `CPU         ${Math.round((100 * (after.cpuMs - before.cpuMs)) / ms)} % of a core`,
    `memory      ${course("rssBytes")} MiB: before, meanwhile, after`,
    `of it       heap ${course("heapTotal")}; in use ${course("heapUsed")}; buffers ${course("buffers")}`,
    `honest      ${answered.length} of ${pings.length} pings answered, median ${at(0.5)}, p99 ${at(0.99)}`,
    `streams     ${streams} at a time; the last of ${SLOW_PEERS} slow ones cut after ${slowMs} ms`,
    `members     ${after.members.join(", ")}; accused: ${listed(accused)}`,
    `troubles    ${listed(after.troubles)}`,
  ];
  console.log(lines.join("\n"));
  const isRight = !accused.some((what) => what.startsWith("fail")) && after.troubles.length === 0;
  return isRight && growth < MAX_GROWTH && answered.length * 2 > pings.length;
}

function listed(what: readonly string[]): string {
  return what.length === 0 ? "none" : what.join(", ");
}

function mib(count: number): string {
  return (count / (1 << 20)).toFixed(0);
}

function child(
  as: string,
  engine: readonly string[] = [],
  ...more: readonly string[]
): ReturnType<typeof fork> {
  const execArgv = [...process.execArgv, ...engine];
  return fork(fileURLToPath(import.meta.url), ["--as", as, ...more], { execArgv });
}

/** Takes in nobody but the other: without a key, anybody could else announce members. */
async function startNode(name: string): Promise<HearsayNode> {
  const admit = (candidate: { readonly name: string }): boolean => MEMBERS.has(candidate.name);
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "lan", admit });
  await node.start();
  return node;
}

/** Whom it has taken for dead or suspected; goes on growing. */
function accusationsOf(node: HearsayNode): string[] {
  const said: string[] = [];
  for (const type of ["suspect", "fail"] as const) {
    node.on(type, ({ member }) => said.push(`${type} ${member.name} at ${node.name}`));
  }
  return said;
}

async function beVictim(): Promise<void> {
  const node = await startNode("victim");
  const accusations = accusationsOf(node);
  const troubles: string[] = [];
  node.on("trouble", ({ error }) => troubles.push(error.message));
  process.on("message", () => {
    const { packetsReceived, envelopeDrops, drops, streams } = node.stats();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
    const told: Told = {
      received: packetsReceived + sum(envelopeDrops),
      dropped: sum(drops) + sum(envelopeDrops),
      rssBytes: rss,
      heapUsed,
      heapTotal,
      buffers: arrayBuffers,
      cpuMs: (user + system) / 1000,
      streams,
      accusations,
      members: node.members().map(({ name, state }) => `${name} ${state}`),
      troubles,
    };
    process.send?.(told);
  });
  process.send?.({ port: Number(node.address.split(":").at(-1)) });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

async function flood(port: number, seconds: number, rate: number): Promise<void> {
  const pool = hostilePackets();
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const start = performance.now();
  let tried = 0;
  let sent = 0;
  for (let ms = 0; ms < seconds * 1000; ms = performance.now() - start) {
    if (tried > (rate * ms) / 1000) {
      await sleep(1);
      continue;
    }
    for (let i = 0; i < BURST; i++) {
      const packet = pool[tried++ % POOL] as Uint8Array;
      socket.send(packet, (error) => {
        if (error === null) sent++;
      });
    }
    // The loop must turn for what was sent to go out.
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send?.({ sent, ms: performance.now() - start });
  socket.close();
  process.disconnect?.();
}

/** Of the fuzzer's making. */
function hostilePackets(): Uint8Array[] {
  const mutator = new Mutator(1, "packet", packetSeeds());
  const pool: Uint8Array[] = [];
  while (pool.length < POOL) {
    const bytes = mutator.next();
    if (bytes.length > 0 && bytes.length <= 1400) pool.push(bytes);
  }
  return pool;
}

/** Opens a stream and sends a byte of a state every two seconds, or nothing at all. */
function slowPeer(port: number, number: number): { socket: Socket; cutAfterMs(): number } {
  const start = Date.now();
  let cutAt: number | undefined;
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.on("close", () => (cutAt ??= Date.now()));
  socket.resume();
  const trickle = setInterval(() => {
    if (number % 2 === 0 && !socket.destroyed) socket.write(Uint8Array.of(6));
  }, 2000);
  trickle.unref();
  return { socket, cutAfterMs: () => (cutAt ?? Infinity) - start };
}
