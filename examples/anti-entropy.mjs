// Anti-entropy: ten replicas of a store find out what differs. One was away when something was deleted.
import { text } from "hearsay/codec";
import { AntiEntropy, KeyedComparison, KeyedStore } from "hearsay/anti-entropy";
import { Crowd } from "hearsay/sim";

const away = new Set();
/** Everybody but those who are away, and nobody for them. */
const present = (self, oracle) => ({
  get size() {
    return oracle.size;
  },
  sample: (count, except, rng) =>
    away.has(self)
      ? []
      : oracle
          .sample(oracle.size, except, rng)
          .filter((peer) => !away.has(peer))
          .slice(0, count),
});

const crowd = new Crowd({
  seed: 1,
  size: 10,
  latencyMs: [1, 10],
  loss: 0.3,
  tenants: ({ self, name, peers, oracle }) => [
    new AntiEntropy({
      peers,
      sampler: present(self, oracle),
      epoch: 1_700_000_000,
      make: () => {
        const store = new KeyedStore({ origin: name, value: text(1000) });
        return { store, comparison: new KeyedComparison(store, { strategy: "ranges" }) };
      },
    }),
  ],
});

const [first, second, last] = [crowd.live[0], crowd.live[1], crowd.live[9]];
const ask = (node, command) =>
  crowd.command(node, "antiEntropy", { id: 1, store: "routes", ...command });
const mutate = (node, mutation) =>
  ask(node, { type: "mutate", mutation, wallMs: 1_700_000_000_000 + crowd.now });
const show = (what) => {
  const stores = crowd.live.map((node) => crowd.tenant(node, 0).store("routes"));
  const contents = new Set(stores.map((store) => JSON.stringify([...store.entries()].toSorted())));
  console.log(`${what}: ${[...contents].join("   and   ")}`);
};

for (const node of crowd.live) ask(node, { type: "open", kind: "keyed" });
mutate(first, { type: "set", key: "/a", value: "n1" });
mutate(second, { type: "set", key: "/b", value: "n2" });
crowd.run(10_000);
show("10 s later");

// A third of all messages is lost; one node hears nothing at all, and writes on.
away.add(last);
mutate(first, { type: "delete", key: "/a" });
mutate(last, { type: "set", key: "/c", value: "n10" });
crowd.run(10_000);
show("one is away");

away.delete(last);
crowd.run(30_000);
show("it is back");
