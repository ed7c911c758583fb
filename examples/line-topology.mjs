// A line: each node reaches its two neighbours and nobody else, so that news goes from hand to hand. Eight nodes know
// each other from better times; then all other ways are cut, and one end has something to tell. Gossip goes to members at
// random, and on a line most of it goes nowhere: what is told more often gets further.
import assert from "node:assert/strict";
import { Cluster } from "hearsay/sim";

const names = Array.from({ length: 8 }, (_, i) => `n${i}`);

for (const retransmitMult of [4, 16]) {
  const heard = new Map();
  const cluster = new Cluster({
    seed: 3,
    network: { latencyMs: 5 },
    membership: { retransmitMult },
    onEvent: ({ at, node, event }) => {
      if (event.type === "update" && event.member.name === "n0") heard.set(node, at);
    },
  });
  cluster.form(names);
  cluster.runUntilAgreed(60_000);
  cluster.world.run(20_000);

  for (const [i, from] of names.entries()) {
    for (const [j, to] of names.entries()) if (Math.abs(i - j) > 1) cluster.world.cut(from, to);
  }
  const began = cluster.world.now;
  cluster.setTags("n0", new Map([["news", "of the far end"]]));
  cluster.world.run(15_000);

  const after = (at) => (at === undefined ? "not yet" : `${((at - began) / 1000).toFixed(1)} s`);
  const line = names.map((name) => `${name} ${after(heard.get(name))}`);
  console.log(`told ${retransmitMult}-fold:  ${line.join("   ")}`);
  if (retransmitMult === 16) assert.equal(heard.size, names.length, "the far end has heard");
}
