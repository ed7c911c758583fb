/**
 * Hearsay nodes and real Serf agents in encrypted clusters: every size of key, joins both ways and keys
 * changed on both sides.
 */
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { listed, MixedCluster } from "./test/mixed-cluster.ts";
import { missingSerf } from "./test/serf.ts";
import { until } from "./test/until.ts";

if (missingSerf !== undefined) console.warn(`interop with Serf ${missingSerf}`);

const cluster = new MixedCluster();

afterEach(() => cluster.end());

const newKey = (size: number): string => randomBytes(size).toString("base64");
describe.skipIf(missingSerf !== undefined)("encrypted, beside serf agents", () => {
  test.each([16, 24, 32])(
    "with a key of %i bytes: joins both ways, tags both ways",
    async (size) => {
      const key = newKey(size);
      const first = await cluster.agent("serf-1", { role: "db" }, `-encrypt=${key}`);
      const second = await cluster.agent("serf-2", { role: "web" }, `-encrypt=${key}`);
      const encryption = { keys: [key] };
      const ours = await cluster.node("ours", { encryption, tags: { zone: "b" } });
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

  test("both go over to another key, ours by node.keys and theirs by serf keys", async () => {
    const [old, next] = [newKey(16), newKey(32)];
    const agent = await cluster.agent("serf-1", {}, `-encrypt=${old}`);
    const ours = await cluster.node("ours", { encryption: { keys: [old] } });
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
