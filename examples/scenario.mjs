// A story as text: commands above the line, what the cluster did below. The simulator tells what really happened, so
// a test compares, and whoever writes a story leaves the lower half to it.
import assert from "node:assert/strict";
import { runScenario } from "hearsay/sim";

const story = `
# Two halves lose each other, and find each other again by themselves.
cluster a b c d preset=local seed=7
----

partition a b | c d
run 20s
members a
----

repair
run until agreed max 60s
agree
----
`;

const told = runScenario(story);
console.log(told);
assert.match(told, /4 live nodes agree: a b c d/);
