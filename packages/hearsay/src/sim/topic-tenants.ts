/**
 * What nodes of a cluster in virtual time carry topics with: the same machines as a node on sockets.
 * @module
 */
import { Plumtree, Repaired } from "../broadcast/index.ts";
import type { Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { HYPARVIEW, HyParView, RANDOM_LINKS, RandomLinks } from "../overlay/index.ts";
import type { NodeContext } from "./node-spec.ts";

export type TopicOverlay = typeof RANDOM_LINKS | typeof HYPARVIEW;

export const TOPIC_OVERLAYS: ReadonlySet<string> = new Set<TopicOverlay>([RANDOM_LINKS, HYPARVIEW]);

/** On links that take some milliseconds. */
const PLUMTREE = { announceEveryMs: 50, graftAfterMs: 1000, replaceParent: true };

/** The overlay, awake from the start, and the tree on it. */
export function topicTenants(
  overlay: TopicOverlay,
  { name, address, peers, epochSeconds }: NodeContext,
  { sampler }: Membership,
): readonly Tenant[] {
  const links =
    overlay === HYPARVIEW
      ? new HyParView({ self: { name, address }, peers, sampler, config: { swapMs: 20_000 } })
      : new RandomLinks({ peers, sampler, awake: true });
  const neighbours = links instanceof HyParView ? links.active : links.neighbours;
  const epoch = Math.max(0, epochSeconds);
  const tree = new Plumtree({ name, epoch, overlay, config: PLUMTREE });
  return [links as Tenant, new Repaired(tree, { sampler: neighbours }) as Tenant];
}
