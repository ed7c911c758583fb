/**
 * Classes of faults that few seeds have, by a source of their own: all other seeds tell the same story as without them.
 *
 *     swizzle    clog a · clog b · clog c ─▶ unclog b · unclog c · unclog a      in another order, old news all at once
 *     namesake   n3 lives, and another one starts that says that it is n3
 *
 * @see FoundationDB, Simulation and Testing: swizzle-clogging
 * @module
 */
import type { Rng } from "../../kernel/index.ts";
import { LEAST_LIVE } from "./fault.ts";
import type { Fault } from "./fault.ts";

const MOST_SWIZZLED = 6;
const MOST_NAMESAKES = 2;
/** Between two clogs, and two unclogs: so that all take seconds, and some sooner than a probe gives up. */
const STEPS_MS = [100, 300, 1000, 2000] as const;

const swizzle: Fault = {
  name: "swizzle",
  commands: (stage, rng) => {
    const names = stage.some(stage.all, MOST_SWIZZLED);
    const clogs = shuffled(names, rng).map((name) => `clog ${name}`);
    const unclogs = shuffled(names, rng).map((name) => `unclog ${name}`);
    const all = [...clogs, ...unclogs];
    const wait = (): string => `run ${STEPS_MS[rng.below(STEPS_MS.length)]}ms`;
    return all.flatMap((command, i) => (i < all.length - 1 ? [command, wait()] : [command]));
  },
};

/** Two that claim one name, as when a machine is copied. It is there until the faults stop, like a stranger. */
const namesake: Fault = {
  name: "namesake",
  commands: (stage) => {
    if (stage.live.length <= LEAST_LIVE || stage.strangers.length >= MOST_NAMESAKES) return [];
    const [name, claimed, via] = [stage.stranger(), stage.one(stage.live), stage.one(stage.live)];
    stage.set(name, "stranger");
    return [`add ${name} as ${claimed}`, ...stage.keysOf([name]), `join ${name} ${via}`];
  },
};

function shuffled(names: readonly string[], rng: Rng): string[] {
  const left = [...names];
  return names.map(() => left.splice(rng.below(left.length), 1)[0] as string);
}

export const RARE_FAULTS: readonly Fault[] = [swizzle, namesake];
