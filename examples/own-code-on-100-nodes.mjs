// Your own code on a hundred nodes, in virtual time: no socket, no waiting, and the same seed tells the same story.
// Here it is a class that shares out 500 shards among the members that it has heard of; a fifth of all packets is
// lost and ten nodes crash at once. Do all the others agree, shard by shard, on who has what?
import { Cluster } from "hearsay/sim";

class Shards {
  members = new Set();
  heard = ({ type, member }) => this.members[type === "fail" ? "delete" : "add"](member.name);
  owner = (shard) => [...this.members].sort().at(shard % this.members.size);
}

const apps = new Map();
const appOf = (node) => apps.get(node) ?? apps.set(node, new Shards()).get(node);
const onEvent = ({ node, event }) => event.member !== undefined && appOf(node).heard(event);
const network = { latencyMs: [1, 20], loss: 0.2 };
const cluster = new Cluster({ seed: 7, wire: "objects", network, onEvent });
cluster.form(Array.from({ length: 100 }, (_, i) => `node${i}`));
cluster.world.run(30_000);

for (let i = 10; i < 20; i++) cluster.world.crash(`node${i}`);
cluster.world.run(30_000);

const owners = (node) => Array.from({ length: 500 }, (_, shard) => appOf(node).owner(shard)).join();
console.log(`${cluster.live.length} nodes live`);
console.log(`they agree: ${new Set(cluster.live.map(owners)).size === 1}`);
console.log(`a shard of a dead node: ${/node1\d\b/.exec(owners("node0")) ?? "none"}`);
