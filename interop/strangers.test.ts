/**
 * Who has a wrong key, none where there is one, or a label of another cluster: it joins nobody whichever side dials,
 * nobody is the worse for it, and each side is told why.
 *
 * Debian's Serf (0.8) knows no labels, so it is to ours a peer without one; two labels that differ are tried among
 * ours, in `node/encryption.test.ts`.
 */
import { randomBytes } from "node:crypto";
import type { HearsayNode } from "hearsay";
import { afterEach, describe, expect, test } from "vitest";
import { listed, MixedCluster } from "./test/mixed-cluster.ts";
import { missingSerf } from "./test/serf.ts";
import type { SerfAgent } from "./test/serf.ts";
import { until } from "./test/until.ts";

if (missingSerf !== undefined) console.warn(`interop with Serf ${missingSerf}`);

const cluster = new MixedCluster();
const troubles: Error[] = [];

afterEach(() => cluster.end());

const newKey = (size: number): string => randomBytes(size).toString("base64");

/** Long enough for gossip, a probe and its timeout, if anybody had got in. */
const AFTERMATH_MS = 2000;

/** A cluster of one of each kind, under one key or under none. */
async function host(key?: string): Promise<{ ours: HearsayNode; agent: SerfAgent }> {
  const agent = await cluster.agent("serf", {}, ...(key === undefined ? [] : [`-encrypt=${key}`]));
  const ours = await cluster.node("ours", key === undefined ? {} : { encryption: { keys: [key] } });
  ours.on("trouble", ({ error }) => troubles.push(error));
  await ours.join(agent.address);
  return { ours, agent };
}

/** What a user of ours is told when a join fails. */
async function refusal(join: Promise<unknown>): Promise<{ code: string; message: string }> {
  const { code, message } = await join.then(
    () => ({ code: "none", message: "joined" }),
    (error: { code: string; message: string }) => error,
  );
  return { code, message: message.replaceAll(/127\.0\.0\.1:\d+/gu, "ADDRESS") };
}

/** What a user of Serf is told. */
async function serfRefusal(join: Promise<void>): Promise<string> {
  return join.then(
    () => "joined",
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}

/** Waits for a line of Serf's log, which comes through a pipe and later than Serf's doings. */
async function logs(agent: SerfAgent, line: string): Promise<void> {
  await until(`${agent.name} logs: ${line}`, 10_000, () => agent.log.includes(line));
}

/** The cluster is what it was, the strangers are alone, and all of them still answer. */
async function expectUnharmed(
  { ours, agent }: { ours: HearsayNode; agent: SerfAgent },
  ...strangers: (HearsayNode | SerfAgent)[]
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
  for (const member of [ours, agent]) expect(await listed(member)).toEqual(TOGETHER);
  for (const stranger of strangers) expect(await listed(stranger)).toHaveLength(1);
  for (const stranger of [agent, ...strangers]) {
    if ("log" in stranger) expect(stranger.log).not.toContain("panic");
  }
  expect(troubles).toEqual([]);
}

const TOGETHER = ["ours alive", "serf alive"];
const UNDECRYPTABLE = { code: "ERR_JOIN", message: "nobody answered (ADDRESS: undecryptable)" };
const NO_KEY = "No installed keys could decrypt the message";
const NOT_ENCRYPTED = "Encryption is configured but remote state is not encrypted";
const ENCRYPTED = "Remote state is encrypted and encryption is not configured";

describe.skipIf(missingSerf !== undefined)("strangers beside serf agents", () => {
  test("a wrong key joins nobody, whoever dials, and both users are told", async () => {
    const hosts = await host(newKey(32));
    const wrong = await cluster.node("wrong", { encryption: { keys: [newKey(32)] } });
    const wrongAgent = await cluster.agent("serf-wrong", {}, `-encrypt=${newKey(16)}`);

    // Ours with a wrong key dials Serf, and Serf dials it: each tells the other, and counts what it could not read.
    expect(await refusal(wrong.join(hosts.agent.address))).toEqual(UNDECRYPTABLE);
    await logs(hosts.agent, NO_KEY);
    expect(await serfRefusal(hosts.agent.join(wrong.address))).toContain(NO_KEY);
    expect(wrong.stats().envelopeDrops["undecryptable"]).toBeGreaterThan(0);

    // And Serf with a wrong key.
    expect(await serfRefusal(wrongAgent.join(hosts.ours.address))).toContain(NO_KEY);
    expect(await refusal(hosts.ours.join(wrongAgent.address))).toEqual(UNDECRYPTABLE);
    expect(hosts.ours.stats().envelopeDrops["undecryptable"]).toBeGreaterThan(0);

    await expectUnharmed(hosts, wrong, wrongAgent);
  });

  test("no key where there is one joins nobody, whoever dials, and both users are told", async () => {
    const hosts = await host(newKey(32));
    const open = await cluster.node("open");
    const openAgent = await cluster.agent("serf-open");

    expect(await refusal(open.join(hosts.agent.address))).toEqual(UNDECRYPTABLE);
    await logs(hosts.agent, NOT_ENCRYPTED);
    expect(await serfRefusal(hosts.agent.join(open.address))).toContain(NOT_ENCRYPTED);
    expect(open.stats().envelopeDrops["encrypted"]).toBeGreaterThan(0);

    expect(await serfRefusal(openAgent.join(hosts.ours.address))).toContain(ENCRYPTED);
    expect(await refusal(hosts.ours.join(openAgent.address))).toEqual(UNDECRYPTABLE);
    expect(hosts.ours.stats().envelopeDrops["notEncrypted"]).toBeGreaterThan(0);

    await expectUnharmed(hosts, open, openAgent);
  });

  test("a label that Serf does not have joins nobody, whoever dials, and ours counts it", async () => {
    const hosts = await host();
    const labelled = await cluster.node("labelled", { label: "blue" });

    // Serf hangs up without a word, and so do ours: what has no label, or another, is a stranger's.
    const { code, message } = await refusal(labelled.join(hosts.agent.address));
    expect(code).toBe("ERR_JOIN");
    expect(message).toMatch(/ADDRESS: (?:closed|reset)/u);
    await logs(hosts.agent, "Received invalid msgType (244)");
    expect(await serfRefusal(hosts.agent.join(labelled.address))).toContain("Failed to join");
    expect(labelled.stats().envelopeDrops["missingLabel"]).toBeGreaterThan(0);

    await expectUnharmed(hosts, labelled);
  });

  test("a member whose key is replaced by a wrong one is not heard, hears nobody, and is back with the right one", async () => {
    const [key, wrong] = [newKey(32), newKey(32)];
    const { ours, agent } = await host(key);
    ours.keys.install(wrong);
    ours.keys.use(wrong);
    ours.keys.remove(key);
    await until("packets of Serf are dropped", 10_000, () => {
      return (ours.stats().envelopeDrops["undecryptable"] ?? 0) >= 3;
    });
    await logs(agent, NO_KEY);
    ours.keys.install(key);
    ours.keys.use(key);
    ours.keys.remove(wrong);
    await until("both list both", 30_000, async () => {
      const lists = [await listed(ours), await listed(agent)];
      return lists.every((list) => list.join() === TOGETHER.join());
    });
    expect(agent.log).not.toContain("panic");
    expect(troubles).toEqual([]);
  });
});
