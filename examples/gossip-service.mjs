// A small service, as the Rust crate `gossip` has it: `start` with a function that returns peers and a handler for updates,
// `submit`, `shutdown`. Here an update is told to others up to ten times by each node, and then expires.
import { createNode } from "hearsay";
import { textEncoding } from "hearsay/runtime";

class GossipService {
  #node;
  #updates;

  constructor(name) {
    const rumor = { direction: "pushpull", intervalMs: 50, expiry: { afterPushes: 10 } };
    this.#node = createNode({ name, bind: "127.0.0.1:0", preset: "local", topics: { rumor } });
  }

  async start(peers, onUpdate) {
    await this.#node.start();
    this.#updates = this.#node.topic("updates", { delivery: "rumor", encoding: textEncoding });
    this.#updates.subscribe(({ value }) => onUpdate(value));
    const known = peers();
    if (known !== undefined) await this.#node.join(known);
  }

  address = () => this.#node.address;
  submit = (update) => this.#updates.publish(update);
  shutdown = () => this.#node.stop();
}

const [ann, bob, eve] = ["ann", "bob", "eve"].map((name) => new GossipService(name));
let hear;
const heard = new Promise((resolve) => (hear = resolve));
await ann.start(() => undefined, hear);
await bob.start(
  () => [ann.address()],
  () => {},
);
await eve.start(
  () => [ann.address()],
  () => {},
);

await bob.submit("the coffee is ready");
console.log(`ann hears: ${await heard}`);
for (const service of [ann, bob, eve]) await service.shutdown();
