/**
 * A node looks at itself and at its ways to the others, for a diagnosis.
 *
 *     members ─▶ a trial of each, some at a time ─┐
 *     conflicts, refusals, pauses ────────────────┴─▶ NodeReport
 *
 * @see diagnosis/diagnose.ts, docs/doctor.md
 * @module
 */
import { reportOf } from "../diagnosis/index.ts";
import type { NodeReport, RecentTroubles } from "../diagnosis/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { Membership, PathTried } from "../membership/index.ts";

/** Members that are tried, at most: of more, the first by name. */
const MAX_TRIED = 64;
/** Trials at a time. */
const TRIALS_AT_ONCE = 16;

export interface Examined {
  readonly membership: Membership;
  readonly troubles: RecentTroubles;
  /** Rejects with `ERR_UNKNOWN_MEMBER` for one that is forgotten meanwhile. */
  tryPath(name: string): Promise<PathTried>;
  now(): Instant;
}

/** What the node knows now, and what comes of a trial with each of the others: that takes some seconds. */
export async function examine(examined: Examined): Promise<NodeReport> {
  const { membership, troubles, now } = examined;
  const own = membership.local.name;
  const members = membership.members();
  const others = members.filter(({ name, state }) => name !== own && state !== "left");
  const waiting = others.slice(0, MAX_TRIED).map(({ name }) => name);
  const trials: PathTried[] = [];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const trial = await tried(examined, name);
      if (trial !== undefined) trials.push(trial);
    }
  };
  await Promise.all(Array.from({ length: TRIALS_AT_ONCE }, work));
  return reportOf(membership, troubles, trials, members, now());
}

async function tried({ tryPath }: Examined, name: string): Promise<PathTried | undefined> {
  try {
    return await tryPath(name);
  } catch (error) {
    if (error instanceof HearsayError && error.code === "ERR_UNKNOWN_MEMBER") return undefined;
    throw error;
  }
}
