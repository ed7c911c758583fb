// What a node was told and what it did, written down while it runs on sockets, and run again from there: the same
// machine, the same packets, in no time. A crash that happened in production happens again on a desk.
import { createNode } from "hearsay";
import { readRecording } from "hearsay/recording";
import { replayNode } from "hearsay/runtime";

let tape = "";
const sink = { begin: () => (tape = ""), write: (text) => (tape += text) };
const quick = { probeIntervalMs: 100, probeTimeoutMs: 50, gossipIntervalMs: 20, suspicionMult: 2 };
const common = { bind: "127.0.0.1:0", membership: quick };

// Ann is recorded. Bob joins her and vanishes without a word.
const ann = createNode({ name: "ann", ...common, recording: { sink } });
const gone = new Promise((resolve) => {
  ann.on("fail", resolve);
});
await ann.start();
const bob = createNode({ name: "bob", ...common, seeds: [ann.address] });
await bob.start();
while (ann.member("bob") === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
await bob.stop();
await gone;
await ann.stop();

// Her recording, without sockets: the machine is hers, and stops wherever we like.
const { replayer, membership } = replayNode(readRecording(tape));
for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
  for (const { type, member } of step.events) {
    if (member?.name !== "bob") continue;
    console.log(`${type}: bob is ${membership.member("bob").state}`);
  }
}
console.log(`inputs that came out differently: ${replayer.differences}`);
console.log(membership.explain("bob", replayer.now).history.map(({ reason }) => reason.type));
