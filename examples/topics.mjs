// A topic between three nodes: typed values, a subscriber that is called, one that iterates, and one that comes late.
import { createNode } from "hearsay";

const options = { bind: "127.0.0.1:0", preset: "local" };
const exchange = createNode({ ...options, name: "exchange" });
await exchange.start();
const screen = createNode({
  ...options,
  name: "screen",
  seeds: [exchange.address],
  topics: { order: "sender" },
});
await screen.start();

const heard = new Promise((resolve) => {
  screen.topic("prices").subscribe(({ value, origin, number }) => {
    console.log(`screen: ${value.symbol} at ${value.cents}, number ${number} of ${origin}`);
    if (number === 2) resolve();
  });
});

const prices = exchange.topic("prices");
await prices.publish({ symbol: "ACME", cents: 1250 });
await prices.publish({ symbol: "ACME", cents: 1260 });
await heard;

const late = createNode({ ...options, name: "late", seeds: [exchange.address] });
const seen = [];
const messages = late.topic("prices").messages();
await late.start();
for await (const { value } of messages) {
  if (seen.push(value.cents) === 2) break;
}
console.log(`late: ${seen.toSorted((a, b) => a - b).join(" and ")}, though it was not there then`);

await Promise.all([exchange, screen, late].map((node) => node.stop()));
