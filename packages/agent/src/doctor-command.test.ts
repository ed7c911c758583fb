import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeReport } from "hearsay";
import { runCommand } from "./cli.ts";
import { createApi } from "./http/api.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { FakeNode } from "./test/fake-node.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";

type Path = NodeReport["paths"][number];

const WELL: Path = {
  name: "b",
  address: "10.0.0.2:7946" as Path["address"],
  packets: { sent: 10, answered: 10 },
  largePackets: { sent: 10, answered: 10 },
  rttMs: 1,
  stream: "answered",
  heard: true,
};

let node: FakeNode;
let server: HttpServer;

beforeEach(async () => {
  node = new FakeNode();
  server = await serveHttp(createApi(node), { host: "127.0.0.1", port: 0 });
});

afterEach(() => server.close(100));

async function doctor(...args: string[]) {
  const terminal = new MemoryTerminal();
  const http = args.includes("--http") ? [] : ["--http", server.address];
  const status = await runCommand(["doctor", ...http, ...args], terminal);
  const { stdout, stderr } = terminal;
  return { status, stdout: stdout.text, stderr: stderr.text };
}

describe("hearsay doctor", () => {
  it("says so when nothing is wrong, and ends with 0", async () => {
    node.report = { ...node.report, paths: [WELL] };
    expect(await doctor()).toEqual({
      status: 0,
      stdout: "Nothing is wrong that can be seen from here: 1 agent asked, 1 member tried.\n",
      stderr: "",
    });
  });

  it("says what is wrong with the cure, and ends with 3", async () => {
    const packets = { sent: 10, answered: 0 };
    const path = { ...WELL, packets, largePackets: packets, rttMs: undefined, heard: false };
    node.report = { ...node.report, paths: [path] };
    const { status, stdout } = await doctor();
    expect(status).toBe(3);
    expect(stdout).toMatch(/^udp-blocked: a and b reach each other over TCP, but no UDP packet/u);
    expect(stdout).toMatch(/\n {2}Open UDP beside TCP, both ways.*--tcp-only/u);
    expect(stdout).toMatch(/\n1 finding: 1 agent asked, 1 member tried\.\n$/u);
    const { stdout: json } = await doctor("--json");
    expect(JSON.parse(json)).toMatchObject({
      findings: [{ code: "udp-blocked", about: ["a", "b"] }],
      reports: [{ name: "a", paths: [{ name: "b", packets }] }],
      silent: [],
    });
  });

  it("shows no control characters of others", async () => {
    const conflict = { address: WELL.address, claimed: WELL.address, agoMs: 1 };
    node.report = { ...node.report, conflicts: [{ name: "\u001B[2J", ...conflict }] };
    expect((await doctor()).stdout).toContain("have the name \\u{1b}[2J:");
  });

  it("tells an agent that takes the question and does not answer from one that is not there", async () => {
    const deaf = createServer(() => {});
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const at = `127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const { status, stdout } = await doctor("--http", server.address, "--http", at);
    deaf.close();
    expect(status).toBe(3);
    expect(stdout).toMatch(`agent-silent: The agent at ${at} takes the question`);
    const none = await doctor("--http", at);
    expect(none).toMatchObject({ status: 1, stdout: "" });
    expect(none.stderr).toMatch(/^hearsay: no agent answers at /u);
  }, 20_000);
});
