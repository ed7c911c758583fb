/**
 * How long nodes that all join one seed at once take to know each other, by how often news is sent.
 *
 *     npm run build && node bench/formation.mjs [seeds=50]
 *
 * In virtual time, latency 0.1 to 1 ms, no loss. Each news is sent `retransmitMult * ceil(log10(n + 1))` times;
 * what gossip has missed by then waits for the next exchange of states (local 15 s, lan 30 s). Agreed: every node
 * holds every other for alive, asked every 10 ms. Packets are those of a node until then.
 * @module
 */
import { MEMBERSHIP_PRESETS } from "hearsay/membership";
import { Cluster } from "hearsay/sim";
import { digits, quantile, table } from "./measure.mjs";

const SIZES = [8, 32, 100];
const TRANSMITS = [2, 3, 4, 6];
const PATIENCE_MS = 180_000;

const seeds = Number(process.argv[2] ?? 50);

for (const preset of ["local", "lan"]) {
  const usual = MEMBERSHIP_PRESETS[preset].retransmitMult;
  const rows = SIZES.flatMap((n) =>
    TRANSMITS.map((retransmitMult) => {
      const runs = Array.from({ length: seeds }, (_, i) => form(n, { preset, retransmitMult }, i));
      const times = runs.map(({ ms }) => ms);
      const packets = runs.reduce((sum, run) => sum + run.packets, 0) / seeds / n;
      const late = times.filter((ms) => ms > 3000).length;
      const [p50, p90, max] = [0.5, 0.9, 1].map((q) => quantile(times, q).toLocaleString("en"));
      const mult = retransmitMult === usual ? `**${retransmitMult}**` : String(retransmitMult);
      const share = `${Math.round((100 * late) / seeds)} %`;
      return [String(n), mult, p50, p90, max, share, digits(packets)];
    }),
  );
  console.log(`${preset}, ${seeds} seeds each, ms until all agree:\n`);
  table(["nodes", "retransmitMult", "p50", "p90", "max", "above 3 s", "packets a node"], rows);
}

function form(n, membership, seed) {
  const cluster = new Cluster({
    seed: seed + 1,
    wire: "objects",
    network: { latencyMs: [0.1, 1] },
    membership,
  });
  const { world } = cluster;
  cluster.form(Array.from({ length: n }, (_, i) => `n${i}`));
  const memberships = cluster.live.map((name) => cluster.membership(name));
  while (!memberships.every(({ aliveCount }) => aliveCount === n)) {
    if (world.now > PATIENCE_MS) throw new Error("the nodes do not come to agree");
    world.run(10);
  }
  return { ms: Math.round(world.now), packets: world.counts.datagrams };
}
