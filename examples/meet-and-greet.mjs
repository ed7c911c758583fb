// Two nodes meet and greet: ping by broadcast, pong by a reliable message.
import { createNode } from "hearsay";

const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (words) => new TextEncoder().encode(words);

const ann = createNode({ name: "ann", bind: "127.0.0.1:0", preset: "local" });
const bob = createNode({ name: "bob", bind: "127.0.0.1:0", preset: "local" });
await ann.start();
await bob.start();

const done = new Promise((resolve) => {
  ann.on("join", ({ member }) => {
    console.log(`ann: ${member.name} is here`);
    ann.broadcast(bytes("ping"));
  });
  bob.on("message", async ({ from, payload }) => {
    console.log(`bob: ${from} says ${text(payload)}`);
    await bob.send(from, bytes("pong"), { reliable: true });
  });
  ann.on("message", ({ from, payload }) => {
    console.log(`ann: ${from} says ${text(payload)}`);
    resolve();
  });
});

await bob.join(ann.address);
await done;

const left = new Promise((resolve) => ann.on("leave", resolve));
await bob.leave();
await bob.stop();
console.log(`ann: ${(await left).member.name} has left`);
await ann.stop();
