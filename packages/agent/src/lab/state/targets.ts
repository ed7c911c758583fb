/**
 * Whom a node gossips to: how often a dead member and a seed get a turn beside a live one.
 * @see apache/cassandra, Gossiper
 * @module
 */
import { NO_PEER, Sfc32 } from "hearsay/kernel";
import type { Address, PeerId, Peers } from "hearsay/kernel";
import { GossipTargets } from "hearsay/state";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { whole } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

const OPTIONS = {
  live: whole(20, "live members, the node itself not counted", { most: 100_000 }),
  dead: whole(5, "dead members", { most: 4096 }),
  seeds: whole(3, "seeds, the first of the live, then of the dead", { most: 100_000 }),
  rounds: whole(100_000, "rounds of gossip", { least: 1, most: 100_000_000 }),
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

function run({ live, dead, seeds, rounds }: Parameters, seed: number): Sample {
  const rng = new Sfc32(seed, 6);
  const isDead = (peer: PeerId): boolean => peer >= live;
  const addressOf = (peer: PeerId): Address => `${peer}` as Address;
  const peers: Pick<Peers, "at" | "addressOf" | "retain"> = {
    at: (address) => Number(address) as PeerId,
    addressOf,
    retain: () => {},
  };
  const targets = new GossipTargets({
    peers: peers as Peers,
    sampler: {
      size: live,
      sample: () => (live === 0 ? [] : [rng.below(live) as PeerId]),
    },
    understands: (peer) => peer !== NO_PEER,
  });
  for (let i = 0; i < dead; i++) targets.died((live + i) as PeerId);
  targets.seeds = Array.from({ length: seeds }, (_, i) => addressOf(i as PeerId));
  let [toDead, toSeed] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const first = targets.live(rng);
    for (const peer of targets.others(first, rng)) {
      if (isDead(peer)) toDead++;
      else toSeed++;
    }
  }
  return { toDead: [toDead / rounds], toSeed: [toSeed / rounds] };
}

export const TARGETS = experiment(OPTIONS, {
  name: "targets",
  story: "a node chooses whom to gossip to, round by round",
  measures: {
    toDead: "share of rounds with a dead member in them",
    toSeed: "share of rounds with a live seed beside the live member",
  },
  run,
});
