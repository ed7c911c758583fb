// Presence: who is online, and where. Each node writes under its own name alone, so nobody overwrites anybody; and a key whose
// node is dead does not count, because the members say who lives.
import { createNode } from "hearsay";

const options = { bind: "127.0.0.1:0", preset: "local" };
const [a, b, c] = ["a", "b", "c"].map((name) => createNode({ ...options, name }));
for (const node of [a, b, c]) await node.start();
for (const node of [b, c]) await node.join(a.address);

/** The users at this node, for all to see; with a copy, so that they are seen although it dies at once. */
const announce = (node, users) => node.map("presence").set(node.name, users, { copies: 1 });

/** Who is online, as this node sees it. */
function online(node) {
  const alive = new Set(
    node.members().flatMap(({ name, state }) => (state === "alive" ? name : [])),
  );
  const entries = [...node.map("presence").entries()].filter(([name]) => alive.has(name));
  return entries.flatMap(([name, users]) => users.map((user) => `${user} at ${name}`)).toSorted();
}

/** Looks again whenever the map or the members change. */
function until(node, expected) {
  return new Promise((resolve) => {
    const offs = [];
    const look = () => {
      if (online(node).length !== expected) return;
      for (const off of offs) off();
      resolve(console.log(`${node.name} sees`, online(node).join(", ")));
    };
    const types = ["join", "alive", "suspect", "fail", "leave"];
    offs.push(node.map("presence").watch(look), ...types.map((type) => node.on(type, look)));
    look();
  });
}

for (const node of [a, b, c]) node.map("presence");
await announce(a, ["ann"]);
await announce(b, ["bob", "bea"]);
await announce(c, ["cee"]);
await until(a, 4);

await announce(a, []);
await until(c, 3);

// Whoever dies without a word is offline as soon as the others suspect it.
const gone = until(a, 1);
await b.stop();
await gone;

await Promise.all([a, c].map((node) => node.stop()));
