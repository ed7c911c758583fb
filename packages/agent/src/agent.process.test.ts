import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { Command, PROCESS_TEST_MS, until } from "./test/processes.ts";

interface Ready {
  readonly ready: true;
  readonly name: string;
  readonly address: string;
  readonly http: string;
  readonly pid: number;
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((face) => face?.address === "::1");
if (!hasIpv6) console.warn("skipped: this machine has no ::1, so no agent is tried over IPv6");

const commands: Command[] = [];

afterEach(async () => {
  for (const command of commands.splice(0)) {
    command.child.kill("SIGKILL");
    await command.ended;
  }
});

async function startAgent(
  name: string,
  ...more: string[]
): Promise<{ agent: Command; ready: Ready }> {
  const own = [
    "--name",
    name,
    "--bind",
    "127.0.0.1:0",
    "--http",
    "127.0.0.1:0",
    "--preset",
    "local",
  ];
  const agent = new Command(["agent", ...own, "--ready-json", ...more]);
  commands.push(agent);
  await agent.shows(/\n/u);
  return { agent, ready: JSON.parse(agent.stdout) };
}

/** State of a member as `hearsay members --json` tells it. */
async function stateOf(name: string, { http }: Ready): Promise<string | undefined> {
  const command = new Command(["members", "--json", "--http", http]);
  const { status } = await command.ended;
  expect(status, command.stderr).toBe(0);
  const { members } = JSON.parse(command.stdout) as { members: { name: string; state: string }[] };
  return members.find((member) => member.name === name)?.state;
}

describe("the agent as a process", () => {
  it("joins, is listed, and leaves on SIGTERM", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await startAgent("a", "--tag", "role=web");
    expect(a.ready).toMatchObject({ ready: true, name: "a", pid: a.agent.child.pid });
    const b = await startAgent("b", "--join", a.ready.address);
    await until(async () => expect(await stateOf("b", a.ready)).toBe("alive"));

    b.agent.child.kill("SIGTERM");
    expect(await b.agent.ended).toEqual({ status: 0, signal: null });
    await until(async () => expect(await stateOf("b", a.ready)).toBe("left"));

    a.agent.child.kill("SIGINT");
    expect(await a.agent.ended).toEqual({ status: 0, signal: null });
    const logged = a.agent.stderr.trimEnd().split("\n");
    expect(logged.map((line) => JSON.parse(line).msg)).toContain("node started");
  });

  it("hearsay join and hearsay leave do what they say", { timeout: PROCESS_TEST_MS }, async () => {
    const [a, b] = [await startAgent("a"), await startAgent("b")];
    const join = new Command(["join", a.ready.address, "--http", b.ready.http]);
    expect((await join.ended).status, join.stderr).toBe(0);
    expect(join.stdout).toBe(`joined ${a.ready.address}\n`);
    await until(async () => expect(await stateOf("b", a.ready)).toBe("alive"));

    const leave = new Command(["leave", "--http", b.ready.http]);
    expect((await leave.ended).status, leave.stderr).toBe(0);
    expect(leave.stdout).toBe("b has left\n");
    expect(await b.agent.ended).toEqual({ status: 0, signal: null });
    await until(async () => expect(await stateOf("b", a.ready)).toBe("left"));
  });

  it("an event stream shows the death of a member", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await startAgent("a");
    const b = await startAgent("b", "--join", a.ready.address);
    const answer = await fetch(`http://${a.ready.http}/v1/events`);
    const body = answer.body as unknown as AsyncIterable<Uint8Array>;
    await until(async () => expect(await stateOf("b", a.ready)).toBe("alive"));
    b.agent.child.kill("SIGKILL");
    let text = "";
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString();
      if (text.includes("event: fail\n")) break;
    }
    expect(text).toContain("event: suspect\n");
    expect(text).toContain("no answer to our probe");
    const explain = new Command(["explain", "b", "--http", a.ready.http]);
    expect((await explain.ended).status, explain.stderr).toBe(0);
    expect(explain.stdout).toMatch(/^b is dead at /u);
    expect(explain.stdout).toMatch(/ s ago we suspected b: no answer to our probe /u);
    const forceLeave = new Command(["force-leave", "b", "--http", a.ready.http]);
    expect((await forceLeave.ended).status, forceLeave.stderr).toBe(0);
    expect(await stateOf("b", a.ready)).toBe("left");
  });

  it.skipIf(!hasIpv6)("speaks IPv6 throughout", { timeout: PROCESS_TEST_MS }, async () => {
    const v6 = ["--bind", "[::1]:0", "--http", "[::1]:0", "--allow", "::1/128"];
    const a = await startAgent("a", ...v6);
    expect(a.ready.address).toMatch(/^\[::1\]:\d+$/u);
    expect(a.ready.http).toMatch(/^\[::1\]:\d+$/u);
    const b = await startAgent("b", ...v6, "--join", a.ready.address);
    await until(async () => expect(await stateOf("b", a.ready)).toBe("alive"));
    const members = new Command(["members", "--http", a.ready.http]);
    await members.ended;
    expect(members.stdout).toContain(` ${b.ready.address} `);
    const c = await startAgent("c", ...v6.slice(0, 4), "--allow", "fd00::/8");
    const join = new Command(["join", c.ready.address, "--http", a.ready.http, "--json"]);
    expect((await join.ended).status).toBe(1);
    expect(join.stderr).toContain(c.ready.address);
    const again = new Command(["join", b.ready.address, "--http", a.ready.http, "--json"]);
    expect((await again.ended).status, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({ contacted: [b.ready.address], failed: [] });
  });

  it("says that a port is in use and ends with 1", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await startAgent("a");
    const second = new Command(["agent", "--bind", a.ready.address, "--http", "127.0.0.1:0"]);
    commands.push(second);
    expect(await second.ended).toEqual({ status: 1, signal: null });
    expect(second.stderr).toMatch(/^hearsay: .*port/mu);
    expect(second.stdout).toBe("");
  });

  it("a second signal ends it at once", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await startAgent("a");
    const b = await startAgent("b", "--join", a.ready.address);
    await until(async () => expect(await stateOf("b", a.ready)).toBe("alive"));
    // The goodbye takes some rounds of gossip; nobody waits for them.
    b.agent.child.kill("SIGTERM");
    b.agent.child.kill("SIGINT");
    expect(await b.agent.ended).toEqual({ status: 1, signal: null });
  });
});
