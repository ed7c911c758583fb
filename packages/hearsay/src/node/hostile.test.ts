/** Any bytes on either port of a real node: nothing thrown, each drop counted, no member changed. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, NodeOptions } from "../index.ts";
import { addressHost, addressPort, Sfc32 } from "../kernel/index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function pair(
  options: Partial<NodeOptions> = {},
): Promise<{ a: HearsayNode; b: HearsayNode; troubles: Error[] }> {
  const troubles: Error[] = [];
  for (const name of ["a", "b"]) {
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
    nodes.push(node);
    await node.start();
    node.on("trouble", ({ error }) => troubles.push(error));
  }
  const [a, b] = nodes as [HearsayNode, HearsayNode];
  await b.join(a.address);
  return { a, b, troubles };
}

/** Bytes that begin like something and go on like nothing. */
function garbage(rng: Sfc32, maxBytes: number): Uint8Array {
  const openers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xe0, 0xe1, 0xf4];
  const bytes = Uint8Array.from({ length: 1 + rng.below(maxBytes) }, () => rng.below(256));
  if (rng.below(4) > 0) bytes[0] = openers[rng.below(openers.length)] as number;
  if (bytes[0] === 0xe0 && bytes.length > 1) bytes[1] = 0x6d;
  return bytes;
}

const ascii = (word: string): number[] => [...new TextEncoder().encode(word)];

const view = (node: HearsayNode) =>
  node
    .members()
    .map(({ name, state, incarnation, address }) => ({ name, state, incarnation, address }));

test("datagrams of garbage are counted, and change nothing", async () => {
  const { a, troubles } = await pair();
  const before = view(a);
  const rng = new Sfc32(1);
  const socket = createSocket("udp4");
  const host = addressHost(a.address);
  const port = addressPort(a.address);
  for (let i = 0; i < 2000; i++) {
    await new Promise((resolve) => socket.send(garbage(rng, 300), port, host, resolve));
    // The loop must turn for the node to read: its socket is in this process.
    if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  socket.close();
  const dropped = () => {
    const { drops, envelopeDrops } = a.stats();
    return [...Object.values(drops), ...Object.values(envelopeDrops)].reduce(
      (sum, n) => sum + n,
      0,
    );
  };
  await expect.poll(dropped).toBeGreaterThan(1000);
  expect(view(a)).toEqual(before);
  expect(troubles).toEqual([]);
});

test("streams of garbage are closed, and leave nothing behind", async () => {
  const { a, troubles } = await pair();
  const before = view(a);
  const rng = new Sfc32(2);
  for (let i = 0; i < 200; i++) {
    const socket = connect(addressPort(a.address), addressHost(a.address));
    socket.on("error", () => {});
    socket.end(garbage(rng, 3000));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
  }
  await expect.poll(() => a.stats().streams).toBe(0);
  expect(view(a)).toEqual(before);
  expect(troubles).toEqual([]);
  expect(Object.keys(a.stats().drops)).toContain("unknownType");
});

/** Sends the packets that it is given, again and again: 5,000 a second, which a busy machine reads, too. */
const FLOODER = `
import { createSocket } from "node:dgram";
import { workerData } from "node:worker_threads";
const { port, packets } = workerData;
const socket = createSocket("udp4");
let sent = 0;
setInterval(() => {
  for (let i = 0; i < 100; i++) socket.send(packets[sent++ % packets.length], port, "127.0.0.1");
}, 20);
`;

test("under a flood the members stay the same, and honest pings are answered (`npm run flood` for half a minute of it)", async () => {
  const { a, b, troubles } = await pair();
  const before = view(a);
  const failed: string[] = [];
  for (const node of [a, b]) node.on("fail", ({ member }) => failed.push(member.name));
  const rng = new Sfc32(3);
  const packets = Array.from({ length: 256 }, () => garbage(rng, 300));
  const workerData = { port: addressPort(a.address), packets };
  const flooder = new Worker(new URL(`data:text/javascript,${encodeURIComponent(FLOODER)}`), {
    workerData,
  });
  let [answered, asked] = [0, 0];
  for (const end = Date.now() + 2500; Date.now() < end; asked++) {
    answered += await b.ping("a").then(
      () => 1,
      () => 0,
    );
    await sleep(20);
  }
  await flooder.terminate();
  expect(a.stats().packetsReceived).toBeGreaterThan(2000);
  expect(answered).toBeGreaterThan(asked / 2);
  expect([failed, troubles]).toEqual([[], []]);
  expect(view(a).map(({ name, state }) => `${name} ${state}`)).toEqual(
    before.map(({ name, state }) => `${name} ${state}`),
  );
});

test("streams that are held open are cut: silent ones, slow ones, and more than one source may have", async () => {
  const limits = { streamTimeoutMs: 300, streamLifeMs: 1000, maxAcceptedPerSource: 8 };
  const { a, b } = await pair({ composition: limits });
  const start = Date.now();
  const cutAfterMs: number[] = [];
  const sockets: Socket[] = [];
  for (let i = 0; i < 20; i++) {
    const socket = connect(addressPort(a.address), addressHost(a.address));
    socket.on("error", () => {});
    socket.on("close", () => (cutAfterMs[i] ??= Date.now() - start));
    sockets.push(socket.resume());
  }
  // The header of a state, so slow that it is never silent for long and never whole.
  const slow = sockets[0] as Socket;
  const header = [0x06, 0x83, 0xa5, ...ascii("Nodes"), 0x00, 0xac, ...ascii("UserStateLen")];
  const trickle = setInterval(() => slow.write(Uint8Array.of(header.shift() ?? 0)), 100);
  await expect.poll(() => a.stats().drops["tooManyOfOneSource"]).toBeGreaterThanOrEqual(12);
  await expect.poll(() => Object.keys(cutAfterMs).length, { timeout: 5000 }).toBe(20);
  clearInterval(trickle);
  const slowest = Math.max(...cutAfterMs);
  expect(slowest).toBe(cutAfterMs[0]);
  expect(slowest).toBeGreaterThan(800);
  expect(slowest).toBeLessThan(3000);
  await expect.poll(() => a.stats().streams).toBe(0);
  expect((await b.ping("a")).rttMs).toBeGreaterThanOrEqual(0);
});
