/**
 * Experiments with rumor mongering.
 * @module
 */
import { Repaired, resolveRumorConfig, RUMOR_DEFAULTS, RumorMongering } from "hearsay/broadcast";
import type { RumorConfig, RumorExpiry } from "hearsay/broadcast";
import type { Tenant } from "hearsay/kernel";
import { experiment } from "../experiment.ts";
import type { Experiment, PlotSpec } from "../experiment.ts";
import { flag, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { Course, COURSE_MEASURES, COURSE_OPTIONS } from "./course.ts";
import type { CourseOf } from "./course.ts";

const D = RUMOR_DEFAULTS;

/** The interval is the course's cycle. */
const RUMOR_OPTIONS = {
  direction: word(D.direction, ["push", "pull", "pushpull"], "who speaks in a contact"),
  fanout: whole(D.fanout, "peers contacted in a cycle", { least: 1, most: 64 }),
  response: word(D.response, ["blind", "feedback"], "which contacts cost interest"),
  interest: word(D.interest, ["coin", "counter"], "how they end it"),
  k: whole(D.k, "contacts in vain, or 1 chance in so many; 0 leaves the end to the expiry"),
  resetOnNeed: flag(D.resetOnNeed, "a useful contact sets the counter back"),
  minimization: flag(D.minimization, "of two who know, the lesser counter counts"),
  judged: word(
    D.judged,
    ["cycleStart", "atOnce"],
    "by what was known when the cycle began, or at that moment",
  ),
  connectionLimit: whole(0, "contacts that a node accepts in a cycle; 0 is no limit"),
  huntLimit: whole(D.huntLimit, "further peers tried after a refusal", { most: 1_000_000 }),
  expiry: word(
    "none",
    ["none", "afterMs", "afterPushes", "afterRounds"],
    "what ends a rumor whatever its interest",
  ),
  packetBytes: whole(D.packetBytes, "bytes of a packet of rumors"),
  maxHot: whole(D.maxHot, "rumors told at a time"),
  maxOrigins: whole(D.maxOrigins, "origins that are remembered"),
} satisfies Record<keyof Omit<RumorConfig, "intervalMs">, OptionSpec>;

const OPTIONS = {
  ...COURSE_OPTIONS,
  ...RUMOR_OPTIONS,
  expiryLimit: whole(10, "after so many ms, pushes or rounds", { least: 1 }),
};

type Parameters = ParametersOf<typeof OPTIONS>;

const INFECTION: PlotSpec<Parameters> = {
  kind: "curve",
  title: "Infection",
  x: "cycle",
  y: "within",
  theory: { name: "mean field, interest without end", at: meanField },
};

function courseOf(parameters: Parameters): CourseOf {
  const { k, connectionLimit, expiry, expiryLimit, cycleMs, repairMs, ...rest } = parameters;
  const names = Object.keys(RUMOR_OPTIONS) as (keyof typeof rest)[];
  const given = Object.fromEntries(
    names.filter((name) => name in rest).map((name) => [name, rest[name]]),
  );
  const config = resolveRumorConfig({
    ...given,
    intervalMs: cycleMs,
    k: k === 0 ? Infinity : k,
    connectionLimit: connectionLimit === 0 ? Infinity : connectionLimit,
    expiry: expiry === "none" ? expiry : ({ [expiry]: expiryLimit } as never as RumorExpiry),
  });
  const machines = new Map<Tenant, RumorMongering>();
  return {
    make: ({ name }, sampler) => {
      const rumor = new RumorMongering({ name, epoch: 1, sampler, config });
      const tenant =
        repairMs === 0 ? rumor : new Repaired(rumor, { sampler, intervalMs: repairMs });
      if (repairMs > 0) machines.set(tenant as never, rumor);
      return tenant as never;
    },
    staying: (lacking) => staying(parameters, lacking),
    copiesIn: (message) => ("rumors" in message ? (message.rumors as unknown[]).length : 0),
    isQuiet: (tenant) =>
      (machines.get(tenant) ?? (tenant as never as RumorMongering)).hotCount === 0,
  };
}

const SPREAD = experiment(OPTIONS, {
  name: "spread",
  story: "one rumor is told until nobody tells it any more",
  measures: COURSE_MEASURES,
  plots: [INFECTION],
  check: (parameters) => new Course(courseOf(parameters), parameters, 1),
  run: (parameters, seed) => new Course(courseOf(parameters), parameters, seed).run(),
});

/** Who is missed in a cycle by all who tell, or asks only those who lack it themselves, or both. */
function staying({ direction, fanout }: Parameters, lacking: number): number {
  const missed = Math.exp(-fanout * (1 - lacking));
  const asked = lacking ** fanout;
  return direction === "push" ? missed : direction === "pull" ? asked : missed * asked;
}

function meanField(parameters: Parameters, x: readonly number[]): readonly number[] {
  const curve = [1 / parameters.n];
  for (let cycle = 1; cycle <= (x.at(-1) ?? 0); cycle++) {
    const lacking = 1 - (curve[cycle - 1] as number);
    curve.push(1 - lacking * staying(parameters, lacking));
  }
  return x.map((cycle) => curve[cycle] ?? NaN);
}

export const RUMOR_EXPERIMENTS: readonly Experiment[] = [SPREAD] as never;
