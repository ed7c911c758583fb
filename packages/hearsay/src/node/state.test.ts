/** The state of members, as an application uses it, on real sockets. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, NodeOptions, StateChange } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

function make(name: string, options: Partial<NodeOptions> = {}): HearsayNode {
  const state = { intervalMs: 100, eagerMs: 20 };
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", state, ...options });
  nodes.push(node);
  return node;
}

/** Nodes `n0`, `n1`, … that know each other. */
async function cluster(count: number, options: Partial<NodeOptions> = {}): Promise<HearsayNode[]> {
  const made: HearsayNode[] = [];
  for (let i = 0; i < count; i++) {
    const node = make(`n${i}`, options);
    await node.start();
    if (i > 0) await node.join((made[0] as HearsayNode).address);
    made.push(node);
  }
  await vi.waitFor(
    () => {
      for (const node of made) expect(node.members()).toHaveLength(count);
    },
    { timeout: 8000 },
  );
  return made;
}

describe("node.state", () => {
  test("is read by all, watched, and dies with its member", async () => {
    const made = await cluster(5);
    const [a, b, c] = made as [HearsayNode, HearsayNode, HearsayNode];
    const heard: StateChange<unknown>[] = [];
    const off = c.state.watch((change) => heard.push(change), { member: "n0" });
    const read: string[] = [];
    const reading = (async () => {
      for await (const change of b.state.changes({ key: "zone" })) read.push(change.type);
    })();
    a.state.set("zone", "eu");
    a.state.set("load", { one: 0.5 });
    expect([...a.state.of(a.local)]).toEqual([
      ["zone", "eu"],
      ["load", { one: 0.5 }],
    ]);
    await vi.waitFor(
      () => {
        for (const node of made) {
          expect(node.state.get("n0", "zone")).toBe("eu");
          expect(node.state.of("n0").get("load")).toEqual({ one: 0.5 });
        }
      },
      { timeout: 8000 },
    );
    a.state.delete("load");
    await vi.waitFor(() => expect(c.state.get("n0", "load")).toBeUndefined(), { timeout: 8000 });
    expect(c.state.members()).toMatchObject([{ member: "n0", keys: 1 }]);
    await a.stop();
    await vi.waitFor(() => expect(b.state.of("n0").size).toBe(0), { timeout: 10_000 });
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ reason: "memberGone" }), {
      timeout: 5000,
    });
    expect(heard.map(({ type, key }) => `${type} ${key}`)).toEqual([
      "set zone",
      "set load",
      "delete load",
      "delete zone",
    ]);
    off();
    await b.stop();
    await reading;
    expect(read).toEqual(["set", "delete"]);
  });

  test("brings a large value on a stream, and ends a key with a time to live", async () => {
    const [a, b] = (await cluster(2)) as [HearsayNode, HearsayNode];
    a.state.set("large", "x".repeat(50_000));
    a.state.set("lease", 1, { ttlMs: 1500 });
    await vi.waitFor(() => expect(b.state.get<string>("n0", "large")?.length).toBe(50_000), {
      timeout: 8000,
    });
    expect(b.state.get("n0", "lease")).toBe(1);
    await vi.waitFor(() => expect(b.state.get("n0", "lease")).toBeUndefined(), { timeout: 4000 });
    expect(a.state.get("n0", "lease")).toBeUndefined();
  });

  test("refuses what it cannot keep, with a code", async () => {
    const node = make("a", { state: { maxKeys: 2, maxValueBytes: 100 } });
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => node.state.set("zone", 1)).toThrow(code("ERR_STATE"));
    await node.start();
    expect(() => node.state.set(5 as never, 1)).toThrow(code("ERR_OPTION"));
    expect(() => node.state.set("", 1)).toThrow(code("ERR_OPTION"));
    expect(() => node.state.set("x".repeat(257), 1)).toThrow(code("ERR_OPTION"));
    expect(() => node.state.set("a", undefined)).toThrow(code("ERR_OPTION"));
    expect(() => node.state.set("a", 1, { ttlMs: 0.5 })).toThrow(code("ERR_OPTION"));
    expect(() => node.state.set("a", "x".repeat(101))).toThrow(code("ERR_MESSAGE_TOO_LARGE"));
    node.state.set("a", 1);
    node.state.set("b", 1);
    node.state.set("b", 2);
    expect(() => node.state.set("c", 1)).toThrow(code("ERR_QUEUE_FULL"));
    expect(() => make("b", { state: { intervalMs: 0 } })).toThrow(code("ERR_OPTION"));
    expect(() => make("b", { state: { eagerMs: 2000 } })).toThrow(code("ERR_OPTION"));
    const none = make("c", { state: false });
    expect(() => none.state).toThrow(code("ERR_STATE"));
  });
});
