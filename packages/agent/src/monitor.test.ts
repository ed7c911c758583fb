import { afterEach, describe, expect, it } from "vitest";
import type { HearsayEvent } from "hearsay";
import type { Instant } from "hearsay/kernel";
import { AgentClient } from "./client.ts";
import { eventLine } from "./event-line.ts";
import { createApi } from "./http/api.ts";
import { eventSchema } from "./http/event-json.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { runMonitor } from "./monitor.ts";
import { FakeNode, memberView, STARTED } from "./test/fake-node.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";
import { until } from "./test/processes.ts";

const servers: HttpServer[] = [];

async function serve(port = 0): Promise<{ node: FakeNode; server: HttpServer }> {
  const node = new FakeNode();
  const server = await serveHttp(createApi(node), { host: "127.0.0.1", port });
  servers.push(server);
  return { node, server };
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(50);
});

function join(name: string): HearsayEvent {
  return { type: "join", member: memberView(name), reason: STARTED, at: 5 as Instant };
}

function monitor(at: string, json = false) {
  const terminal = new MemoryTerminal();
  const stop = new AbortController();
  const ended = runMonitor(new AgentClient(at), json, terminal, stop.signal);
  return { terminal, ended, stop: () => stop.abort() };
}

describe("monitor", () => {
  it("prints a line an event, with its reason, until it is stopped", async () => {
    const { node, server } = await serve();
    const { terminal, ended, stop } = monitor(server.address);
    await until(() => expect(terminal.stdout.text).toContain("members"));
    node.emitter.emit(join("b"));
    node.emitter.emit({ type: "trouble", error: new Error("no \u001B[2J route") });
    await until(() => expect(terminal.stdout.text).toContain("route"));
    stop();
    await ended;
    const lines = terminal.stdout.text.split("\n").map((line) => line.replace(/^\S{24}  /u, ""));
    expect(lines).toEqual([
      "members     1 known, 1 alive",
      "join        b  started here",
      "trouble     no \\u{1b}[2J route",
      "",
    ]);
    expect(terminal.stderr.text).toBe("");
  });

  it("--json prints events as they came", async () => {
    const { node, server } = await serve();
    const { terminal, ended, stop } = monitor(server.address, true);
    await until(() => expect(terminal.stdout.text).toContain("members"));
    node.emitter.emit(join("b"));
    await until(() => expect(terminal.stdout.text).toContain('"join"'));
    stop();
    await ended;
    const lines = terminal.stdout.text.trimEnd().split("\n");
    const types = lines.map((line) => eventSchema.parse(JSON.parse(line)).type);
    expect(types).toEqual(["members", "join"]);
  });

  it("goes on with the agent that comes back", async () => {
    const first = await serve();
    const { terminal, ended, stop } = monitor(first.server.address);
    await until(() => expect(terminal.stdout.text).toContain("members"));
    await first.server.close(0);
    await until(() => expect(terminal.stderr.text).toContain("is gone; waiting for one"));
    const second = await serve(Number(first.server.address.split(":")[1]));
    await until(() => expect(terminal.stdout.text.match(/members/gu)).toHaveLength(2));
    second.node.emitter.emit(join("c"));
    await until(() => expect(terminal.stdout.text).toContain("join        c"));
    stop();
    await ended;
    expect(terminal.stdout.text.match(/ members /gu)).toHaveLength(2);
    expect(terminal.stderr.text.match(/gone/gu)).toHaveLength(1);
    expect(terminal.stdout.text).toContain("an unknown number of events are lost to us");
  });

  it("goes on after the last event that it has shown", async () => {
    const node = new FakeNode();
    const api = createApi(node);
    const first = await serveHttp(api, { host: "127.0.0.1", port: 0 });
    const { terminal, ended, stop } = monitor(first.address);
    await until(() => expect(terminal.stdout.text).toContain("members"));
    await first.close(0);
    node.emitter.emit(join("d"));
    const port = Number(first.address.split(":")[1]);
    servers.push(await serveHttp(api, { host: "127.0.0.1", port }));
    await until(() => expect(terminal.stdout.text).toContain("join        d"));
    stop();
    await ended;
    expect(terminal.stdout.text.match(/ members /gu)).toHaveLength(1);
  });

  it("does not wait for an agent that never was", async () => {
    const { ended } = monitor("127.0.0.1:9");
    await expect(ended).rejects.toThrow("no agent answers at 127.0.0.1:9");
  });

  it("says that something else answers", async () => {
    const other = await serveHttp(
      { handle: () => ({ status: 200, headers: {}, body: "hello" }) },
      { host: "127.0.0.1", port: 0 },
    );
    servers.push(other);
    await expect(monitor(other.address).ended).rejects.toThrow("is not a hearsay agent");
  });
});

it("every event has a line", () => {
  const at = "2026-11-21T03:51:02.975Z";
  const member = {
    name: "b",
    address: "10.0.0.7:1",
    state: "suspect" as const,
    incarnation: 1,
    tags: {},
    since: at,
    reason: { type: "x", text: "why" },
  };
  const reason = { type: "probeFailed", text: "no answer to our probe" };
  const lines = [
    eventLine({ type: "suspect", at, member, reason }),
    eventLine({
      type: "conflict",
      at,
      member,
      reason,
      address: "10.0.0.8:1",
      claimed: "10.0.0.9:1",
    }),
    eventLine({ type: "udpBlocked", at, member }),
    eventLine({ type: "probed", at, member, rttMs: 1.234, payload: null }),
    eventLine({ type: "message", at, from: "b", address: "x", carrier: "stream", payload: "AAEC" }),
    eventLine({ type: "tenant", at, event: "mine" }),
    eventLine({ type: "missed", at, count: 3 }),
  ];
  expect(lines).toEqual([
    `${at}  suspect     b  no answer to our probe`,
    `${at}  conflict    b  it is at 10.0.0.8:1, and another node uses its name at 10.0.0.9:1`,
    `${at}  udpBlocked  b  it answers on streams, but no packet gets through`,
    `${at}  probed      b  answered our probe in 1.2 ms`,
    `${at}  message     b  3 bytes by stream`,
    `${at}  tenant      mine`,
    `${at}  missed      3 events are lost to us: too fast, or too long ago`,
  ]);
});
