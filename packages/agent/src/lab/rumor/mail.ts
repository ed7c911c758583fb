/**
 * Experiments with direct mail, and with the baselines beside it: a coordinator and a spanning tree.
 * @module
 */
import {
  branchesOf,
  Coordinated,
  DirectMail,
  MAIL_DEFAULTS,
  Repaired,
  resolveMailConfig,
  resolveTreeConfig,
  SpanningTree,
  TREE_DEFAULTS,
} from "hearsay/broadcast";
import type { Broadcaster, MailConfig, TreeConfig } from "hearsay/broadcast";
import { NO_PEER } from "hearsay/kernel";
import type { Message, PeerId, PeerSampler } from "hearsay/kernel";
import { experiment } from "../experiment.ts";
import type { Experiment } from "../experiment.ts";
import { whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { Course, COURSE_MEASURES, COURSE_OPTIONS } from "./course.ts";
import type { CourseOf } from "./course.ts";

const MAIL_OPTIONS = {
  burst: whole(0, "packets that are sent at once; 0 sends all"),
  burstMs: whole(MAIL_DEFAULTS.burstMs, "ms until the next as many", { least: 1 }),
  packetBytes: whole(MAIL_DEFAULTS.packetBytes, "bytes of a packet"),
  maxOrigins: whole(MAIL_DEFAULTS.maxOrigins, "origins that are remembered"),
} satisfies Record<keyof MailConfig, OptionSpec>;

const TREE_OPTIONS = {
  repair: word(TREE_DEFAULTS.repair, ["ack", "nak", "none"], "how the tree mends loss"),
  retryMs: whole(TREE_DEFAULTS.retryMs, "ms until something is sent or asked for again"),
  maxTries: whole(TREE_DEFAULTS.maxTries, "how often"),
  maxChores: whole(TREE_DEFAULTS.maxChores, "copies, gaps and last ones that are seen to"),
  maxKept: whole(TREE_DEFAULTS.maxKept, "publications kept for those who ask"),
  maxKeptBytes: whole(TREE_DEFAULTS.maxKeptBytes, "the same by bytes"),
  packetBytes: whole(TREE_DEFAULTS.packetBytes, "bytes of a packet"),
  maxOrigins: whole(TREE_DEFAULTS.maxOrigins, "origins that are remembered"),
} satisfies Record<keyof TreeConfig, OptionSpec>;

const MAIL = { ...COURSE_OPTIONS, ...MAIL_OPTIONS };
const TREE = {
  ...COURSE_OPTIONS,
  ...TREE_OPTIONS,
  branching: whole(2, "children of a node in the tree", { least: 1 }),
};

const COPIES: ReadonlySet<string> = new Set(["mail", "post", "copy", "leaf"]);

/** Runs a machine that is quiet when it waits for nothing; around it, repair. */
function courseOf(
  make: (name: string, self: PeerId, sampler: PeerSampler) => Broadcaster<never>,
  repairMs: number,
): CourseOf {
  return {
    make: ({ name, self }, sampler) => {
      const inner = make(name, self, sampler) as never as Broadcaster<Message>;
      const repaired = repairMs > 0 && new Repaired(inner, { sampler, intervalMs: repairMs });
      return (repaired === false ? inner : repaired) as never;
    },
    copiesIn: ({ type }) => (COPIES.has(type) ? 1 : 0),
    isQuiet: ({ deadline }) => deadline === Infinity,
  };
}

function mailConfig({
  burst,
  burstMs,
  packetBytes,
  maxOrigins,
}: ParametersOf<typeof MAIL_OPTIONS>) {
  return resolveMailConfig({
    burst: burst === 0 ? Infinity : burst,
    burstMs,
    packetBytes,
    maxOrigins,
  });
}

function mailCourse(parameters: ParametersOf<typeof MAIL>, seed: number): Course {
  const config = mailConfig(parameters);
  const of = courseOf((name, _self, sampler) => {
    return new DirectMail({ name, epoch: 1, sampler, config }) as never;
  }, parameters.repairMs);
  return new Course(of, parameters, seed);
}

function coordinatedCourse(parameters: ParametersOf<typeof MAIL>, seed: number): Course {
  const config = mailConfig(parameters);
  const of = courseOf((name, self, sampler) => {
    const coordinator = self === 0 ? NO_PEER : (0 as PeerId);
    return new Coordinated({ name, epoch: 1, coordinator, sampler, config }) as never;
  }, parameters.repairMs);
  return new Course(of, parameters, seed);
}

function treeCourse(parameters: ParametersOf<typeof TREE>, seed: number): Course {
  const { n, branching, repairMs } = parameters;
  const names = Object.keys(TREE_OPTIONS) as (keyof TreeConfig)[];
  const config = resolveTreeConfig(
    Object.fromEntries(names.map((name) => [name, parameters[name]])),
  );
  const of = courseOf((name, self) => {
    const branches = branchesOf(self, n, branching) as PeerId[];
    return new SpanningTree({ name, epoch: 1, branches, config }) as never;
  }, repairMs);
  return new Course(of, parameters, seed);
}

const SPREAD = experiment(MAIL, {
  name: "spread",
  story: "one publication is mailed to all",
  measures: COURSE_MEASURES,
  check: (parameters) => mailCourse(parameters, 1),
  run: (parameters, seed) => mailCourse(parameters, seed).run(),
});

const COORDINATED = experiment(MAIL, {
  name: "coordinated",
  story: "one publication is posted to a coordinator, which sends it to all",
  measures: COURSE_MEASURES,
  check: (parameters) => coordinatedCourse(parameters, 1),
  run: (parameters, seed) => coordinatedCourse(parameters, seed).run(),
});

const TREE_SPREAD = experiment(TREE, {
  name: "tree",
  story: "one publication goes down a spanning tree that mends loss by ack or nak",
  measures: COURSE_MEASURES,
  check: (parameters) => treeCourse(parameters, 1),
  run: (parameters, seed) => treeCourse(parameters, seed).run(),
});

export const MAIL_EXPERIMENTS: readonly Experiment[] = [SPREAD, COORDINATED, TREE_SPREAD] as never;
