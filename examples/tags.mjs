// Tags: small facts about each node that all others see, and see change.
import { createNode } from "hearsay";

const web = createNode({
  name: "web-1",
  bind: "127.0.0.1:0",
  preset: "local",
  tags: { role: "web", version: "7" },
});
const watcher = createNode({ name: "watcher", bind: "127.0.0.1:0", preset: "local" });
await web.start();
await watcher.start();

const show = ({ name, tags }) => console.log(name, Object.fromEntries(tags));
const updated = new Promise((resolve) => watcher.on("update", resolve));

await watcher.join(web.address);
show(watcher.member("web-1"));

await web.setTags({ role: "web", version: "8" });
show((await updated).member);

// Tags ride on gossip and must stay small: 512 bytes, encoded.
try {
  await web.setTags({ novel: "x".repeat(1000) });
} catch (error) {
  console.log(error.code);
}

await web.stop();
await watcher.stop();
