/** Nodes on real sockets are recorded, and run again in no time to the same packets and the same events. */
import { afterEach, describe, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, NodeOptions } from "../index.ts";
import { readRecording } from "../recording/index.ts";
import type { RecordingSink } from "../recording/index.ts";
import { replayNode } from "../runtime/index.ts";
import { Toy } from "../composition/test/toy.ts";
import type { Message, Command, Tenant } from "../kernel/index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

/** Dead within a second, forgotten soon after. */
const QUICK = {
  probeIntervalMs: 100,
  probeTimeoutMs: 50,
  suspicionMult: 3,
  gossipIntervalMs: 20,
  gossipToTheDeadMs: 600,
  reconnectIntervalMs: 300,
  pushPullIntervalMs: 500,
};

/** The recordings of one node, one after the other. */
class Tapes implements RecordingSink {
  readonly texts: string[] = [];

  begin(): void {
    this.texts.push("");
  }

  write(text: string): void {
    this.texts[this.texts.length - 1] += text;
  }
}

async function start(name: string, options: Partial<NodeOptions> = {}) {
  const sink = new Tapes();
  const recording = { sink, maxBytes: 0x1_0000 };
  const node = createNode({ name, bind: "127.0.0.1:0", membership: QUICK, recording, ...options });
  nodes.push(node);
  const told: string[] = [];
  for (const type of ["join", "suspect", "alive", "update", "leave", "fail"] as const) {
    node.on(type, ({ member }) => told.push(`${type} ${member.name}`));
  }
  await node.start();
  return { node, tapes: sink, told };
}

const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);
const states = (node: HearsayNode) => node.members().map(({ name, state }) => `${name} ${state}`);
const seen = { timeout: 8000 };

/** Runs a recording to its end; what the node told meanwhile. */
function replay(text: string, tenants?: NodeOptions["tenants"]) {
  const { replayer, membership } = replayNode(readRecording(text), tenants);
  const told: string[] = [];
  for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
    expect(step.difference, `input ${step.number}, ${JSON.stringify(step.input)}`).toBeUndefined();
    for (const event of step.events) {
      if ("member" in event && "reason" in event) {
        told.push(`${event.type} ${(event as { member: { name: string } }).member.name}`);
      }
    }
  }
  return { replayer, membership, told };
}

describe("a recording of a node on real sockets", () => {
  test("replays exactly: joins, a crash, a restart, messages, streams, with encryption", async () => {
    const key = new Uint8Array(32).map((_, i) => 37 * i + 5);
    const common = { encryption: { keys: [key] }, label: "dc1", compression: true };
    const a = await start("a", { ...common, tags: { role: "db" } });
    const b = await start("b", { ...common, seeds: [a.node.address] });
    const c = await start("c", { ...common, seeds: [a.node.address] });
    for (const { node } of [a, b, c]) {
      await expect.poll(() => states(node), seen).toEqual(["a alive", "b alive", "c alive"]);
    }
    await b.node.send("a", bytes("a secret of theirs"));
    await c.node.send("a", new Uint8Array(200_000).fill(65), { reliable: true });
    await a.node.setTags({ role: "db", zone: "1" });
    a.node.broadcast(bytes("to all"));
    expect((await a.node.ping("b")).rttMs).toBeGreaterThan(0);
    const { address } = b.node;
    await b.node.stop();
    await expect.poll(() => a.told, seen).toContain("fail b");
    const again = await start("b", { ...common, bind: address, seeds: [a.node.address] });
    await expect.poll(() => states(again.node), seen).toEqual(["a alive", "b alive", "c alive"]);
    await c.node.leave();
    await expect.poll(() => a.told, seen).toContain("leave c");
    const last = new Map([a, b, c, again].map((one) => [one, one.node.name]));
    const members = a.node.members();
    await Promise.all([a, c, again].map(({ node }) => node.stop()));

    for (const [{ tapes, told }, name] of last) {
      const replays = tapes.texts.map((text) => replay(text));
      const retold = replays.flatMap((one) => one.told);
      expect(retold, name).toEqual(told);
      expect(replays.at(-1)?.replayer.differences).toBe(0);
    }
    // A bound of 64 KiB makes new ones of it, each of which stands for itself.
    expect(a.tapes.texts.length).toBeGreaterThan(1);
    const { membership } = replay(a.tapes.texts.at(-1) as string);
    expect(membership.members()).toEqual(members);

    const all = [...last.keys()].flatMap(({ tapes }) => tapes.texts).join("");
    expect(all).not.toContain(Buffer.from(key).toString("base64"));
    expect(all).not.toContain(Buffer.from(key).toString("hex"));
    expect(all).not.toContain([...key].join(","));
    for (let at = 0; at < 3; at++) {
      // Within a longer run of base64, bytes look different from each of three places on.
      const shifted = Buffer.concat([Buffer.alloc(at), key])
        .toString("base64")
        .slice(4, -4);
      expect(all).not.toContain(shifted);
    }
  }, 60_000);

  test("replays with tenants and judgements of the application's own", async () => {
    let asked = 0;
    const hooks: Partial<NodeOptions> = {
      // Not of its arguments alone: a recording holds the answers.
      admit: () => asked++ % 5 !== 4,
      admitMerge: () => true,
      allow: ["127.0.0.0/8"],
      tenants: ({ name, peers, sampler }) => {
        return [new Toy(name, peers, sampler, 50, 0 as never)] as unknown as Tenant<
          Message,
          Command
        >[];
      },
    };
    const a = await start("a", hooks);
    const b = await start("b", { ...hooks, seeds: [a.node.address] });
    const waves: string[] = [];
    a.node.on("tenant", ({ event }) => waves.push((event as { what?: string }).what ?? ""));
    await expect.poll(() => waves, seen).toContain("answer");
    await expect.poll(() => waves, seen).toContain("whisper");
    await Promise.all([a, b].map(({ node }) => node.stop()));
    expect(asked).toBeGreaterThan(0);
    for (const { tapes } of [a, b]) {
      for (const text of tapes.texts) {
        expect(replay(text, hooks.tenants).replayer.length).toBeGreaterThan(10);
      }
    }
  }, 60_000);

  test("says where a machine does something else", async () => {
    const a = await start("a");
    const b = await start("b", { seeds: [a.node.address] });
    await expect.poll(() => states(a.node), seen).toEqual(["a alive", "b alive"]);
    await Promise.all([a, b].map(({ node }) => node.stop()));
    const recording = readRecording(a.tapes.texts[0] as string);
    const records = recording.records.map((record) => structuredClone(record));
    const at = records.findIndex((record) => record.record === "input" && record.out.length > 1);
    const changed = records[at] as unknown as { out: { type: string; messages?: string[] }[] };
    changed.out.pop();
    const { replayer } = replayNode({ ...recording, records });
    const differences: number[] = [];
    for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
      if (step.difference !== undefined) differences.push(step.number);
    }
    expect(differences).toEqual([at]);
    expect(replayer.differences).toBe(1);
  });

  test("is refused where a tenant cannot be saved, before anything is sent", async () => {
    const tenants = () => [
      { name: "mute", wire: { messages: [] }, deadline: Infinity, handle: () => {} } as never,
    ];
    await expect(start("a", { tenants })).rejects.toMatchObject({ code: "ERR_STATE" });
    expect(() => createNode({ name: "a", recording: {} as never })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION", option: "recording.sink" }),
    );
  });
});
