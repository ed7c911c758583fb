// Feature flags without a server: every instance has all of them, answers at once, and hears of a change in a moment.
import { createNode } from "hearsay";

const options = { bind: "127.0.0.1:0", preset: "local" };
const shop = createNode({ ...options, name: "shop" });
await shop.start();
const desk = createNode({ ...options, name: "desk", seeds: [shop.address] });
await desk.start();

/** The same user gets the same answer on every instance: a share of all, not a lottery at each look. */
function isOn(flags, name, user) {
  const share = flags.get(name)?.share ?? 0;
  let hash = 2166136261;
  for (const char of `${name}:${user}`) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  return (hash >>> 0) / 2 ** 32 < share;
}

const flags = shop.map("flags");
const heard = new Promise((resolve) => {
  flags.watch(({ type, key, value }) => {
    console.log(`shop hears: ${type} ${key} ${JSON.stringify(value)}`);
    if (value.share === 1) resolve();
  });
});

const users = ["ann", "bob", "cem", "dora"];
const who = () => users.filter((user) => isOn(flags, "new-cart", user)).join(", ") || "nobody";
console.log(`before: ${who()}`);

// With a copy elsewhere before it resolves: the desk may die at once, and the flag stays.
await desk.map("flags").set("new-cart", { share: 0.5 }, { copies: 1 });
console.log(`half of them: ${who()}`);
await desk.map("flags").set("new-cart", { share: 1 }, { copies: 1 });
await heard;
await desk.stop();
console.log(`everybody: ${who()}`);
await shop.stop();
