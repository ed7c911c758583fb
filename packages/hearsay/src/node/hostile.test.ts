/** Any bytes on either port of a real node: nothing thrown, each drop counted, no member changed. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode } from "../index.ts";
import { addressHost, addressPort, Sfc32 } from "../kernel/index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function pair(): Promise<{ a: HearsayNode; b: HearsayNode; troubles: Error[] }> {
  const troubles: Error[] = [];
  for (const name of ["a", "b"]) {
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local" });
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
