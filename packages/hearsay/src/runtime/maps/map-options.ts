/**
 * How maps are kept and compared.
 * @module
 */
import { resolveAntiEntropyConfig } from "../../anti-entropy/index.ts";
import type { AntiEntropyConfig } from "../../anti-entropy/index.ts";
import { resolveCrdtLimits } from "../../crdt/index.ts";
import type { CrdtLimits } from "../../crdt/index.ts";
import { checkInteger, optionError } from "../../kernel/index.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface MapsOptions {
  /**
   * Where maps outlive the process: a directory, or a store of your own. @default they do not; a node that starts again
   * gets them from the others
   */
  readonly snapshots?: string | SnapshotStore;
  /** Ms between two snapshots of a map that changes; one more is written at `stop`. Range 10..3,600,000. @default 5000 */
  readonly snapshotEveryMs?: number;
  /** Takes up every map that is heard of from others, so that this node holds it, too. @default false */
  readonly holdAll?: boolean;
  /** Of each map; the same on every node. */
  readonly limits?: Partial<CrdtLimits>;
  /** How far clocks may differ, in ms; the same on every node. Range 1..86,400,000. @default 60000 */
  readonly maxDriftMs?: number;
  /**
   * Deletions are remembered for this many ms, and until all holders of the map have seen them; one that was not heard of for
   * as long is waited for no longer. Longer than anybody is cut off or down. Range 1000..31,536,000,000.
   * @default 86400000, a day
   */
  readonly forgetAfterMs?: number;
  /** How often and how much is compared. */
  readonly antiEntropy?: Partial<AntiEntropyConfig>;
}

/** What the machine is made from: plain data. */
export interface MapsConfig {
  readonly limits: Partial<CrdtLimits>;
  readonly maxDriftMs: number;
  readonly forgetAfterMs: number;
  readonly antiEntropy: Partial<AntiEntropyConfig>;
}

export interface ResolvedMaps {
  readonly config: MapsConfig;
  readonly snapshots: string | SnapshotStore | undefined;
  readonly snapshotEveryMs: number;
  readonly holdAll: boolean;
}

const YEAR_MS = 31_536_000_000;

/** @throws HearsayError `ERR_OPTION` */
export function resolveMaps(maps: MapsOptions | false): ResolvedMaps | undefined {
  if (maps === false) return undefined;
  if (typeof maps !== "object" || maps === null) {
    throw optionError("maps", "an object, or false for none", maps);
  }
  const { snapshots, snapshotEveryMs = 5000, holdAll = false, limits = {} } = maps;
  const { maxDriftMs = 60_000, forgetAfterMs = 86_400_000, antiEntropy = {} } = maps;
  if (snapshots !== undefined) checkSnapshots(snapshots);
  checkInteger("maps.snapshotEveryMs", snapshotEveryMs, 10, 3_600_000);
  checkInteger("maps.maxDriftMs", maxDriftMs, 1, 86_400_000);
  checkInteger("maps.forgetAfterMs", forgetAfterMs, 1000, YEAR_MS);
  if (typeof holdAll !== "boolean") throw optionError("maps.holdAll", "true or false", holdAll);
  const resolved = resolveAntiEntropyConfig(antiEntropy);
  const { maxValueBytes } = resolveCrdtLimits(limits);
  // A value that no message carries would be nowhere else, ever.
  const most = resolved.maxWordsBytes >> 1;
  if (maxValueBytes > most) {
    const expected = `at most ${most}, half of antiEntropy.maxWordsBytes`;
    throw optionError("maps.limits.maxValueBytes", expected, maxValueBytes);
  }
  const config = { limits, maxDriftMs, forgetAfterMs, antiEntropy };
  return { config, snapshots, snapshotEveryMs, holdAll };
}

function checkSnapshots(snapshots: string | SnapshotStore): void {
  if (typeof snapshots === "string" && snapshots !== "") return;
  const { read, write, maps } = snapshots as SnapshotStore;
  if ([read, write, maps].every((method) => typeof method === "function")) return;
  throw optionError(
    "maps.snapshots",
    "a directory, or an object with methods read, write and maps",
    snapshots,
  );
}
