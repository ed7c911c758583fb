// Caches in several processes over one slow source: who changes something tells all the others to forget it.
import { createNode } from "hearsay";

const source = new Map([["price:7", 100]]);

class Cache {
  #values = new Map();
  #topic;

  constructor(node) {
    this.#topic = node.topic("stale");
    this.#topic.subscribe(({ value: key }) => {
      this.#values.delete(key);
    });
  }

  get(key) {
    if (!this.#values.has(key)) this.#values.set(key, source.get(key));
    return this.#values.get(key);
  }

  /** Forgets all: for a node that was cut off, and may have missed something. */
  clear() {
    this.#values.clear();
  }

  async set(key, value) {
    source.set(key, value);
    this.#values.delete(key);
    await this.#topic.publish(key);
  }
}

const options = { bind: "127.0.0.1:0", preset: "local" };
const a = createNode({ ...options, name: "a" });
await a.start();
const b = createNode({ ...options, name: "b", seeds: [a.address] });
const [ours, theirs] = [new Cache(a), new Cache(b)];
// Who was alone for a while does not know what it has missed.
b.on("join", () => theirs.clear());
await b.start();
while (b.members().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));

console.log(`b reads ${theirs.get("price:7")}`);
await ours.set("price:7", 120);
while (theirs.get("price:7") !== 120) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(`a has set it to ${ours.get("price:7")}, and b reads ${theirs.get("price:7")}`);

await Promise.all([a.stop(), b.stop()]);
