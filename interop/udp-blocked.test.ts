/**
 * A firewall between two of ours that drops packets and lets streams through, as cloud networks by mistake do: on
 * real sockets, by real rules, with the words that an operator reads.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { HearsayCommand } from "./test/hearsay-command.ts";
import { missingNamespaces, Namespaces } from "./test/namespaces.ts";
import { TellingProcess } from "./test/telling-process.ts";
import { until } from "./test/until.ts";

if (missingNamespaces !== undefined) console.warn(`interop in namespaces ${missingNamespaces}`);

/** For longer than a round of probes and the longest suspicion of the `local` preset, 1 + 3 s. */
const BLOCKED_MS = 10_000;

/** A round that had begun before, and one more. */
const ROUNDS_MS = 2000;

test.skipIf(missingNamespaces !== undefined)(
  "where packets are dropped and streams are not, streams keep members alive, and it is told, until packets pass",
  async () => {
    const network = new Namespaces(2);
    const running: { kill(signal: "SIGKILL"): void }[] = [];
    const hearsay = (...more: string[]): HearsayCommand => {
      const command = new HearsayCommand(network.within(1), ...more);
      running.push(command);
      return command;
    };
    try {
      const bind = `${network.address(0)}:7946`;
      const node = new TellingProcess("node", { bind }, network.within(0));
      running.push(node);
      await until("the node has started", 10_000, () => node.address !== undefined);
      const own = ["--name", "agent", "--bind", `${network.address(1)}:7946`, "--preset", "local"];
      const agent = hearsay("agent", ...own, "--join", bind, "--log-level", "silent");
      await until("the agent has started", 10_000, () => agent.stdout.includes("7946"));
      // Joined before it is watched: a monitor begins with those who are there.
      await until("the node sees the agent", 10_000, async () => {
        return (await node.look()).about === "agent node";
      });
      const monitor = hearsay("monitor");
      await until("the agent sees both", 10_000, () => monitor.stdout.includes("2 known, 2 alive"));
      /** What the node has counted of probes that streams have rescued. */
      const rescues = async (): Promise<number> => {
        const { about, drops } = await node.look();
        expect(about).toBe("agent node");
        return drops?.["udpBlocked"] ?? 0;
      };
      expect(await rescues()).toBe(0);

      network.rules("ip protocol udp counter drop");
      await sleep(BLOCKED_MS);
      expect(network.counted()).toBeGreaterThan(0);
      // One probe is rescued; from then on probes go over TCP, as all packets do, and need no rescue.
      expect(await rescues()).toBe(1);
      const toldOf = (event: string): (string | undefined)[] => {
        return node.told.filter(({ type }) => type === event).map(({ about }) => about);
      };
      expect(toldOf("udpBlocked")).toEqual(["agent"]);
      const sentence = "udpBlocked  node  it answers on streams, but no packet gets through";
      expect(monitor.stdout.split(sentence)).toHaveLength(2);
      const tags = hearsay("tags", "--set", "role=web");
      await until("the agent has a tag", 10_000, () => tags.status === 0);
      await until("the node hears of it", 5000, () => toldOf("update").includes("agent"));
      expect(toldOf("udpRestored")).toEqual([]);

      network.rules();
      await until("the node knows that it is over", 5 * ROUNDS_MS, () => {
        return toldOf("udpRestored").includes("agent");
      });
      const over = "udpRestored  node  packets get through to it again";
      await until("the agent knows it", 5 * ROUNDS_MS, () => monitor.stdout.includes(over));
      expect(await rescues()).toBe(1);

      expect(node.accusations()).toEqual([]);
      expect(monitor.stdout).not.toMatch(/ (?:suspect|fail) /);
    } finally {
      for (const process of running) process.kill("SIGKILL");
      network.remove();
    }
  },
);
