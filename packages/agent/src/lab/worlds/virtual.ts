/**
 * The story in the simulator.
 * @module
 */
import type { MembershipEvent } from "hearsay/membership";
import { Messaging } from "hearsay/messaging";
import { Cluster } from "hearsay/sim";
import { Meter } from "../meter.ts";
import { Notices } from "./story.ts";
import type { Story, Telling } from "./story.ts";

/** From one socket of a machine to another. */
const LOOPBACK_MS = [0.05, 0.5] as const;

export function tellVirtually(story: Story, seed: number): Telling {
  const meter = new Meter();
  const notices = new Notices();
  const cluster = new Cluster({
    seed,
    network: { latencyMs: LOOPBACK_MS },
    peers: "each",
    keepEvents: false,
    envelopes: (node) => meter.envelopes(node),
    // What else a node of createNode has on board; its capability is in every news of a member.
    tenants: ({ name, epochSeconds, peers }) => [
      new Messaging({ name, epoch: epochSeconds, peers }),
    ],
    onEvent: ({ at, node, event }) => {
      if (!("member" in event)) return;
      const { type, member } = event as MembershipEvent;
      notices.hear(node, type, member.name, at);
    },
  });
  const { world } = cluster;
  for (const step of story.steps) {
    world.run(Math.max(0, step.atMs - world.now));
    const { act, node } = step;
    notices.begin(step, world.now);
    if (act === "start" || act === "join") cluster.add(node);
    if (act === "join") cluster.join(node, ["n0"]);
    if (act === "crash") world.crash(node);
    if (act === "leave") cluster.leave(node);
  }
  world.run(Math.max(0, story.seconds * 1000 - world.now));
  const { packets, packetBytes, streamBytes, messages } = meter;
  const counts = { messages: Object.fromEntries(messages), packets, packetBytes, streamBytes };
  return { ...counts, ...notices.times };
}
