// Two nodes, one rumor, a transport in memory. A tick takes an input and returns effects; it sends nothing itself.
import { RumorMongering } from "hearsay/broadcast";
import { RecordedEffects, Sfc32 } from "hearsay/kernel";

const [ANN, BOB] = [0, 1];
const rng = new Sfc32(1);
const only = (peer) => ({ size: 1, sample: () => [peer] });
const ann = new RumorMongering({ name: "ann", epoch: 1, sampler: only(BOB) });
const bob = new RumorMongering({ name: "bob", epoch: 1, sampler: only(ANN) });

function tick(node, input, now) {
  const effects = new RecordedEffects();
  node.handle(input, now, rng, effects);
  return effects.take();
}

// Ann publishes a rumor, and tells it when her cycle begins.
const payload = new TextEncoder().encode("hello");
tick(ann, { type: "command", command: { type: "publish", topic: "news", payload } }, 0);
const sent = tick(ann, { type: "timeout" }, ann.deadline).filter(({ type }) => type === "send");
console.log(`ann sends ${sent.length} to ${["ann", "bob"][sent[0].peer]}`);

// You decide how effects are carried out: here they are Bob's next inputs.
for (const { message } of sent) {
  for (const effect of tick(bob, { type: "message", message, peer: ANN }, 200)) {
    if (effect.type !== "notify") continue;
    console.log(
      `bob hears ${new TextDecoder().decode(effect.event.payload)} from ${effect.event.origin}`,
    );
  }
}
console.log(bob.hasSeen({ origin: "ann", epoch: 1, number: 1 }));
