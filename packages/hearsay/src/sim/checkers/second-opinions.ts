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
