// State: keys that each node has of its own and that all others read. They die with their node.
import { createNode } from "hearsay";

const state = { intervalMs: 100, eagerMs: 20 };
const make = (name) => createNode({ name, bind: "127.0.0.1:0", preset: "local", state });
const web = make("web-1");
const watcher = make("watcher");
await web.start();
await watcher.start();
await watcher.join(web.address);

const changes = watcher.state.changes({ member: "web-1" });
const next = async () => (await changes.next()).value;
const show = ({ type, member, key, value, reason }) =>
  console.log(type, member, key, value ?? reason);

web.state.set("zone", "eu-1");
show(await next());
web.state.set("lease", { job: 7 }, { ttlMs: 300 });
show(await next());
console.log(Object.fromEntries(watcher.state.of("web-1")));

// A lease that nobody renews ends by itself, at all nodes.
show(await next());

web.state.set("zone", "eu-2");
show(await next());

// Whoever leaves takes its state along.
await web.leave();
await web.stop();
show(await next());
console.log(watcher.state.of("web-1").size);

await watcher.stop();
