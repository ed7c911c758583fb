import { describe, expect, it } from "vitest";
import * as z from "zod";
import { HearsayError } from "hearsay";
import type { HearsayEvent } from "hearsay";
import type { Instant } from "hearsay/kernel";
import { AgentKeys } from "../keys/agent-keys.ts";
import type { NodeKeyring } from "../keys/agent-keys.ts";
import { fingerprintOf } from "../keys/key-text.ts";
import { FAKE_KEY, FakeNode, memberView, STARTED } from "../test/fake-node.ts";
import { createApi, MAX_EVENT_STREAMS } from "./api.ts";
import { errorSchema } from "./errors.ts";
import { eventSchema } from "./event-json.ts";
import { EVENT_RING } from "./event-ring.ts";
import { explanationSchema } from "./explain-json.ts";
import { keysSchema } from "./key-routes.ts";
import { memberSchema } from "./member-json.ts";
import { MAX_BODY_BYTES } from "./route.ts";

const AT = "http://127.0.0.1:7980";

function setUp(keyring?: NodeKeyring) {
  const node = new FakeNode();
  const seen = { lefts: 0 };
  const keys =
    keyring === undefined ? new AgentKeys(node.keys, [FAKE_KEY]) : new AgentKeys(keyring);
  const api = createApi(node, { onLeft: () => seen.lefts++, keys });
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    return api.fetch(new Request(`${AT}${path}`, { method, ...init }));
  };
  const send = (method: string, path: string, body: unknown): Promise<Response> => {
    const headers = { "content-type": "application/json" };
    return ask(method, path, {
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  };
  return { node, api, ask, send, seen };
}

/** The code of an error, whose form is checked, too. */
async function failure(
  answer: Response | Promise<Response>,
): Promise<[status: number, code: string]> {
  const response = await answer;
  const body = errorSchema.parse(await response.json());
  return [response.status, body.error.code];
}

describe("reading", () => {
  it("answers with the node itself, without the tag that is ours", async () => {
    const { ask } = setUp();
    const self = memberSchema.parse(await (await ask("GET", "/v1/self")).json());
    expect(self).toMatchObject({
      name: "a",
      state: "alive",
      incarnation: 7,
      tags: { role: "web" },
    });
  });

  it("lists members by name, with reasons in words", async () => {
    const { node, ask } = setUp();
    node.others.push(
      memberView("c"),
      memberView("b", {
        state: "suspect",
        reason: {
          type: "probeFailed",
          seq: 1 as never,
          startedAt: 0 as Instant,
          timeoutMs: 500,
          intervalMs: 1000,
          relays: ["c"],
          nacksExpected: 1,
          nacksReceived: 0,
          tcp: "notTried",
          localHealth: 0,
          excusedMs: 0,
        },
      }),
    );
    const list = z.object({ members: z.array(memberSchema) });
    const { members } = list.parse(await (await ask("GET", "/v1/members")).json());
    expect(members.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    const text = "no answer to our probe 1 within 1.0 s, nor through c";
    expect(members[1]?.reason).toEqual({ type: "probeFailed", text });
  });

  it("finds one member, by a name of any characters", async () => {
    const { node, ask } = setUp();
    node.others.push(memberView("ü /?"));
    const found = await ask("GET", `/v1/members/${encodeURIComponent("ü /?")}`);
    expect(await found.json()).toMatchObject({ name: "ü /?" });
    expect(await failure(ask("GET", "/v1/members/nobody"))).toEqual([404, "ERR_NOT_FOUND"]);
  });

  it("explains a member, in facts and in words", async () => {
    const { node, ask } = setUp();
    node.others.push(memberView("b", { state: "suspect" }));
    const answer = await ask("GET", "/v1/members/b/explain");
    const explanation = explanationSchema.parse(await answer.json());
    expect(explanation).toMatchObject({
      name: "b",
      observer: "a",
      member: { name: "b", state: "suspect" },
      history: [{ type: "join", state: "suspect", reason: { type: "started" } }],
      suspicion: { by: "a", confirmedBy: ["c"], confirmationsNeeded: 3 },
      lost: null,
      forgottenUpTo: null,
      localHealth: 1,
    });
    expect(explanation.text.join(" ")).toContain("b has 2.0 s left to refute");
    expect(await failure(ask("GET", "/v1/members/nobody/explain"))).toEqual([404, "ERR_NOT_FOUND"]);
  });

  it("shows counters and health", async () => {
    const { ask } = setUp();
    expect(await (await ask("GET", "/v1/stats")).json()).toMatchObject({ packetsSent: 3 });
    const health = { status: "ok", name: "a", state: "alive" };
    expect(await (await ask("GET", "/health")).json()).toEqual(health);
  });

  it("is unavailable while the node does not run", async () => {
    const { node, ask } = setUp();
    Object.defineProperty(node, "local", {
      get: () => {
        throw new HearsayError("ERR_STATE", "the node is not running");
      },
    });
    expect(await failure(ask("GET", "/health"))).toEqual([503, "ERR_STATE"]);
  });

  it("hides its own mistakes and logs them", async () => {
    const { node } = setUp();
    const logged: unknown[] = [];
    const api = createApi(node, { logger: { error: (details) => logged.push(details) } });
    node.stats = () => {
      throw new Error("BUG: secret");
    };
    const answer = await api.fetch(new Request(`${AT}/v1/stats`));
    expect(await answer.text()).not.toContain("secret");
    expect([answer.status, logged.length]).toEqual([500, 1]);
  });

  it("knows no other routes", async () => {
    const { ask } = setUp();
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/v1"],
      ["DELETE", "/v1/members/a"],
    ] as const) {
      expect(await failure(ask(method, path))).toEqual([404, "ERR_NOT_FOUND"]);
    }
  });
});

describe("commands", () => {
  it("joins", async () => {
    const { send } = setUp();
    const answer = await send("POST", "/v1/join", { addresses: ["10.0.0.7:7946"] });
    expect(await answer.json()).toEqual({ contacted: ["10.0.0.7:7946"], failed: [] });
    const alone = send("POST", "/v1/join", { addresses: ["127.0.0.1:1"] });
    expect(await failure(alone)).toEqual([502, "ERR_JOIN"]);
  });

  it("leaves, and says so to the agent", async () => {
    const { node, ask, seen } = setUp();
    expect(await (await ask("POST", "/v1/leave")).json()).toEqual({ told: true });
    expect({ left: node.left, ...seen }).toEqual({ left: true, lefts: 1 });
  });

  it("declares members gone that have failed, and no others", async () => {
    const { node, ask } = setUp();
    node.others.push(memberView("b", { state: "dead" }), memberView("c"));
    const answer = await ask("POST", "/v1/members/b/force-leave");
    expect(await answer.json()).toMatchObject({ name: "b", member: { name: "b", state: "left" } });
    expect(await failure(ask("POST", "/v1/members/c/force-leave"))).toEqual([
      409,
      "ERR_MEMBER_ALIVE",
    ]);
    expect(await failure(ask("POST", "/v1/members/d/force-leave"))).toEqual([
      404,
      "ERR_UNKNOWN_MEMBER",
    ]);
  });

  it("replaces tags", async () => {
    const { send } = setUp();
    const answer = await send("PUT", "/v1/tags", { tags: { dc: "east" } });
    expect(await answer.json()).toMatchObject({ name: "a", tags: { dc: "east" } });
    expect(await failure(send("PUT", "/v1/tags", { tags: { hs: "x" } }))).toEqual([
      400,
      "ERR_OPTION",
    ]);
  });

  it("changes single tags", async () => {
    const { node, send } = setUp();
    const both = await send("PATCH", "/v1/tags", { set: { dc: "east", x: "1" } });
    expect(await both.json()).toMatchObject({ tags: { role: "web", dc: "east", x: "1" } });
    await send("PATCH", "/v1/tags", { set: { dc: "west" }, delete: ["x", "never there"] });
    expect(Object.fromEntries(node.tags)).toEqual({ role: "web", dc: "west" });
  });

  it.each([
    ["POST", "/v1/join", "{"],
    ["POST", "/v1/join", "null"],
    ["POST", "/v1/join", { addresses: "a:1" }],
    ["POST", "/v1/join", { addresses: [] }],
    ["POST", "/v1/join", { addresses: [7] }],
    ["POST", "/v1/join", { addresses: ["a:1"], more: 1 }],
    ["POST", "/v1/join", { addresses: Array.from({ length: 65 }, () => "a:1") }],
    ["PUT", "/v1/tags", { tags: { a: 1 } }],
    ["PUT", "/v1/tags", { a: "1" }],
    ["PATCH", "/v1/tags", { set: { a: 1 } }],
    ["PATCH", "/v1/tags", { delete: "a" }],
    ["POST", "/v1/keys", { key: 7 }],
    ["POST", "/v1/keys", { key: "x".repeat(65) }],
    ["PUT", "/v1/keys/primary", { key: FAKE_KEY }],
  ])("refuses %s %s %j", async (method, path, body) => {
    const { send } = setUp();
    expect(await failure(send(method, path, body))).toEqual([400, "ERR_BODY"]);
  });

  it("refuses bodies that are too large or not JSON by name", async () => {
    const { ask, send } = setUp();
    const large = { tags: { a: "x".repeat(MAX_BODY_BYTES) } };
    expect(await failure(send("PUT", "/v1/tags", large))).toEqual([413, "ERR_BODY_TOO_LARGE"]);
    const form = ask("POST", "/v1/join", { body: '{"addresses":["a:1"]}' });
    expect(await failure(form)).toEqual([415, "ERR_MEDIA_TYPE"]);
  });
});

describe("keys", () => {
  const [old, fresh] = [FAKE_KEY, Buffer.alloc(32, 7).toString("base64")];

  it("are rotated by a new key and by fingerprints, and never shown", async () => {
    const { ask, send } = setUp();
    const states = [
      await ask("GET", "/v1/keys"),
      await send("POST", "/v1/keys", { key: fresh }),
      await send("PUT", "/v1/keys/primary", { fingerprint: fingerprintOf(fresh) }),
      await ask("DELETE", `/v1/keys/${fingerprintOf(old)}`),
    ];
    const shown = await Promise.all(states.map((state) => state.text()));
    const [before, after] = [
      { fingerprint: fingerprintOf(old), bytes: 16 },
      { fingerprint: fingerprintOf(fresh), bytes: 32 },
    ];
    expect(shown.map((text) => keysSchema.parse(JSON.parse(text)).keys)).toEqual([
      [{ ...before, primary: true }],
      [
        { ...before, primary: true },
        { ...after, primary: false },
      ],
      [
        { ...after, primary: true },
        { ...before, primary: false },
      ],
      [{ ...after, primary: true }],
    ]);
    for (const text of shown) for (const key of [old, fresh]) expect(text).not.toContain(key);
  });

  it("are refused without a word of them", async () => {
    const { ask, send } = setUp();
    const secret = "c2VjcmV0IQ==";
    for (const body of [{ key: secret }, `{"key": ${secret}`, { key: fresh, more: secret }]) {
      const answer = await send("POST", "/v1/keys", body);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toContain(secret.slice(0, 6));
    }
    const primary = ask("DELETE", `/v1/keys/${fingerprintOf(old)}`);
    expect(await failure(primary)).toEqual([400, "ERR_KEY"]);
    const unknown = send("PUT", "/v1/keys/primary", { fingerprint: fingerprintOf(fresh) });
    expect(await failure(unknown)).toEqual([404, "ERR_NOT_FOUND"]);
  });

  it("are none on a node that does not encrypt", async () => {
    const { ask, send } = setUp({ install: refuse, use: refuse, remove: refuse, list: () => [] });
    expect(await (await ask("GET", "/v1/keys")).json()).toEqual({ keys: [] });
    expect(await failure(send("POST", "/v1/keys", { key: fresh }))).toEqual([400, "ERR_KEY"]);
    const use = send("PUT", "/v1/keys/primary", { fingerprint: fingerprintOf(fresh) });
    expect(await failure(use)).toEqual([400, "ERR_KEY"]);
  });

  function refuse(): never {
    throw new HearsayError("ERR_KEY", "no keyring to modify");
  }
});

describe("pages in a browser", () => {
  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7980", "[::2]", ""])(
    "are refused under the name %o (DNS rebinding)",
    async (host) => {
      const { ask } = setUp();
      expect(await failure(ask("GET", "/v1/self", { headers: { host } }))).toEqual([
        403,
        "ERR_HOST",
      ]);
    },
  );

  it.each(["127.0.0.1", "localhost:7980", "LOCALHOST", "[::1]:7980", "127.0.0.2:1"])(
    "and programs are served under the name %o",
    async (host) => {
      const { ask } = setUp();
      expect((await ask("GET", "/v1/self", { headers: { host } })).status).toBe(200);
    },
  );

  it("a request line with a foreign host is refused, whatever the header says", async () => {
    const { api } = setUp();
    const request = new Request("http://evil.example/v1/self", { headers: { host: "127.0.0.1" } });
    expect(await failure(api.fetch(request))).toEqual([403, "ERR_HOST"]);
  });

  it("are refused when they come from elsewhere", async () => {
    const { node, ask } = setUp();
    for (const origin of ["http://evil.example", "null", "http://127.0.0.1:8080"]) {
      const answer = ask("POST", "/v1/leave", { headers: { origin } });
      expect(await failure(answer), origin).toEqual([403, "ERR_ORIGIN"]);
    }
    expect(node.left).toBe(false);
    expect((await ask("GET", "/v1/self", { headers: { origin: AT } })).status).toBe(200);
  });
});

describe("events", () => {
  const join = (name: string): HearsayEvent => {
    return { type: "join", member: memberView(name), reason: STARTED, at: 5 as Instant };
  };

  function reader(answer: Response) {
    const body = answer.body?.getReader();
    const decoder = new TextDecoder();
    return {
      cancel: () => body?.cancel(),
      async next() {
        const { done, value } = (await body?.read()) ?? { done: true, value: undefined };
        if (done || value === undefined) return undefined;
        const [, type, data] =
          /^(?:id: \S+\n)?event: (\w+)\ndata: (.*)\n\n$/u.exec(decoder.decode(value)) ?? [];
        const event = eventSchema.parse(JSON.parse(data ?? "null"));
        expect(event.type).toBe(type);
        return event;
      },
    };
  }

  it("begin with the members and go on with what happens", async () => {
    const { node, ask } = setUp();
    const answer = await ask("GET", "/v1/events");
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const events = reader(answer);
    expect(await events.next()).toMatchObject({ type: "members", members: [{ name: "a" }] });
    node.emitter.emit(join("b"));
    const reason = { type: "started", text: "started here" };
    expect(await events.next()).toMatchObject({ type: "join", member: { name: "b" }, reason });
    node.emitter.emit({ type: "trouble", error: new Error("no route") });
    expect(await events.next()).toMatchObject({ type: "trouble", message: "no route" });
  });

  it("end with the node", async () => {
    const { node, ask } = setUp();
    const events = reader(await ask("GET", "/v1/events"));
    await events.next();
    node.emitter.close();
    expect(await events.next()).toBeUndefined();
  });

  it("are not opened by HEAD, which nobody would end", async () => {
    const { ask } = setUp();
    for (let i = 0; i <= MAX_EVENT_STREAMS; i++) {
      const answer = await ask("HEAD", "/v1/events");
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
    }
  });

  it("go on after the last id that a client has seen", async () => {
    const { node, ask } = setUp();
    const first = (await ask("GET", "/v1/events")).body?.getReader();
    const begun = Buffer.from((await first?.read())?.value ?? []).toString();
    await first?.cancel();
    node.emitter.emit(join("b"));
    const headers = { "last-event-id": /^id: (\S+)/u.exec(begun)?.[1] ?? "" };
    const events = reader(await ask("GET", "/v1/events", { headers }));
    expect(await events.next()).toMatchObject({ type: "join", member: { name: "b" } });
  });

  it("tell a slow reader how many it has missed, and how things are", async () => {
    const { node, ask } = setUp();
    const events = reader(await ask("GET", "/v1/events"));
    expect((await events.next())?.type).toBe("members");
    for (let i = 0; i < 3 * EVENT_RING; i++) {
      node.emitter.emit(join(`m${i}`));
      if (i % 128 === 127) await new Promise((resolve) => setImmediate(resolve));
    }
    const seen: Awaited<ReturnType<typeof events.next>>[] = [];
    while (!seen.some((event) => event?.type === "members")) seen.push(await events.next());
    const missed = seen.flatMap((event) => (event?.type === "missed" ? [event.count ?? 0] : []));
    const joins = seen.filter((event) => event?.type === "join").length;
    expect(missed).toHaveLength(1);
    expect(joins + (missed[0] as number)).toBe(3 * EVENT_RING);
    await events.cancel();
  });

  it("go to so many readers at one time and no more", async () => {
    const { ask } = setUp();
    const open = [];
    for (let i = 0; i < MAX_EVENT_STREAMS; i++) open.push(reader(await ask("GET", "/v1/events")));
    expect(await failure(ask("GET", "/v1/events"))).toEqual([503, "ERR_TOO_MANY_STREAMS"]);
    await open[0]?.cancel();
    expect((await ask("GET", "/v1/events")).status).toBe(200);
  });
});
