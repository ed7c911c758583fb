/**
 * Topics among real Serf agents: ours publish to each other, and Serf notices nothing. Its port takes memberlist's streams
 * alone, so that one byte of a link of ours would stand in its log as an error.
 */
import { bytesEncoding } from "hearsay";
import type { HearsayNode } from "hearsay";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listed, MixedCluster } from "./test/mixed-cluster.ts";
import { missingSerf } from "./test/serf.ts";
import type { SerfAgent } from "./test/serf.ts";
import { until } from "./test/until.ts";

if (missingSerf !== undefined) console.warn(`topics beside Serf ${missingSerf}`);

describe.skipIf(missingSerf !== undefined).each(["randomLinks", "hyparview"] as const)(
  "topics over %s beside serf agents",
  (overlay) => {
    const cluster = new MixedCluster();
    const ours: HearsayNode[] = [];
    const theirs: SerfAgent[] = [];

    beforeAll(async () => {
      theirs.push(await cluster.agent("serf-1"), await cluster.agent("serf-2"));
      for (const name of ["ours-1", "ours-2", "ours-3", "ours-4"]) {
        const node = await cluster.node(name, { topics: { overlay } });
        await node.join((theirs[0] as SerfAgent).address);
        ours.push(node);
      }
      await (theirs[1] as SerfAgent).join((ours[0] as HearsayNode).address);
      for (const node of ours) {
        await until(`${node.name} knows all six`, 15_000, async () => {
          return (await listed(node)).filter((line) => line.endsWith(" alive")).length === 6;
        });
      }
    });

    afterAll(() => cluster.end());

    test("reach all of ours, small and large, and no agent logs a warning or an error", async () => {
      const heard = new Map(ours.map(({ name }) => [name, 0]));
      for (const node of ours) {
        node.topic<Uint8Array>("news", { encoding: bytesEncoding }).subscribe(({ value }) => {
          heard.set(node.name, (heard.get(node.name) as number) + value.length);
        });
      }
      for (const node of ours) {
        await until(`${node.name} has a link`, 15_000, () => {
          return (node.overlay()?.neighbours.length ?? 0) > 0;
        });
        for (const { name } of node.overlay()?.neighbours ?? []) expect(name).toMatch(/^ours-/);
      }
      const sizes = [10, 1000, 200_000];
      for (const [i, size] of sizes.entries()) {
        await (ours[i] as HearsayNode).topic<Uint8Array>("news").publish(new Uint8Array(size));
      }
      const total = sizes.reduce((sum, size) => sum + size, 0);
      await until("all of ours have heard it all", 15_000, () => {
        return [...heard.values()].every((bytes) => bytes === total);
      });
      // Two more rounds of probes and gossip, in which something would show.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      for (const agent of theirs) {
        expect(agent.complaints).toEqual([]);
        expect((await listed(agent)).every((line) => line.endsWith(" alive"))).toBe(true);
      }
    });
  },
);
