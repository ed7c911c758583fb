// The same story as code: each command of the text files is a method. It runs, and it prints as a file that a person can
// read and `runScenario` runs.
import { scenario } from "hearsay/sim";

const story = scenario()
  .note("Two halves lose each other for twenty seconds, on a network that is never quite well.")
  .cluster("a b c d e", { preset: "local", seed: 7, latency: { type: "lognormal", medianMs: 20 } })
  .duplicate("5%")
  .jitter(50)
  .partition("a b", "c d e")
  .run("20s")
  .repair()
  .runUntilAgreed("60s")
  .agree()
  .counts();

console.log(String(story));

const { said, cluster } = story.play();
console.log(said.at(-2));
console.log(`the cut has struck: ${cluster.world.counts.cut > 0}`);
