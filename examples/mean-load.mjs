/**
 * What a number of each node comes to: five nodes in one process, each with a queue of jobs, and one that only asks.
 *
 *     node examples/mean-load.mjs
 */
import { createNode } from "hearsay";

/** The same on every node: a result every half second. */
const aggregates = { intervalMs: 25, cycles: 20, replyMs: 20 };
const nodes = [];
for (let i = 0; i < 6; i++) {
  const node = createNode({ name: `n${i}`, bind: "127.0.0.1:0", preset: "local", aggregates });
  await node.start();
  if (i > 0) await node.join(nodes[0].address);
  nodes.push(node);
}

// n0 has no queue of its own: it brings nothing, and distorts nothing.
const asking = nodes[0].aggregate("jobs", () => undefined);
for (const [i, node] of nodes.entries()) if (i > 0) node.aggregate("jobs", () => 10 * i);

let result = await asking.next();
// The first epochs may have begun before all had joined.
while (Math.round(result.count ?? 0) !== 5 || Math.abs(result.mean - 30) > 0.5) {
  result = await asking.next();
}
console.log(`${Math.round(result.count)} nodes have ${Math.round(result.sum / 10) * 10} jobs`);
console.log(`${Math.round(result.mean)} on average, from ${result.min} to ${result.max}`);

for (const node of nodes) await node.stop();
