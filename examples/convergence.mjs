// How fast is fast enough? News on one network, told to 1, 2, 3 or 5 members in each round of gossip, in clusters of
// three sizes: seconds until all have heard, and packets a node on the way. The median of nine pieces of news.
import assert from "node:assert/strict";
import { Cluster } from "hearsay/sim";

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

for (const gossipNodes of [1, 2, 3, 5]) {
  const cells = [16, 64, 128].map((n) => {
    const heard = new Set();
    const cluster = new Cluster({
      seed: 1,
      wire: "objects",
      network: { latencyMs: [1, 10] },
      membership: { gossipNodes },
      onEvent: ({ node, event }) => {
        if (event.type === "update") heard.add(`${node} of ${event.member.name}`);
      },
    });
    cluster.form(Array.from({ length: n }, (_, i) => `n${i}`));
    cluster.world.run(60_000);
    const results = Array.from({ length: 9 }, (_, i) => {
      heard.clear();
      const { datagrams } = cluster.world.counts;
      const began = cluster.world.now;
      cluster.setTags(`n${i}`, new Map([["version", String(i)]]));
      // The node that tells has changed its own tags, too.
      cluster.world.runUntil(() => heard.size >= n, 9000);
      const seconds = (cluster.world.now - began) / 1000;
      cluster.world.run(10_000 - (cluster.world.now - began));
      return { seconds, packets: (cluster.world.counts.datagrams - datagrams) / n - 20 };
    });
    const seconds = median(results.map((result) => result.seconds)).toFixed(2);
    assert(seconds < 9, "most news reaches all");
    const packets = median(results.map((result) => result.packets)).toFixed(1);
    return `n=${n}: ${seconds} s, ${packets} packets`;
  });
  console.log(`to ${gossipNodes} each round   ${cells.join("   ")}`);
}
