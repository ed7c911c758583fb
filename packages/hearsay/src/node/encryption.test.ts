/** Keys, labels and the allow-list, on real sockets and as options. */
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createNode } from "../index.ts";
import type { HearsayNode, NodeOptions } from "../index.ts";
import { addressPort } from "../kernel/index.ts";
import { HearsayNode as Node, MemoryNetwork, resolveNodeOptions } from "../runtime/index.ts";
import { nodeAead } from "./aead.ts";
import { nodePorts } from "./index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function start(name: string, options: Partial<NodeOptions> = {}): Promise<HearsayNode> {
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
  nodes.push(node);
  await node.start();
  return node;
}

const key = (fill: number, size = 32): Uint8Array => new Uint8Array(size).fill(fill);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const print = (bytes: Uint8Array): string => nodeAead.importKey(bytes).fingerprint;
const names = (node: HearsayNode): string[] => node.members().map(({ name }) => name);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

function refused(options: object): { code: string; message: string } {
  try {
    createNode({ name: "x", ...options } as NodeOptions);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("not refused");
}

describe("two nodes with the same key", () => {
  test.each([16, 24, 32])("of %i bytes meet, talk and part", async (size) => {
    const encryption = { keys: [base64(key(1, size))] };
    const a = await start("a", { encryption, label: "dc1", tags: { role: "db" } });
    const b = await start("b", { encryption, label: "dc1", compression: true });
    await b.join(a.address);
    expect(b.member("a")?.tags.get("role")).toBe("db");
    const heard: string[] = [];
    a.on("message", ({ payload }) => heard.push(new TextDecoder().decode(payload)));
    await b.send("a", bytes("by datagram"));
    await b.send("a", bytes("by stream"), { reliable: true });
    // More than one frame, and more than a TCP segment.
    await b.send("a", new Uint8Array(300_000).fill(65), { reliable: true });
    await expect.poll(() => heard.length, { timeout: 5000 }).toBe(3);
    expect(heard.map((text) => text.slice(0, 11)).toSorted()).toEqual([
      "AAAAAAAAAAA",
      "by datagram",
      "by stream",
    ]);
    expect(await b.leave()).toBe(true);
    await expect.poll(() => a.member("b")?.state).toBe("left");
    expect([a.stats().envelopeDrops, b.stats().envelopeDrops]).toEqual([{}, {}]);
  });

  test("rotate it while they run", async () => {
    const [old, next] = [key(1), key(2, 16)];
    const a = await start("a", { encryption: { keys: [old] } });
    const b = await start("b", { encryption: { keys: [old] } });
    await b.join(a.address);
    for (const { keys } of [a, b]) keys.install(base64(next));
    for (const { keys } of [a, b]) keys.use(next);
    for (const { keys } of [a, b]) keys.remove(old);
    expect(a.keys.list()).toEqual([{ fingerprint: print(next), bytes: 16, primary: true }]);
    await b.send("a", bytes("still here"), { reliable: true });
    const c = await start("c", { encryption: { keys: [next] } });
    await c.join(b.address);
    await expect.poll(() => names(a)).toEqual(["a", "b", "c"]);
    expect(() => a.keys.remove(next)).toThrow(expect.objectContaining({ code: "ERR_KEY" }));
    expect(() => a.keys.use(old)).toThrow(expect.objectContaining({ code: "ERR_KEY" }));
  });
});

describe("who does not belong joins nobody and harms nobody", () => {
  const ours = { encryption: { keys: [key(1)] }, label: "dc1" };
  test.each([
    ["another key", { encryption: { keys: [key(2)] }, label: "dc1" }, "undecryptable"],
    ["no key", { label: "dc1" }, "undecryptable"],
    ["another label", { encryption: { keys: [key(1)] }, label: "dc2" }, "reset"],
    ["no label", { encryption: { keys: [key(1)] } }, "reset"],
  ])("with %s", async (_, theirs, reason) => {
    const a = await start("a", ours);
    const b = await start("b", ours);
    await b.join(a.address);
    const x = await start("x", theirs);
    const join = x.join(a.address);
    await expect(join).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(join).rejects.toThrow(new RegExp(`${reason}|closed`));
    await expect(a.join(x.address)).rejects.toMatchObject({ code: "ERR_JOIN" });
    expect([names(a), names(b), names(x)]).toEqual([["a", "b"], ["a", "b"], ["x"]]);
    expect(Object.keys(a.stats().envelopeDrops).length).toBeGreaterThan(0);
    await b.send("a", bytes("well"), { reliable: true });
  });
});

test("a state that is written row by row goes out as one frame", async () => {
  const options = { encryption: { keys: [key(1)] }, membership: { stateRowsPerWrite: 1 } };
  const a = await start("a", options);
  const b = await start("b", options);
  const c = await start("c", options);
  await b.join(a.address);
  await c.join(a.address);
  expect(names(c)).toEqual(["a", "b", "c"]);
});

test("a stranger's bytes are answered with a sealed error or nothing, and the node goes on", async () => {
  const a = await start("a", { encryption: { keys: [key(1)] } });
  const ask = (hex: string): Promise<number> => {
    return new Promise((resolve) => {
      const socket = connect(addressPort(a.address), "127.0.0.1");
      let first = -1;
      socket.on("data", (chunk) => (first = chunk[0] as number));
      socket.on("error", () => resolve(first));
      socket.on("close", () => resolve(first));
      socket.write(Buffer.from(hex, "hex"));
    });
  };
  expect(await ask("0082a44e6f6465a161a55365714e6f01")).toBe(0x0a);
  expect(await ask(Buffer.from("GET / HTTP/1.1").toString("hex"))).toBe(0x0a);
  expect(await ask("0affffffff")).toBe(0x0a);
  expect(await ask(`0a00000030${"01".repeat(48)}`)).toBe(0x0a);
  expect(await ask("f40161")).toBe(-1);
  expect(await ask(`e2${"07".repeat(12)}0000000030${"01".repeat(48)}`)).toBe(-1);
  expect(a.stats().envelopeDrops).toEqual({
    notEncrypted: 2,
    tooLarge: 1,
    undecryptable: 2,
    unexpectedLabel: 1,
  });
  const b = await start("b", { encryption: { keys: [key(1)] } });
  await b.join(a.address);
});

describe("an allow-list", () => {
  test("keeps strangers out, by where they come from", async () => {
    const network = new MemoryNetwork({ defer: setImmediate });
    const at = (address: string) => ({ transport: network.transport(address), bind: address });
    const a = await start("a", { ...at("10.0.0.1:7946"), allow: ["10.0.0.0/24", "fd00::/8"] });
    const b = await start("b", at("10.0.0.2:7946"));
    const x = await start("x", at("10.0.1.1:7946"));
    await b.join(a.address);
    await expect(x.join(a.address)).rejects.toMatchObject({ code: "ERR_JOIN" });
    // x gets to know the cluster by b, and b tells a of it.
    await x.join(b.address);
    expect(names(b)).toEqual(["a", "b", "x"]);
    await expect.poll(() => a.stats().drops["notAllowed"]).toBeGreaterThan(0);
    expect(names(a)).toEqual(["a", "b"]);
    expect(a.stats().envelopeDrops["notAllowed"]).toBeGreaterThan(0);
  });
});

describe("options", () => {
  test("are checked, and no error shows a key", () => {
    const secret = "U0VDUkVUU0VDUkVUU0VDUg==";
    const cases: readonly (readonly [object, string])[] = [
      [{ encryption: secret }, "ERR_OPTION"],
      [{ encryption: { keys: secret } }, "ERR_OPTION"],
      [{ encryption: { keys: [] } }, "ERR_OPTION"],
      [{ encryption: { keys: Array.from({ length: 17 }, (_, i) => key(i)) } }, "ERR_OPTION"],
      [{ encryption: { keys: [`${secret.slice(0, 22)}*=`] } }, "ERR_KEY"],
      [{ encryption: { keys: [secret.slice(0, 8)] } }, "ERR_KEY"],
      [{ encryption: { keys: [secret], protocolVersion: 6 } }, "ERR_OPTION"],
      [{ encryption: { keys: [secret], verifyIncoming: "no" } }, "ERR_OPTION"],
      [{ label: "" }, "ERR_OPTION"],
      [{ label: "x".repeat(256) }, "ERR_OPTION"],
      [{ skipInboundLabelCheck: true }, "ERR_OPTION"],
      [{ compression: 1 }, "ERR_OPTION"],
      [{ allow: [] }, "ERR_OPTION"],
      [{ allow: ["10.0.0.1"] }, "ERR_OPTION"],
      [{ allow: "10.0.0.0/8" }, "ERR_OPTION"],
    ];
    for (const [options, code] of cases) {
      const error = refused(options);
      expect([options, error.code]).toEqual([options, code]);
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("U0VD");
    }
  });

  test("a platform without a cipher says so", () => {
    const options = resolveNodeOptions({ name: "x", encryption: { keys: [key(1)] } });
    const { aead: _, ...ports } = nodePorts();
    expect(() => new Node(options, ports)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });

  test("keys of a node that does not encrypt: none to list, none to change", () => {
    const { keys } = createNode({ name: "x" });
    expect(keys.list()).toEqual([]);
    for (const verb of ["install", "use", "remove"] as const) {
      expect(() => keys[verb](key(1))).toThrow(expect.objectContaining({ code: "ERR_KEY" }));
    }
  });
});
