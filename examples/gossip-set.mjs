// A set whose elements come and go at several replicas at once, over messages that are lost and overtake each other.
import { ORSet } from "hearsay/crdt";

const ann = new ORSet({ replica: "ann" });
const bob = new ORSet({ replica: "bob" });
const show = (set) => `{${[...set.values()].sort().join(", ")}}`;

// Each mutation returns its delta. Deltas may come in any order, twice, or not at all.
const tea = ann.add("tea");
const milk = ann.add("milk");
bob.merge(milk);
bob.merge(tea);
bob.merge(tea);
console.log("bob has", show(bob));

// Bob takes the milk out, while Ann, who does not know, puts it in again: the addition wins.
const out = bob.delete("milk");
const again = ann.add("milk");
ann.merge(out);
bob.merge(again);
console.log("both have", show(ann), show(bob));

// Bob hears nothing of this: the message is lost.
ann.delete("tea");
ann.add("jam");

// Anti-entropy: he tells what he has seen, and gets what he lacks. Afterwards there is nothing to tell.
const missing = ann.delta(bob.context());
console.log(`bob lacks ${missing.rows.map(({ key }) => key).join(", ")}, and a removal`);
bob.merge(missing);
console.log("both have", show(ann), show(bob));
console.log("left to tell:", ann.delta(bob.context()).rows.length);
