/** A cluster without UDP, on real sockets. */
import { afterEach, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, MessageEvent } from "../index.ts";
import { DEAF_LISTENER } from "../runtime/index.ts";
import { UdpDatagrams } from "./udp.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function start(name: string, tcpOnly: boolean, ...seeds: string[]): Promise<HearsayNode> {
  const quick = { probeIntervalMs: 200, probeTimeoutMs: 100, gossipIntervalMs: 20 };
  const encryption = { keys: ["EREREREREREREREREREREQ=="] };
  const options = { name, seeds, tcpOnly, encryption, bind: "127.0.0.1:0", membership: quick };
  const node = createNode(options);
  nodes.push(node);
  await node.start();
  return node;
}

const seenBy = (node: HearsayNode) => node.members().map(({ name, state }) => `${name} ${state}`);

test.each([
  ["all nodes are", true],
  ["some nodes are", false],
])(
  "where %s tcpOnly, they meet, tell each other things and find out a death",
  async (_, all) => {
    const a = await start("a", true);
    const b = await start("b", all, a.address);
    const c = await start("c", true, a.address);
    const together = ["a alive", "b alive", "c alive"];
    for (const node of [a, b, c]) await expect.poll(() => seenBy(node)).toEqual(together);
    const heard: string[] = [];
    b.on("message", ({ from, payload, carrier }: MessageEvent) => {
      heard.push(`${carrier} of ${from}: ${Buffer.from(payload).toString()}`);
    });
    c.broadcast(Buffer.from("to all"));
    await c.send("b", Buffer.from("to b"));
    const said = ["broadcast of c: to all", "datagram of c: to b"];
    await expect.poll(() => heard.toSorted()).toEqual(said);
    expect((await c.ping("b")).rttMs).toBeGreaterThan(0);
    await b.setTags({ role: "web" });
    await expect.poll(() => c.member("b")?.tags.get("role")).toBe("web");
    await c.stop();
    const without = ["a alive", "b alive", "c dead"];
    for (const node of [a, b])
      await expect.poll(() => seenBy(node), { timeout: 9000 }).toEqual(without);
    expect(await b.leave()).toBe(true);
    await expect.poll(() => a.member("b")?.state).toBe("left");
  },
  20_000,
);

test("no UDP port is opened", async () => {
  const { address } = await start("a", true);
  const beside = new UdpDatagrams({ bind: address });
  const listener = { datagram() {}, trouble() {}, accept: () => DEAF_LISTENER };
  await expect(beside.bind(listener)).resolves.toBe(address);
  await beside.close();
});
