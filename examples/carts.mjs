// Shopping carts on two instances that lose sight of each other: nothing that anybody has put into one is lost.
import { createNode } from "hearsay";

const options = { bind: "127.0.0.1:0", preset: "local" };
const left = createNode({ ...options, name: "left" });
const right = createNode({ ...options, name: "right" });
await Promise.all([left.start(), right.start()]);

// What is made of several carts that were set without knowing of each other: the same on every instance.
const merge = (carts) => [...new Set(carts.flat())].sort();
const cartsOf = (node) => node.map("carts", { conflict: "observed-remove", merge });

/** Until both have heard of it. */
async function both(isSo) {
  while (![left, right].every((node) => isSo(node))) {
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
}

// They have not met yet. The last writer would win: the cart of one of them.
await cartsOf(left).set("ann", ["milk"]);
await cartsOf(right).set("ann", ["bread", "milk"]);
await left.counter("orders").add(2);
await right.counter("orders").add(1);
await right.join(left.address);
await both((node) => cartsOf(node).all("ann").length === 2);
console.log(`set at once: ${cartsOf(left).all("ann").map(String).sort().join(" | ")}`);
console.log(`in the cart: ${cartsOf(right).get("ann")}`);

// Whoever has seen both settles it for all.
await cartsOf(left).set("ann", cartsOf(left).get("ann"), { copies: 1 });
console.log(`settled: ${cartsOf(right).all("ann").map(String).join(" | ")}`);

// One empties the cart, and the other, who does not know yet, puts something into it: that stays.
await Promise.all([
  cartsOf(left).delete("ann"),
  cartsOf(right).set("ann", [...cartsOf(right).get("ann"), "tea"]),
]);
await both((node) => String(cartsOf(node).get("ann")) === "bread,milk,tea");
console.log(`emptied and filled at once: ${cartsOf(left).get("ann")}`);

await both((node) => node.counter("orders").value === 3);
console.log(`orders: ${left.counter("orders").value}`);

const open = right.set("open");
await left.set("open").add("ann", { copies: 1 });
console.log(`open carts: ${[...open.values()].join(", ")}`);
await Promise.all([left.stop(), right.stop()]);
