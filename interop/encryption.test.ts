/**
 * Hearsay nodes and real Serf agents in encrypted clusters: every size of key, joins both ways, a key changed
 * on our side, and strangers with a wrong key or none.
 */
import { randomBytes } from "node:crypto";
import { createNode } from "hearsay";
import type { HearsayNode, NodeOptions } from "hearsay";
import { afterEach, describe, expect, test } from "vitest";
import { missingSerf, SerfAgent } from "./test/serf.ts";
import { until } from "./test/until.ts";

if (missingSerf !== undefined) console.warn(`interop with Serf ${missingSerf}`);

const nodes: HearsayNode[] = [];
const agents: SerfAgent[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  for (const agent of agents.splice(0)) agent.kill();
});

async function startNode(name: string, options: Partial<NodeOptions>): Promise<HearsayNode> {
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
  nodes.push(node);
  await node.start();
  return node;
}

async function startAgent(
  name: string,
  tags: Record<string, string>,
  ...flags: string[]
): Promise<SerfAgent> {
  const agent = await SerfAgent.start(name, tags, ...flags);
  agents.push(agent);
  return agent;
}

const newKey = (size: number): string => randomBytes(size).toString("base64");
const listed = async (agent: SerfAgent): Promise<string[]> =>
  (await agent.members()).map(({ name, status }) => `${name} ${status}`).toSorted();

describe.skipIf(missingSerf !== undefined)("encrypted, beside serf agents", () => {
  test.each([16, 24, 32])(
    "with a key of %i bytes: joins both ways, tags both ways",
    async (size) => {
      const key = newKey(size);
      const first = await startAgent("serf-1", { role: "db" }, `-encrypt=${key}`);
      const second = await startAgent("serf-2", { role: "web" }, `-encrypt=${key}`);
      const encryption = { keys: [key] };
      const ours = await startNode("ours", { encryption, tags: { zone: "b" } });
      const events: string[] = [];
      for (const type of ["suspect", "fail", "leave"] as const) {
        ours.on(type, ({ member }) => events.push(`${type} ${member.name}`));
      }

      // Ours dials theirs, then theirs dials ours.
      await ours.join(first.address);
      expect(ours.member("serf-1")?.tags.get("role")).toBe("db");
      await second.join(ours.address);
      const all = ["ours alive", "serf-1 alive", "serf-2 alive"];
      for (const agent of [first, second]) {
        await until(`${agent.name} lists all`, 5000, async () => {
          return (await listed(agent)).join() === all.join();
        });
        expect((await agent.member("ours"))?.tags).toMatchObject({ zone: "b" });
      }
      await until("ours sees the tags of serf-2", 5000, () => {
        return ours.member("serf-2")?.tags.get("role") === "web";
      });

      // News of either side reaches the other, and probes find nobody guilty for a while.
      await ours.setTags({ zone: "c" });
      await until("serf-2 sees new tags", 5000, async () => {
        return (await second.member("ours"))?.tags["zone"] === "c";
      });
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect(await listed(first)).toEqual(all);
      expect(events).toEqual([]);
      expect(ours.stats().envelopeDrops).toEqual({});
      expect([...first.complaints, ...second.complaints]).toEqual([]);
    },
  );

  test("a wrong key, or none, joins nobody and crashes nobody, on either side", async () => {
    const key = newKey(32);
    const agent = await startAgent("serf-1", {}, `-encrypt=${key}`);
    const ours = await startNode("ours", { encryption: { keys: [key] } });
    await ours.join(agent.address);
    const wrong = await startNode("wrong", { encryption: { keys: [newKey(32)] } });
    const open = await startNode("open", {});
    const wrongAgent = await startAgent("serf-wrong", {}, `-encrypt=${newKey(16)}`);
    const openAgent = await startAgent("serf-open", {});

    for (const stranger of [wrong, open]) {
      for (const { address } of [agent, ours]) {
        await expect(stranger.join(address)).rejects.toThrow("undecryptable");
      }
    }
    for (const stranger of [wrongAgent, openAgent]) {
      await expect(stranger.join(ours.address)).rejects.toThrow(/Command failed/);
      await expect(ours.join(stranger.address)).rejects.toMatchObject({ code: "ERR_JOIN" });
    }
    // memberlist tells its user what we have told it.
    expect(openAgent.log).toMatch(
      /Remote state is encrypted|remote error: Encryption is configured/,
    );

    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await listed(agent)).toEqual(["ours alive", "serf-1 alive"]);
    expect(ours.members().map(({ name, state }) => `${name} ${state}`)).toEqual([
      "ours alive",
      "serf-1 alive",
    ]);
    for (const stranger of [wrong, open]) expect(stranger.members()).toHaveLength(1);
    for (const stranger of [wrongAgent, openAgent]) {
      expect(await stranger.members()).toHaveLength(1);
      expect(stranger.log).not.toContain("panic");
    }
    const { envelopeDrops } = ours.stats();
    expect(envelopeDrops["undecryptable"]).toBeGreaterThan(0);
    expect(envelopeDrops["notEncrypted"]).toBeGreaterThan(0);
  });

  test("both go over to another key, ours by node.keys and theirs by serf keys", async () => {
    const [old, next] = [newKey(16), newKey(32)];
    const agent = await startAgent("serf-1", {}, `-encrypt=${old}`);
    const ours = await startNode("ours", { encryption: { keys: [old] } });
    await ours.join(agent.address);
    // Serf's answer to a key command waits for every member, and ours answers no queries yet: it tells us so.
    ours.keys.install(next);
    await agent.keys("-install", next);
    await agent.keys("-use", next);
    ours.keys.use(next);
    await agent.keys("-remove", old);
    ours.keys.remove(old);
    await ours.setTags({ after: "rotation" });
    await until("serf-1 hears us with the new key", 5000, async () => {
      return (await agent.member("ours"))?.tags["after"] === "rotation";
    });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await listed(agent)).toEqual(["ours alive", "serf-1 alive"]);
    expect(ours.member("serf-1")?.state).toBe("alive");
    expect(ours.stats().envelopeDrops).toEqual({});
  });
});
