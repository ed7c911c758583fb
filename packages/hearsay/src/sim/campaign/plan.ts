/**
 * What goes wrong in one seed: a scenario that a person can read.
 *
 *     swarm    half of all classes of faults are switched off, at random, so that rare mixtures come up
 *     acts     something goes wrong, some time passes, something else …
 *     end      all faults stop; the cluster has to agree within its bound, with no manual join
 *
 * @see Groce and others 2012, Swarm testing
 * @module
 */
import { optionError, Sfc32 } from "../../kernel/index.ts";
import type { Rng } from "../../kernel/index.ts";
import type { MembershipPreset } from "../../membership/index.ts";
import { agreementBoundMs } from "../checkers/liveness.ts";
import { DETECTORS } from "../detectors.ts";
import { mapsWord } from "../map-kinds.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { RARE_FAULTS } from "./rare-faults.ts";
import { FIRST_KEY, LABEL, Stage } from "./stage.ts";

export interface PlanOptions {
  /** Least and most nodes; most seeds have few. @default [2, 64] */
  readonly nodes?: readonly [least: number, most: number];
  /** Whether there are keys and labels. @default in one seed of eight */
  readonly sealed?: boolean | undefined;
  /** Whether nodes carry topics, and publish. @default in one seed of eight */
  readonly topics?: boolean | undefined;
  /** Whether nodes share a map, and write into it. @default in one seed of eight */
  readonly maps?: boolean | undefined;
  /** Whether nodes have state, and tell it. @default in one seed of eight */
  readonly state?: boolean | undefined;
  /** Whether nodes have second opinions on members. @default in one seed of eight */
  readonly detector?: boolean | undefined;
  /** Whether nodes have an aggregate. @default in one seed of eight */
  readonly aggregates?: boolean | undefined;
}

export interface Plan {
  /** The scenario, with nothing expected of it. */
  readonly text: string;
  readonly nodes: number;
  readonly isSealed: boolean;
  /** What nodes carry beside membership: names of options of the plan. */
  readonly carried: readonly string[];
  /** Classes of faults that it plays, by name. */
  readonly faults: readonly string[];
}

const MOST_NODES = 1024;
const PRESETS: readonly MembershipPreset[] = ["local", "local", "local", "lan"];
/** One seed of so many has keys and labels. */
const SEALED_OF = 8;
/** Where there are keys, one act of so many is about them at least: there are many classes of all the others. */
const SECRETS_OF = 3;
/** One seed of so many has topics. */
const TOPICS_OF = 8;
/** What leaves a node another past than the others know: it may count its publications anew, and publishes nothing. */
const UNSETTLES = /^(?:kill|restart|clock|drift|add|leave|renew|keys|label|version) /;
/** One seed of so many has a map. */
const MAPS_OF = 8;
/** One of so many maps keeps what is set at once. */
const KEPT_OF = 2;
/** One seed of so many has state. */
const STATE_OF = 8;
/** One seed of so many has an aggregate. */
const AGGREGATES_OF = 8;
/** One seed of so many has each of the rare faults. */
const RARE_OF = 8;
/** Keys that are written again and again: few, so that writers meet. */
const MAP_KEYS = 5;
/** Whose clock jumps before it has heard of anybody writes into a future that nobody believes in. */
const MISDATES = /^(?:clock) /;
/** One seed of so many has detectors beside SWIM. */
const DETECTORS_OF = 8;
/** From calm to everybody having what one has: where packets were lost, a stream may stand still for so long. */
const TOPICS_MS = 200_000;
const LEAST_ACTS = 4;
const MORE_ACTS = 14;
/** Time that passes after a fault. */
const PAUSES_MS = [50, 200, 500, 1000, 2000, 5000, 10_000, 30_000] as const;

/** @throws HearsayError `ERR_OPTION` */
export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const [least, most] = options.nodes ?? [2, 64];
  if (!(Number.isInteger(least) && Number.isInteger(most) && 2 <= least && least <= most)) {
    throw optionError("nodes", "two whole numbers of 2 or more, the lesser first", [least, most]);
  }
  if (most > MOST_NODES) throw optionError("nodes", `at most ${MOST_NODES}`, most);
  const rng = new Sfc32(seed);
  const nodes = nodesOf(least, most, rng);
  const preset = PRESETS[rng.below(PRESETS.length)] as MembershipPreset;
  const isDrawn = rng.below(SEALED_OF) === 0;
  const isSealed = options.sealed ?? isDrawn;
  // Of a source of its own: a seed tells the same story with topics as without.
  const topicsRng = new Sfc32(seed, TOPICS_OF);
  const isTopical = topicsRng.below(TOPICS_OF) === 0;
  const overlay = topicsRng.below(2) === 0 ? "randomLinks" : "hyparview";
  const topics = (options.topics ?? isTopical) ? ` topics=${overlay}` : "";
  const mapsRng = new Sfc32(seed, TOPICS_OF, MAPS_OF);
  const isShared = mapsRng.below(MAPS_OF) === 0;
  const isKept = new Sfc32(seed, TOPICS_OF, MAPS_OF + KEPT_OF).below(KEPT_OF) === 0;
  const conflict = isKept ? "observed-remove" : "last-writer-wins";
  const maps = (options.maps ?? isShared) ? ` ${mapsWord(conflict)}` : "";
  const stateRng = new Sfc32(seed, TOPICS_OF, STATE_OF + 1);
  const isTold = stateRng.below(STATE_OF) === 0;
  const state = (options.state ?? isTold) ? " state=on" : "";
  const detectorRng = new Sfc32(seed, TOPICS_OF, MAPS_OF + DETECTORS_OF);
  const isDoubted = detectorRng.below(DETECTORS_OF) === 0;
  const isBy = [...DETECTORS][detectorRng.below(DETECTORS.size)] as string;
  const detector = (options.detector ?? isDoubted) ? ` detector=${isBy}` : "";
  const isAggregated = new Sfc32(seed, TOPICS_OF, AGGREGATES_OF + 2).below(AGGREGATES_OF) === 0;
  const aggregates = (options.aggregates ?? isAggregated) ? " aggregates=on" : "";
  const words = { topics, maps, state, detector, aggregates };
  const parts = Object.values(words).join("");
  const stage = new Stage(nodes, rng, isSealed);
  const swarm = FAULTS.filter(({ isOfSecrets = false }) => {
    return rng.below(2) === 0 && (isSealed || !isOfSecrets);
  });
  const rareRng = new Sfc32(seed, TOPICS_OF, RARE_OF + 17);
  swarm.push(...RARE_FAULTS.filter(() => rareRng.below(RARE_OF) === 0));
  const secretly = swarm.filter((fault) => fault.isOfSecrets);
  const seeds = stage.seeds.join(",");
  const secrets = isSealed ? ` key=${FIRST_KEY} label=${LABEL}` : "";
  const lines = [
    `cluster ${stage.range} preset=${preset} seed=${seed} seeds=${seeds}${secrets}${parts}`,
  ];
  const played = new Set<string>();
  const acts = swarm.length === 0 ? 0 : LEAST_ACTS + rng.below(MORE_ACTS);
  for (let act = 0; act < acts; act++) {
    const isOfSecrets = secretly.length > 0 && rng.below(SECRETS_OF) === 0;
    const choice = isOfSecrets ? secretly : swarm;
    const fault = choice[rng.below(choice.length)] as Fault;
    // Before the fault is planned: who is on stage after it may not be there yet.
    const writes = maps === "" ? [] : writing(stage, lines, mapsRng);
    const told = state === "" ? [] : telling(stage, stateRng);
    const commands = fault.commands(stage, rng);
    if (commands.length > 0) played.add(fault.name);
    if (topics !== "") lines.push(...publishing(stage, lines, topicsRng));
    lines.push(...writes);
    lines.push(...told);
    lines.push(...commands, `run ${PAUSES_MS[rng.below(PAUSES_MS.length)]}ms`);
  }
  lines.push(...finale(stage, preset, rng));
  // Where a part stays broken, what it has the core may not have.
  const isWhole = !lines.some((line) => line.startsWith("run until agreed among"));
  if (parts !== "" && isWhole) lines.push(`run ${TOPICS_MS}ms`);
  if (aggregates !== "" && isWhole) lines.push("aggregates");
  if (topics !== "" && isWhole) lines.push("topics");
  if (maps !== "" && isWhole && canTellTime(stage, lines)) lines.push("maps");
  if (state !== "" && isWhole) lines.push("state");
  if (detector !== "" && isWhole) lines.push("judgements");
  const carried = Object.entries(words).flatMap(([name, word]) => (word === "" ? [] : [name]));
  return { text: `${lines.join("\n")}\n`, nodes, isSealed, carried, faults: [...played] };
}

/** Somebody to whom nothing has happened yet publishes, if there is such a one. */
function publishing(stage: Stage, lines: readonly string[], rng: Rng): string[] {
  const unsettled = new Set(
    lines.filter((line) => UNSETTLES.test(line)).flatMap((line) => line.split(" ")),
  );
  const settled = stage.live.filter((name) => name.startsWith("n") && !unsettled.has(name));
  return settled.length === 0 ? [] : [`publish ${settled[rng.below(settled.length)]}`];
}

/** Some of the living tell something of themselves. */
function telling({ live }: Stage, rng: Rng): string[] {
  if (live.length === 0) return [];
  const tellers = new Set(
    Array.from({ length: rng.below(5) }, () => live[rng.below(live.length)] as string),
  );
  return tellers.size === 0 ? [] : [`tell ${[...tellers].join(" ")}`];
}

/** Whether so many clocks are right that the others can know that theirs are not. */
function canTellTime(stage: Stage, lines: readonly string[]): boolean {
  const wrong = stage.running.filter((name) => misdated(lines).has(name)).length;
  return wrong === 0 || stage.running.length - wrong >= wrong + 2;
}

function misdated(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.filter((line) => MISDATES.test(line)).flatMap((line) => line.split(" ")));
}

/** Somebody whose clock is right sets a key or two, or deletes one. */
function writing(stage: Stage, lines: readonly string[], rng: Rng): string[] {
  const wrong = misdated(lines);
  const writers = stage.live.filter((name) => !wrong.has(name));
  const count = rng.below(4);
  if (writers.length === 0) return [];
  return Array.from({ length: count }, () => {
    const [writer, key] = [writers[rng.below(writers.length)], `k${rng.below(MAP_KEYS)}`];
    return rng.below(3) === 0
      ? `delete ${writer} ${key}`
      : `set ${writer} ${key}=${rng.below(1000)}`;
  });
}

/**
 * All faults stop, and all agree; or some faults go on, and a connected core agrees all the same. Somebody whom
 * everybody can ask is there: without, parts that have never heard of each other could not meet.
 */
function finale(stage: Stage, preset: MembershipPreset, rng: Rng): string[] {
  const lines: string[] = [];
  const [first] = stage.seeds;
  if (first !== undefined && !stage.seeds.some((seed) => stage.running.includes(seed))) {
    lines.push(`restart ${first}${stage.isEvicted(first) ? ` at ${stage.move(first)}` : ""}`);
    stage.set(first, "live");
  }
  const gone = stage.dead.length + stage.left.length;
  lines.push("calm", ...stage.putRight());
  const boundMs = Math.ceil(agreementBoundMs(stage.running.length, gone, { preset }));
  const core = stage.running.filter((name) => stage.seeds.includes(name) || rng.below(4) > 0);
  const isWhole = core.length === stage.running.length || rng.below(3) > 0;
  if (isWhole) return [...lines, `run until agreed max ${boundMs}ms`];
  const outside = stage.all.filter((name) => !core.includes(name));
  const broken = `partition ${core.join(" ")} | ${outside.join(" | ")}`;
  return [...lines, broken, `run until agreed among ${core.join(" ")} max ${boundMs}ms`];
}

/** Small clusters more often than large ones: a power of two at random, then a number below it. */
function nodesOf(least: number, most: number, rng: Rng): number {
  const bits = 33 - Math.clz32(most - least);
  const span = Math.min(most - least, (1 << rng.below(bits)) - 1);
  return least + rng.below(span + 1);
}
