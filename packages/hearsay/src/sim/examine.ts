/**
 * A cluster in virtual time, diagnosed as a real one is: its nodes try their ways to each other, then the reports are judged.
 * @module
 */
import { diagnose, reportOf } from "../diagnosis/index.ts";
import type { Finding } from "../diagnosis/index.ts";
import type { Command } from "../kernel/index.ts";
import type { PathTried } from "../membership/index.ts";
import type { Cluster } from "./cluster.ts";

/** No trial takes longer, whatever the preset. */
const TRIALS_MS = 15_000;
/** Numbers of trials: far from those of a cluster's own commands. */
const FIRST_TRIAL = 1_000_000_000;

/** What is wrong, as far as these nodes can tell. Time passes: some seconds. */
export function diagnoseCluster(cluster: Cluster, asked: readonly string[]): readonly Finding[] {
  const { world } = cluster;
  const since = world.events.length;
  const running = asked.filter((node) => world.isAlive(node) && !world.isPaused(node));
  const begun = running.map((node) => ({ node, members: cluster.members(node) }));
  let id = FIRST_TRIAL;
  for (const { node, members } of begun) {
    const own = cluster.memberNameOf(node);
    for (const { name, state } of members) {
      if (name === own || state === "left") continue;
      world.command(node, "membership", { type: "tryPath", id: id++, name } as Command);
    }
  }
  world.run(TRIALS_MS);
  const told = world.events.slice(since).filter(({ event }) => event.type === "pathTried");
  const reports = begun.map(({ node, members }) => {
    const trials = told.filter((line) => line.node === node).map(({ event }) => event as PathTried);
    const now = world.clockOf(node);
    return reportOf(cluster.membership(node), world.troubles(node), trials, members, now);
  });
  return diagnose({ reports, silent: [] });
}
