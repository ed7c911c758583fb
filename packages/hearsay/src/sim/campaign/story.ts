/**
 * A scenario, run under all checkers.
 * @module
 */
import { Codec } from "../checkers/codec.ts";
import { Incarnations, Metadata } from "../checkers/identities.ts";
import { Keys } from "../checkers/keys.ts";
import { Traffic } from "../checkers/traffic.ts";
import { allCheckers, Violated, Watch } from "../checkers/watch.ts";
import type { Checker, Violation } from "../checkers/checker.ts";
import { runScenario } from "../scenario.ts";
import type { StoryWire } from "../scenario-runner.ts";

export interface StoryOptions {
  /** @default "objects" */
  readonly wire?: StoryWire;
  /** @default all, fresh ones */
  readonly checkers?: readonly Checker[];
}

export interface StoryReport {
  /** What must not be, if it was. */
  readonly violation?: Violation;
  readonly steps: number;
  readonly virtualMs: number;
  /** What has gone wrong between nodes and with them, by counters: the faults that have fired. */
  readonly fired: Readonly<Record<string, number>>;
  /** How often each checker had something to compare. */
  readonly looks: Readonly<Record<string, number>>;
  /** How long it took to agree after the last fault, where the story asks for that. */
  readonly agreedAfterMs?: number;
}

/**
 * Runs a scenario text; its expected output is not looked at.
 * @throws ScenarioError for a command that cannot be read or carried out
 */
export function checkStory(text: string, options: StoryOptions = {}): StoryReport {
  const { wire = "objects", checkers = checkersOf(text, wire) } = options;
  const watch = new Watch(checkers);
  let violation: Violation | undefined;
  try {
    runScenario(text, { wire, watch });
  } catch (error) {
    const cause = error instanceof Violated ? error : (error as Error).cause;
    if (!(cause instanceof Violated)) throw error;
    ({ violation } = cause);
  }
  const { cluster } = watch;
  const world = cluster?.world;
  const { agreedAfterMs } = watch;
  return {
    steps: world?.steps ?? 0,
    virtualMs: world?.now ?? 0,
    fired: { ...cluster?.faultCounts },
    looks: watch.looks,
    ...(violation !== undefined && { violation }),
    ...(agreedAfterMs !== undefined && { agreedAfterMs }),
  };
}

/**
 * A packet that was corrupted can say anything: of those that carry a checksum none gets through, but memberlist's
 * lone probes carry none, and only a key would tell. Then nobody can be held to who has had what incarnation. Where
 * packets are handed over as they are there is nothing to decode, and where nothing is sealed nobody lacks a key.
 */
function checkersOf(text: string, wire: StoryWire): Checker[] {
  const [head = ""] = text.match(/^cluster .*/m) ?? [];
  const isSealed = wire === "sealed" || / key=/.test(head);
  const isEncoded = isSealed || wire === "bytes" || / label=/.test(head);
  const isTopical = / (?:topics|maps|state|detector|aggregates)=/.test(head);
  const isDamaged = !isSealed && /^corrupt (?!0%)/m.test(text);
  return allCheckers().filter((one) => {
    if (one instanceof Incarnations || one instanceof Metadata) return !isDamaged;
    // Its reckoning knows of membership alone.
    if (one instanceof Traffic) return !isTopical;
    if (one instanceof Keys) return isSealed || / label=/.test(head);
    return isEncoded || !(one instanceof Codec);
  });
}
