/**
 * What nodes of a cluster in virtual time keep state with: the same machine as a node on sockets.
 * @module
 */
import type { Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { Speakers } from "../overlay/index.ts";
import { STATE_CHANNEL, ThreeWayExchange } from "../state/index.ts";
import type { StateConfig } from "../state/index.ts";
import type { Scuttlebutt } from "./checkers/scuttlebutt.ts";
import type { NodeContext } from "./node-spec.ts";

/** Faster than on sockets, and deletions are forgotten within a story. */
const CONFIG: Partial<StateConfig> = { intervalMs: 500, eagerMs: 100, graceMs: 20_000 };

/** The same under a checker. */
export function watchedState(
  node: string,
  context: NodeContext,
  membership: Membership,
  checker: Scuttlebutt,
): Tenant {
  const machine = stateTenant(context, membership);
  checker.made(node, context.name, machine);
  return machine as unknown as Tenant;
}

export function stateTenant(
  { name, peers, epochSeconds }: NodeContext,
  { sampler }: Membership,
): ThreeWayExchange {
  const epoch = Math.max(0, epochSeconds);
  return new ThreeWayExchange({
    name,
    epoch,
    peers,
    sampler: new Speakers(STATE_CHANNEL, peers, sampler),
    config: CONFIG,
  });
}
