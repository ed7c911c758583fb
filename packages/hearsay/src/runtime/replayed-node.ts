/**
 * A recording of a node, run again: see `recording/replayer.ts`.
 * @module
 */
import type { Saved, Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { RecordingError, Replayer } from "../recording/index.ts";
import type { Recording } from "../recording/index.ts";
import { makeNode } from "./blueprint.ts";
import type { Blueprint, Judgement, MadeNode } from "./blueprint.ts";
import type { TenantContext } from "./tenant-context.ts";

export interface ReplayedHearsayNode {
  readonly blueprint: Blueprint;
  readonly replayer: Replayer;
  /** Who is there, as the recorded node sees it at the step that was made last. */
  readonly membership: Membership;
}

/**
 * Makes the node of a recording anew, as it stood when the recording began; `replayer.step()` runs it.
 * @param tenants the same that the recorded node was given as its option `tenants`
 * @throws RecordingError `ERR_RECORDING` when it is no recording of such a node
 */
export function replayNode(
  recording: Recording,
  tenants: (context: TenantContext) => readonly Tenant[] = () => [],
): ReplayedHearsayNode {
  const { kind, config } = recording.head;
  if (kind !== "node") throw new RecordingError(1, 'a recording of a "node"', `a "${kind}"`);
  const blueprint = blueprintIn(config);
  let made: MadeNode | undefined;
  const replayer = new Replayer(recording, (_, { ask }) => {
    const { admit, admitMerge, allows } = blueprint.asks;
    const judgement: Judgement = {
      ...(admit && { admit: ask }),
      ...(admitMerge && { admitMerge: ask }),
      ...(allows && { allows: ask }),
    };
    made = madeOf(blueprint, judgement, tenants);
    return made;
  });
  const { membership } = made as unknown as MadeNode;
  return { blueprint, replayer, membership };
}

/** The file may say anything in the place of an option: whatever a node cannot be made of is its fault. */
function madeOf(...parts: Parameters<typeof makeNode>): MadeNode {
  try {
    return makeNode(...parts);
  } catch (error) {
    const received = error instanceof Error ? error.message : String(error);
    throw new RecordingError(1, "what a node can be made with", received, error);
  }
}

/** What is left out of a record is `undefined`; what must be there is looked for. */
function blueprintIn(config: Saved): Blueprint {
  const blueprint = config as Partial<Blueprint> | undefined;
  if (typeof blueprint?.name === "string" && typeof blueprint.asks === "object") {
    return config as Blueprint;
  }
  throw new RecordingError(1, "the configuration of a node", "another");
}
