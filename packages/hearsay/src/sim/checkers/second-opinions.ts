/**
 * What detectors beside SWIM promise when faults are over: whoever lives is held for alive by all that live, and whoever does not
 * is not.
 *
 *     gems    who lives may be suspected for a while, by somebody who has heard little: not called dead
 *     phi     when the dead are given up depends on all that was heard of them: asked is only for the living
 *
 * By chance a node hears of nobody for a while and errs: whoever asks asks again before it complains.
 * @module
 */
import type { DetectorName, Judgement } from "../../detection/index.ts";
import type { Cluster } from "../cluster.ts";
import type { PartChecker } from "./checker.ts";

/** Before a second opinion counts as wrong, it is asked so many times more, so far apart. */
const SECOND_LOOKS = 6;
const SECOND_LOOK_MS = 5000;

export class SecondOpinions implements PartChecker {
  readonly name = "judgements";
  /** Judgements that were looked at. */
  looks = 0;
  readonly #detector: DetectorName;

  constructor(detector: DetectorName) {
    this.#detector = detector;
  }

  /** Who is wrong about whom, and stays so: time passes while it asks again. */
  wrong(cluster: Cluster, judgementsOf: (node: string) => readonly Judgement[]): string[] {
    let wrong = this.#errors(cluster, judgementsOf);
    for (let waited = 0; wrong.length > 0 && waited < SECOND_LOOKS; waited++) {
      cluster.world.run(SECOND_LOOK_MS);
      wrong = this.#errors(cluster, judgementsOf);
    }
    return wrong;
  }

  #errors(cluster: Cluster, judgementsOf: (node: string) => readonly Judgement[]): string[] {
    const live = cluster.live.map((node) => {
      return [cluster.memberNameOf(node), judgementsOf(node)] as const;
    });
    for (const [, judgements] of live) this.looks += judgements.length;
    return wrongJudgements(this.#detector, new Map(live));
  }
}

/** Who is wrong about whom; `live` by the names that nodes go by among the others. */
export function wrongJudgements(
  detector: DetectorName,
  live: ReadonlyMap<string, readonly Judgement[]>,
): string[] {
  return [...live].flatMap(([name, judgements]) => {
    const states = new Map(judgements.map((one) => [one.name, one.state]));
    const wrong: string[] = [];
    for (const other of live.keys()) {
      if (other === name) continue;
      const state = states.get(other);
      if (state === "alive" || (state === "suspected" && detector === "gems")) continue;
      wrong.push(`${name} holds ${other}, which lives, for ${state ?? "nobody"}`);
    }
    for (const [other, state] of states) {
      if (live.has(other) || state !== "alive" || detector === "phi") continue;
      wrong.push(`${name} holds ${other}, which is gone, for alive`);
    }
    return wrong;
  });
}
