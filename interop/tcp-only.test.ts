/**
 * Clusters without UDP: nodes of ours behind a firewall that drops all of it, and nodes that open no UDP port beside Serf agents,
 * who have TCP pings and state exchanges alone for them.
 */
import { afterEach, describe, expect, test } from "vitest";
import { listed, MixedCluster } from "./test/mixed-cluster.ts";
import { missingNamespaces, Namespaces } from "./test/namespaces.ts";
import { missingSerf } from "./test/serf.ts";
import { TellingProcess } from "./test/telling-process.ts";
import { until } from "./test/until.ts";

if (missingNamespaces !== undefined) console.warn(`interop in namespaces ${missingNamespaces}`);
if (missingSerf !== undefined) console.warn(`interop beside Serf ${missingSerf}`);

const TEST_MS = 120_000;
const NAMES = ["a", "b", "c", "d"];

test.skipIf(missingNamespaces !== undefined)(
  "four that speak TCP alone are a cluster where all UDP is dropped, and none was sent",
  async () => {
    const network = new Namespaces(NAMES.length);
    const running: TellingProcess[] = [];
    try {
      network.rules("ip protocol udp counter drop");
      const seeds = [`${network.address(0)}:7946`];
      for (const [at, name] of NAMES.entries()) {
        const options = { bind: `${network.address(at)}:7946`, seeds, tcpOnly: true };
        running.push(new TellingProcess(name, options, network.within(at)));
      }
      const [a, b, c, d] = running as [
        TellingProcess,
        TellingProcess,
        TellingProcess,
        TellingProcess,
      ];
      const allSee = (names: string, ...nodes: TellingProcess[]): Promise<number> => {
        return until(`all see ${names}`, 20_000, async () => {
          const seen = await Promise.all(nodes.map((node) => node.look()));
          return seen.every(({ about }) => about === names);
        });
      };
      await allSee("a b c d", a, b, c, d);
      d.kill("SIGKILL");
      await allSee("a b c", a, b, c);
      for (const node of [a, b, c]) {
        expect(node.accusations().map(({ about }) => about)).not.toContain("c");
        expect(new Set(node.accusations().map(({ about }) => about))).toEqual(new Set(["d"]));
      }
      expect(network.counted()).toBe(0);
    } finally {
      for (const node of running) node.kill("SIGKILL");
      network.remove();
    }
  },
  TEST_MS,
);

describe("nodes without UDP beside Serf agents", () => {
  const cluster = new MixedCluster();

  afterEach(() => cluster.end());

  test.skipIf(missingSerf !== undefined)(
    "all agree; tags go both ways; nobody is suspected; a leave and a death are told",
    async () => {
      const serfs = [await cluster.agent("s1"), await cluster.agent("s2")] as const;
      const [s1, s2] = serfs;
      await s2.join(s1.address);
      const ours = [
        await cluster.node("a", { tcpOnly: true, seeds: [s1.address] }),
        await cluster.node("b", { tcpOnly: true, seeds: [s1.address] }),
      ] as const;
      const [a, b] = ours;
      const allSee = (
        expected: string[],
        ...members: Parameters<typeof listed>
      ): Promise<number> => {
        return until(`all see ${expected.join(", ")}`, 20_000, async () => {
          const seen = await Promise.all(members.map((member) => listed(member)));
          return seen.every((list) => list.join() === expected.join());
        });
      };
      const together = ["a alive", "b alive", "s1 alive", "s2 alive"];
      for (const member of [...serfs, ...ours]) await allSee(together, member);
      const accused: string[] = [];
      for (const node of ours) {
        node.on("suspect", ({ member }) => accused.push(`${node.name} ${member.name}`));
      }
      await s2.setTag("role", "db");
      await a.setTags({ role: "web" });
      for (const node of ours) {
        const told = (): boolean => node.member("s2")?.tags.get("role") === "db";
        await until(`${node.name} hears of Serf's tag`, 10_000, told);
      }
      for (const agent of serfs) {
        const told = async (): Promise<boolean> => {
          return (await agent.member("a"))?.tags["role"] === "web";
        };
        await until(`${agent.name} hears of our tag`, 10_000, told);
      }
      expect((await a.ping("s1")).rttMs).toBeGreaterThan(0);
      // Long enough for every member to be probed by every other, several times.
      await new Promise((resolve) => setTimeout(resolve, 8000));
      for (const member of [...serfs, ...ours]) await allSee(together, member);
      expect(accused).toEqual([]);
      await b.leave();
      // Serf calls a leave of ours a failure, but knows of it at once: nobody has to be suspected first.
      const after = (state: string): string[] => ["a alive", `b ${state}`, "s1 alive", "s2 alive"];
      await allSee(after("left"), a);
      for (const member of serfs) await allSee(after("failed"), member);
      await b.stop();
      for (const { log } of serfs) expect(log).not.toMatch(/Suspect/iu);
      s2.kill();
      // Nobody's gossip confirms what a suspects: the longest time of a suspicion, 18 s here.
      await until("a finds out", 30_000, () => a.member("s2")?.state === "dead");
    },
    TEST_MS,
  );
});
