// A counter that all replicas count: each tells a few others, and nothing is counted twice.
import { GCounter } from "hearsay/crdt";
import { Sfc32 } from "hearsay/kernel";

const rng = new Sfc32(1);
const replicas = ["ann", "bob", "cee", "dan", "eve"].map((replica) => new GCounter({ replica }));

// Everybody has served some requests, and has told nobody yet.
for (const [at, counter] of replicas.entries()) counter.increment(10 * (at + 1));
console.log("before:", replicas.map((counter) => counter.value()).join(" "));

// Rounds of push: what the other lacks goes to one chosen at random. A third of the messages is lost.
let rounds = 0;
while (replicas.some((counter) => counter.value() !== 150)) {
  rounds++;
  for (const counter of replicas) {
    const other = replicas[rng.below(replicas.length)];
    const delta = counter.delta(other.context());
    if (rng.below(3) > 0) other.merge(delta);
  }
}
console.log(`after ${rounds} rounds:`, replicas.map((counter) => counter.value()).join(" "));
