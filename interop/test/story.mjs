/**
 * A story of the simulator with everything in it that an engine could do in its own way, told as text. Plain
 * JavaScript: Node and a page import the same file.
 */
import { Plumtree } from "hearsay/broadcast";
import { HyParView } from "hearsay/overlay";
import { Cluster, Crowd, scenario } from "hearsay/sim";

/**
 * Every event of a cluster that loses packets, is cut in two, and whose members die, are paused and come back.
 * @param {"bytes" | "objects"} wire
 * @param {number} seed
 * @returns {string} one line for each event, and what was counted
 */
export function clusterStory(wire, seed) {
  const network = { latencyMs: [1, 40], loss: 0.1 };
  const cluster = new Cluster({ seed, wire, network, membership: { preset: "local" } });
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  cluster.form(names);
  const { world } = cluster;
  world.run(5000);
  world.crash("n3");
  world.pause("n5");
  world.run(4000);
  world.resume("n5");
  world.partition([names.slice(0, 6), names.slice(6)]);
  world.run(10_000);
  world.restart("n3");
  world.repair();
  cluster.setTags("n1", new Map([["role", "seed"]]));
  cluster.leave("n11");
  world.run(20_000);
  const lines = world.events.map(({ at, node, event }) => `${at} ${node} ${plain(event)}`);
  return [...lines, `${world.steps} steps`, plain(world.counts)].join("\n");
}

/**
 * A cluster in the worst of weather: latencies of all distributions, and every fault of links, clocks and datagrams.
 * @param {"bytes" | "objects"} wire
 * @param {number} seed
 * @returns {string} the story, and each event to the last bit of its time
 */
export function stormStory(wire, seed) {
  const { text, cluster } = scenario()
    .cluster("n1..n8", { preset: "local", seed, latency: { type: "exponential", meanMs: 15 } })
    .latency({ type: "lognormal", medianMs: 20 }, "n1 n2 <-> n3..n5")
    .jitter(30)
    .loss(0.05)
    .duplicate(0.1)
    .replay(0.2)
    .corrupt(0.05)
    .bandwidth("256kbit", "n6")
    .drift("n7", 0.013)
    .nat("n8")
    .run("20s")
    .bridge("n1 n2", "n3", "n4..n8")
    .slow("n5", "70ms")
    .clog("n4", "3s")
    .run("20s")
    .calm()
    .runUntilAgreed("60s")
    .counts()
    .play({ wire });
  const events = cluster.world.events.map(({ at, node, event }) => `${at} ${node} ${event.type}`);
  return [text, ...events].join("\n");
}

/**
 * Who delivers what and when in a crowd with HyParView and Plumtree, some of which die.
 * @param {number} seed
 * @returns {string}
 */
export function crowdStory(seed) {
  const lines = [];
  const crowd = new Crowd({
    seed,
    size: 60,
    latencyMs: [1, 9],
    tenants: ({ name, self, peers }) => [
      new HyParView({ self: { name, address: peers.addressOf(self) }, peers }),
      new Plumtree({ name, epoch: 1 }),
    ],
    onEvent: (node, event) => lines.push(`${crowd.now} ${node} ${plain(event)}`),
  });
  const [first, ...others] = crowd.live;
  const contacts = [{ name: "n0", address: crowd.peers.addressOf(first) }];
  for (const node of others) {
    crowd.command(node, "hyparview", { type: "join", contacts });
    crowd.run(20);
  }
  for (let i = 0; i < 10; i++) {
    const payload = new Uint8Array([i]);
    const node = crowd.live[(7 * i) % crowd.live.length];
    crowd.command(node, "plumtree", { type: "publish", topic: "t", payload });
    crowd.run(5000);
    crowd.kill(crowd.live[(5 * i + 1) % crowd.live.length]);
  }
  return [...lines, plain(crowd.counts)].join("\n");
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function plain(value) {
  return JSON.stringify(value, (_, one) => {
    if (one instanceof Map) return [...one];
    return one instanceof Uint8Array ? [...one] : one;
  });
}
