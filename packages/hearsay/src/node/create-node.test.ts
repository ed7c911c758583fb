/** The application's view, on real sockets. */
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayEvent, HearsayNode, NodeOptions } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

function make(name: string, options: Partial<NodeOptions> = {}): HearsayNode {
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
  nodes.push(node);
  return node;
}

async function start(name: string, options: Partial<NodeOptions> = {}): Promise<HearsayNode> {
  const node = make(name, options);
  await node.start();
  return node;
}

const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);
const states = (node: HearsayNode) => node.members().map(({ name, state }) => `${name} ${state}`);

function next<T extends HearsayEvent["type"]>(
  node: HearsayNode,
  type: T,
): Promise<Extract<HearsayEvent, { type: T }>> {
  return new Promise((resolve) => {
    const off = node.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}

describe("a cluster of two", () => {
  test("forms by a join, with tags, and both agree", async () => {
    const a = await start("a", { tags: { role: "db" } });
    const b = await start("b");
    const joined = next(a, "join");
    expect(await b.join(a.address)).toEqual({ contacted: [a.address], failed: [] });
    expect((await joined).member).toMatchObject({ name: "b", state: "alive", address: b.address });
    expect(states(a)).toEqual(["a alive", "b alive"]);
    expect(states(b)).toEqual(["a alive", "b alive"]);
    expect(b.member("a")?.tags.get("role")).toBe("db");
    expect(a.local.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  });

  test("forms by seeds, even when the seed starts later", async () => {
    // A port that is free now, for a seed that is not there yet.
    const probe = await start("probe");
    const { address } = probe;
    await probe.stop();
    const early = await start("early", {
      seeds: [address, "no-such-host.invalid"],
      seedRetryMs: 20,
    });
    expect(states(early)).toEqual(["early alive"]);
    await start("seed", { bind: address, seeds: [address] });
    await expect
      .poll(() => states(early), { timeout: 5000 })
      .toEqual(["early alive", "seed alive"]);
  });

  test("sees a graceful leave as left, at once", async () => {
    const a = await start("a");
    const b = await start("b");
    await b.join(a.address);
    const left = next(a, "leave");
    expect(await b.leave()).toBe(true);
    expect((await left).member).toMatchObject({ name: "b", state: "left" });
    await b.stop();
  });

  test("tells how far away a member is, and what its application puts on its acks", async () => {
    const a = await start("a", { membership: { probeEvents: true } });
    const b = await start("b");
    await b.join(a.address);
    b.setAckPayload(bytes("rack 7"));
    const { rttMs, payload } = await a.ping("b");
    expect(rttMs).toBeGreaterThan(0);
    expect(payload).toEqual(bytes("rack 7"));
    expect(await next(a, "probed")).toMatchObject({
      member: { name: "b" },
      payload: bytes("rack 7"),
    });
    await expect(a.ping("c")).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
    expect(() => b.setAckPayload(new Uint8Array(513))).toThrow(
      expect.objectContaining({ code: "ERR_MESSAGE_TOO_LARGE" }),
    );
  });

  test("bounds the queues of news and of broadcasts, and the events that wait for a slow reader", async () => {
    const a = await start("a", {
      composition: { queue: { maxMessages: 8, maxBytes: 4096 } },
      messaging: { broadcastQueue: { maxMessages: 3, maxBytes: 2000 } },
      eventBuffer: { maxEvents: 4 },
    });
    const b = await start("b", { composition: { queue: { maxMessages: 5, maxBytes: 4096 } } });
    await b.join(a.address);
    const slow = a.events();
    for (let i = 0; i < 10; i++) for (const node of [a, b]) node.broadcast(bytes(`news ${i}`));
    expect(a.stats().queues["messaging"]).toMatchObject({ messages: 3, dropped: 7 });
    expect(b.stats().queues["messaging"]).toMatchObject({ messages: 5, dropped: 5 });
    for (let i = 0; i < 6; i++) await b.send("a", bytes(`${i}`), { reliable: true });
    await expect.poll(() => a.stats().missedEvents).toBeGreaterThanOrEqual(2);
    expect((await slow.next()).value).toMatchObject({ type: "missed" });
    expect(() => a.events({ maxBytes: 0 })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });

  test("sees new tags", async () => {
    const a = await start("a");
    const b = await start("b");
    await b.join(a.address);
    const update = next(a, "update");
    await b.setTags({ version: "2" });
    expect((await update).member.tags.get("version")).toBe("2");
  });

  test("talks: datagram, stream, broadcast", async () => {
    const a = await start("a");
    const b = await start("b");
    await b.join(a.address);
    await expect.poll(() => states(a)).toContain("b alive");
    const heard: string[] = [];
    a.on("message", ({ from, carrier, payload }) => {
      heard.push(`${carrier} ${from} ${payload.length}`);
    });
    await b.send("a", bytes("hello"));
    await b.send("a", new Uint8Array(500_000), { reliable: true });
    b.broadcast(bytes("all"));
    await expect
      .poll(() => [...heard].sort())
      .toEqual(["broadcast b 3", "datagram b 5", "stream b 500000"]);
  });
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((face) => face?.address === "::1");
if (!hasIpv6) console.warn("skipped: this machine has no ::1, so nothing is tested over IPv6");

test.skipIf(!hasIpv6)("a cluster forms, talks and parts over IPv6", async () => {
  const a = await start("a", { bind: "[::1]:0" });
  const b = await start("b", { bind: "[::1]:0", seeds: [a.address] });
  expect(a.address).toMatch(/^\[::1\]:\d+$/);
  await expect.poll(() => states(a)).toEqual(["a alive", "b alive"]);
  const heard = next(b, "message");
  await expect.poll(() => states(b)).toEqual(["a alive", "b alive"]);
  await a.send("b", bytes("hello"), { reliable: true });
  expect(await heard).toMatchObject({ from: "a", carrier: "stream" });
  const left = next(a, "leave");
  await b.leave();
  expect((await left).member).toMatchObject({ name: "b", address: b.address });
});

test("metadata is of the application's own type, kept apart from the tags that it travels with", async () => {
  interface Load {
    readonly cpu: number;
    readonly zone: string;
  }
  const a = createNode<Load>({
    name: "a",
    bind: "127.0.0.1:0",
    preset: "local",
    tags: { role: "db" },
    metadata: { cpu: 0.1, zone: "east" },
  });
  const b = createNode<Load>({ name: "b", bind: "127.0.0.1:0", preset: "local" });
  nodes.push(a as HearsayNode, b as HearsayNode);
  await a.start();
  await b.start();
  await b.join(a.address);
  const seen = () => b.member("a") as NonNullable<ReturnType<typeof b.member>>;
  expect(b.metadataOf(seen())).toEqual({ cpu: 0.1, zone: "east" });
  expect(b.metadataOf(b.local)).toBeUndefined();
  await a.setMetadata({ cpu: 0.9, zone: "east" });
  await a.setTags({ role: "cache" });
  await expect.poll(() => seen().tags.get("role")).toBe("cache");
  expect(b.metadataOf(seen())?.cpu).toBe(0.9);
});

test("the largest broadcast fits into an encrypted packet, too", async () => {
  const encryption = { keys: ["EREREREREREREREREREREQ=="] };
  const a = await start("a", { encryption, label: "east" });
  const b = await start("b", { encryption, label: "east" });
  await b.join(a.address);
  const heard = next(a, "message");
  let size = 1400;
  for (; size > 0; size--) {
    try {
      b.broadcast(new Uint8Array(size));
      break;
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
    }
  }
  expect(size).toBeGreaterThan(1200);
  expect((await heard).payload).toHaveLength(size);
});

describe("events", () => {
  test("can be iterated, and end with stop", async () => {
    const a = await start("a");
    const b = await start("b");
    const seen: string[] = [];
    const loop = (async () => {
      for await (const event of a.events()) seen.push(event.type);
    })();
    await b.join(a.address);
    await expect.poll(() => seen).toContain("join");
    await a.stop();
    await loop;
  });

  test("a listener that throws is logged, and the node goes on", async () => {
    const error = vi.fn<(details: object, message: string) => void>();
    const logger = { debug() {}, info() {}, warn() {}, error };
    const a = await start("a", { logger });
    a.on("join", () => {
      throw new Error("mine");
    });
    const b = await start("b");
    await b.join(a.address);
    await expect.poll(() => error.mock.calls.length).toBe(1);
    expect(states(a)).toEqual(["a alive", "b alive"]);
  });
});

describe("what the caller does wrong has a code", () => {
  test.each([
    ["no name", { name: "" }, "ERR_OPTION", "name"],
    ["a name too long", { name: "x".repeat(129) }, "ERR_OPTION", "name"],
    ["a bind that is none", { bind: "nonsense::1:2" }, "ERR_OPTION", "bind"],
    ["an advertised host name", { advertise: "node.example:1" }, "ERR_OPTION", "advertise"],
    ["seeds that are no list", { seeds: "a:1" as never }, "ERR_OPTION", "seeds"],
    ["a seed with port 0", { seeds: ["a:0"] }, "ERR_OPTION", "seeds[0]"],
    ["a tag that is no text", { tags: { n: 1 as never } }, "ERR_OPTION", "tags.n"],
    ["our own tag", { tags: { hs: "m" } }, "ERR_OPTION", "tags.hs"],
    ["tags too large", { tags: { novel: "x".repeat(600) } }, "ERR_META_TOO_LARGE", undefined],
    ["a tag that metadata needs", { tags: { md: "x" }, metadata: 1 }, "ERR_OPTION", "tags.md"],
    ["a codec that is none", { metadataCodec: {} as never }, "ERR_OPTION", "metadataCodec"],
    ["an unknown preset", { preset: "moon" as never }, "ERR_OPTION", "preset"],
    [
      "a timeout beyond the interval",
      { membership: { probeTimeoutMs: 5000 } },
      "ERR_OPTION",
      undefined,
    ],
    ["a logger that cannot", { logger: {} as never }, "ERR_OPTION", "logger"],
  ])("%s", (_, options, code, option) => {
    const attempt = () => make("a", options);
    expect(attempt).toThrow(expect.objectContaining({ code }));
    if (option !== undefined) expect(attempt).toThrow(expect.objectContaining({ option }));
  });

  test("use before start and after stop", async () => {
    const a = make("a");
    const state = expect.objectContaining({ code: "ERR_STATE" });
    expect(() => a.members()).toThrow(state);
    await expect(a.join("127.0.0.1:1")).rejects.toEqual(state);
    await a.start();
    await expect(a.start()).rejects.toEqual(state);
    await a.stop();
    await a.stop();
    expect(() => a.broadcast(bytes("x"))).toThrow(state);
    await expect(a.leave()).rejects.toEqual(state);
  });

  test("a port that is taken", async () => {
    const a = await start("a");
    const b = make("b", { bind: a.address });
    await expect(b.start()).rejects.toMatchObject({ code: "ERR_ADDRESS_IN_USE" });
  });

  test("an address that is not ours", async () => {
    const a = make("a", { bind: "192.0.2.1:0" });
    await expect(a.start()).rejects.toMatchObject({ code: "ERR_ADDRESS_UNAVAILABLE" });
  });

  test("a join that nobody answers, and a name that does not resolve", async () => {
    const a = await start("a");
    await expect(a.join("127.0.0.1:9")).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(a.join("no-such-host.invalid:1")).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(a.join([])).rejects.toMatchObject({ code: "ERR_JOIN" });
  });

  test("messages that do not fit, or go nowhere", async () => {
    const a = await start("a");
    await expect(a.send("b", bytes("x"))).rejects.toMatchObject({ code: "ERR_UNKNOWN_MEMBER" });
    await expect(a.send("b", new Uint8Array(2000))).rejects.toMatchObject({
      code: "ERR_MESSAGE_TOO_LARGE",
    });
    await expect(a.send("b", "text" as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
    expect(() => a.broadcast(new Uint8Array(1400))).toThrow(
      expect.objectContaining({ code: "ERR_MESSAGE_TOO_LARGE" }),
    );
  });
});

test("stop rejects what is still open, and an async disposer stops", async () => {
  const a = await start("a");
  const join = a.join("127.0.0.1:9").catch((error: unknown) => error);
  await a[Symbol.asyncDispose]();
  expect(await join).toMatchObject({ code: expect.stringMatching(/^ERR_(STATE|JOIN)$/) });
});

test("stats count members, packets and queues", async () => {
  const a = await start("a");
  const b = await start("b");
  await b.join(a.address);
  await expect.poll(() => a.stats().packetsSent).toBeGreaterThan(0);
  const stats = a.stats();
  expect(stats.members).toEqual({ alive: 2, suspect: 0, dead: 0, left: 0 });
  expect(Object.keys(stats.queues).slice(0, 2)).toEqual(["membership", "messaging"]);
  expect(stats.envelopeDrops).toEqual({});
});
