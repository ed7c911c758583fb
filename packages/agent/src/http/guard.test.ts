import { describe, expect, it } from "vitest";
import { FakeNode, memberView } from "../test/fake-node.ts";
import { createApi } from "./api.ts";
import type { ApiOptions } from "./api.ts";
import { RateBound } from "./rate-bound.ts";

const TOKEN = "a token of some length";

function setUp(options: ApiOptions = {}) {
  const node = new FakeNode();
  const api = createApi(node, options);
  return {
    node,
    async ask(path: string, headers: Record<string, string> = {}) {
      const answer = await api.fetch(new Request(`http://127.0.0.1:7980${path}`, { headers }));
      const body = (await answer.json()) as { error?: { code: string } };
      return { status: answer.status, code: body.error?.code, headers: answer.headers };
    },
  };
}

describe("an API with a token", () => {
  const access = { token: TOKEN };

  it.each([
    ["none", {}],
    ["another one", { authorization: "Bearer a token of some lengtH" }],
    ["one that begins like it", { authorization: "Bearer a" }],
    ["one more", { authorization: `Bearer ${TOKEN}x` }],
    ["an empty one", { authorization: "Bearer " }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
  ])("refuses %s", async (_what, headers) => {
    const { status, code, headers: answered } = await setUp({ access }).ask("/v1/self", headers);
    expect([status, code]).toEqual([401, "ERR_TOKEN"]);
    expect(answered.get("www-authenticate")).toBe("Bearer");
  });

  it("serves who has it, from wherever the page is", async () => {
    const token = TOKEN.replaceAll(" ", "-");
    const { ask } = setUp({ access: { token } });
    const headers = { authorization: `Bearer ${token}`, origin: "https://dashboard.example" };
    expect((await ask("/v1/self", headers)).status).toBe(200);
  });

  it("tells everybody whether it is well", async () => {
    const { ask } = setUp({ access });
    expect((await ask("/health")).status).toBe(200);
    expect((await ask("/ready")).status).toBe(200);
    expect((await ask("/v1/members")).status).toBe(401);
  });
});

describe("an API that other machines reach", () => {
  const access = { isPublic: true, hosts: ["agent.example"] };

  it.each(["10.0.0.7:7980", "[fd00::7]:7980", "agent.example", "AGENT.example:80", "localhost"])(
    "is called %s",
    async (host) => {
      expect((await setUp({ access }).ask("/v1/self", { host })).status).toBe(200);
    },
  );

  it.each(["evil.example", "10.0.0.7.evil.example", "x.agent.example", ""])(
    "is not called %o",
    async (host) => {
      expect((await setUp({ access }).ask("/v1/self", { host })).code).toBe("ERR_HOST");
    },
  );
});

describe("the rate of requests", () => {
  it("is bounded, but for those about health", async () => {
    const { ask } = setUp({ access: { requestsPerSecond: 3 } });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await ask("/v1/self")).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await ask("/v1/self");
    expect([refused.code, refused.headers.get("retry-after")]).toEqual([
      "ERR_TOO_MANY_REQUESTS",
      "1",
    ]);
    expect((await ask("/health")).status).toBe(200);
  });

  it("comes back with time, and no more than a second of it", () => {
    const bound = new RateBound(2);
    expect([bound.take(0), bound.take(0), bound.take(0)]).toEqual([true, true, false]);
    expect([bound.take(500), bound.take(500)]).toEqual([true, false]);
    const later = [1e6, 1e6, 1e6].map((now) => bound.take(now));
    expect(later).toEqual([true, true, false]);
  });
});

describe("readiness", () => {
  it("waits for as many members as were asked for, and stays", async () => {
    const { node, ask } = setUp({ readyMembers: 2 });
    const refused = await ask("/ready");
    expect([refused.status, refused.code]).toEqual([503, "ERR_NOT_READY"]);
    node.others.push(memberView("b", { state: "dead" }));
    expect((await ask("/ready")).status).toBe(503);
    node.others.push(memberView("c"));
    expect((await ask("/ready")).status).toBe(200);
    node.others.length = 0;
    expect((await ask("/ready")).status).toBe(200);
  });

  it("ends when the node leaves", async () => {
    const { node, ask } = setUp();
    expect((await ask("/ready")).status).toBe(200);
    Object.defineProperty(node, "local", { get: () => memberView("a", { state: "left" }) });
    expect((await ask("/ready")).code).toBe("ERR_NOT_READY");
  });
});
