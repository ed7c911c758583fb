/**
 * Parameters of experiments as words of a command line, by the kind that each has in its table of options.
 *
 *     whole    --n 128                        --n 100,1000    --k 1..5    --n 1000..5000:1000     a sweep
 *     number   --graft-after-ms 20            --graft-after-ms 2,5,10
 *     share    --loss 0.25, --loss 25%        --loss 0..0.5:0.1
 *     span     --latency-ms 1..10, --latency-ms 5
 *     word     --trouble stop                 --trouble stop,cut
 *     flag     --in-step
 *     membership: {}                          --config lifeguard, --set suspicionMult=5
 *
 * @module
 */
import { Option } from "commander";
import { HearsayError } from "hearsay/kernel";
import { resolveMembershipConfig } from "hearsay/membership";
import type { MembershipOptions } from "hearsay/membership";
import { UsageError } from "../terminal.ts";
import { CONFIGURATION_NAMES, CONFIGURATIONS } from "./configurations.ts";
import type { ConfigurationName } from "./configurations.ts";
import type { Experiment } from "./experiment.ts";
import { tableOf } from "./option-table.ts";
import type { OptionSpec, OptionTable } from "./option-table.ts";

/** What an experiment is run with once, and which of it was swept. */
export interface Cell {
  readonly swept: Readonly<Record<string, unknown>>;
  readonly parameters: object;
}

type Parameterised = Pick<Experiment, "defaults" | "choices" | "options" | "check">;

/** Cells that one command may ask for. */
const MAX_CELLS = 1000;

/** The options for an experiment's parameters, in their order. */
export function parameterOptions(experiment: Parameterised): Option[] {
  const options = Object.entries(ownTable(experiment)).map(([name, spec]) =>
    optionOf(name, spec, experiment.options !== undefined),
  );
  return "membership" in experiment.defaults ? [...options, ...membershipOptions()] : options;
}

/** Flags as commander has parsed them, put over the defaults and checked: one cell, or all of a sweep. */
export function cellsOf(
  experiment: Parameterised,
  flags: Readonly<Record<string, unknown>>,
): Cell[] {
  const { defaults } = experiment;
  let cells: Cell[] = [{ swept: {}, parameters: { ...defaults } }];
  for (const name of Object.keys(ownTable(experiment))) {
    const given = flags[name];
    if (given === undefined) continue;
    const values = Array.isArray(given) ? (given as unknown[]) : [given];
    cells = cells.flatMap(({ swept, parameters }) =>
      values.map((value) => ({
        swept: values.length > 1 ? { ...swept, [name]: value } : swept,
        parameters: { ...parameters, [name]: value },
      })),
    );
    if (cells.length > MAX_CELLS) {
      throw new UsageError(`a sweep of more than ${MAX_CELLS} sets of parameters`);
    }
  }
  if ("membership" in defaults) {
    const membership = membershipOf(defaults.membership as MembershipOptions, flags);
    cells = cells.map((cell) => ({ ...cell, parameters: { ...cell.parameters, membership } }));
  }
  for (const { parameters } of cells) check(experiment, parameters);
  return cells;
}

function ownTable({ defaults, choices, options }: Parameterised): OptionTable {
  if (options !== undefined) return options;
  const own = Object.entries(defaults).filter(([name]) => name !== "membership");
  return tableOf(Object.fromEntries(own), choices);
}

const PLACEHOLDERS = {
  whole: "<number>",
  number: "<number>",
  share: "<share>",
  span: "<least..most>",
  word: "<word>",
  flag: "",
} as const;

function optionOf(name: string, spec: OptionSpec, isDocumented: boolean): Option {
  const flag = `--${kebab(name)}`;
  const { kind, doc, choices, default: value } = spec;
  if (kind === "flag") return new Option(flag, doc);
  const words = choices === undefined ? "" : `; ${choices.join(", ")}`;
  const shown = Array.isArray(value) ? value.join("..") : String(value);
  const text = isDocumented ? `${doc}${words}; by default ${shown}` : doc;
  const parse = (given: string): unknown => valuesOf(spec, given, flag);
  return new Option(`${flag} ${PLACEHOLDERS[kind]}`, text).argParser(parse);
}

/** All values that a word of the command line stands for. */
function valuesOf(spec: OptionSpec, text: string, flag: string): unknown[] {
  return text.split(",").flatMap((part) => {
    const [, least, most, step] = /^(.+?)\.\.([^:]+)(?::(.+))?$/u.exec(part) ?? [];
    if (least === undefined || most === undefined || spec.kind === "span") {
      return [valueOfKind(spec, part, flag)];
    }
    if (spec.kind === "word") throw expected(flag, `one of ${spec.choices?.join(", ")}`, part);
    const from = valueOfKind(spec, least, flag) as number;
    const to = valueOfKind(spec, most, flag) as number;
    const by = step === undefined ? 1 : parseNumber(step, flag);
    if (from > to) throw expected(flag, "the lesser first", text);
    if (by === 0 || (to - from) / by > MAX_CELLS) throw expected(flag, "fewer steps", text);
    // Counted, not added up: 0.1 three times is not 0.3.
    const count = Math.floor((to - from) / by + 1e-9) + 1;
    return Array.from({ length: count }, (_, i) =>
      valueOfKind(spec, String(Number((from + i * by).toPrecision(12))), flag),
    );
  });
}

function valueOfKind(spec: OptionSpec, text: string, flag: string): unknown {
  switch (spec.kind) {
    case "word": {
      if (spec.choices?.includes(text) === false) {
        throw expected(flag, `one of ${spec.choices.join(", ")}`, text);
      }
      return text;
    }
    case "span": {
      const [least = "", most = least] = text.split("..");
      const range = [parseNumber(least, flag), parseNumber(most, flag)];
      if ((range[0] as number) > (range[1] as number)) {
        throw expected(flag, "the lesser first", text);
      }
      return range;
    }
    case "share": {
      const value = parseNumber(text, flag);
      if (value > 1) throw expected(flag, "a share in 0..1", value);
      return value;
    }
    default: {
      const value = spec.kind === "whole" ? parseWhole(0)(text, flag) : parseNumber(text, flag);
      const { least = 0, most = Infinity } = spec;
      if (value < least) throw expected(flag, `${least} or more`, value);
      if (value > most) throw expected(flag, `${most} or less`, value);
      return value;
    }
  }
}

/** What no kind alone can say. */
function check(experiment: Parameterised, parameters: object): void {
  const { n, loss, troubled, crashes = 0 } = parameters as Record<string, unknown>;
  if (experiment.options === undefined) {
    if (typeof n === "number" && !(n >= 2 && n <= 65_536)) throw expected("--n", "2..65536", n);
    if (typeof loss === "number" && !(loss <= 1)) throw expected("--loss", "a share in 0..1", loss);
  }
  // Somebody has to be well and stay.
  if (typeof n === "number" && typeof troubled === "number" && troubled + Number(crashes) >= n) {
    throw expected("--troubled", `less than n (${n}), with --crashes`, troubled);
  }
  try {
    experiment.check?.(parameters);
  } catch (error) {
    if (error instanceof HearsayError) throw new UsageError(error.message);
    throw error;
  }
}

function membershipOptions(): Option[] {
  const several = (text: string, previous: string[] = []): string[] => [...previous, text];
  return [
    new Option(
      "--config <name>",
      `of ${CONFIGURATION_NAMES.join(", ")}; by default what the experiment needs`,
    ),
    new Option(
      "--set <option=value>",
      "an option of membership, such as suspicionMult=5; repeatable",
    ).argParser(several),
  ];
}

function membershipOf(
  base: MembershipOptions,
  flags: Readonly<Record<string, unknown>>,
): MembershipOptions {
  const { config, set = [] } = flags as { config?: string; set?: readonly string[] };
  const chosen = config === undefined ? base : configurationOf(config).membership;
  const pairs = set.map((pair) => {
    const cut = pair.indexOf("=");
    if (cut < 1) throw expected("--set", "option=value", pair);
    return [pair.slice(0, cut), valueOf(pair.slice(cut + 1))];
  });
  const membership = { ...chosen, ...Object.fromEntries(pairs) } as MembershipOptions;
  try {
    resolveMembershipConfig(membership);
  } catch (error) {
    if (error instanceof HearsayError) throw new UsageError(`--set: ${error.message}`);
    throw error;
  }
  return membership;
}

export function configurationOf(name: string): (typeof CONFIGURATIONS)[ConfigurationName] {
  if (!Object.hasOwn(CONFIGURATIONS, name)) {
    throw expected("--config", `one of ${CONFIGURATION_NAMES.join(", ")}`, name);
  }
  return CONFIGURATIONS[name as ConfigurationName];
}

/** A number of 0 or more; `%` divides by 100. */
export function parseNumber(text: string, flag: string): number {
  const isPercent = text.endsWith("%");
  const digits = isPercent ? text.slice(0, -1) : text;
  const value = digits.trim() === "" ? NaN : Number(digits);
  if (!(value >= 0 && value < Infinity)) throw expected(flag, "a number of 0 or more", text);
  return isPercent ? value / 100 : value;
}

export function parseWhole(least: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = parseNumber(text, flag);
    if (Number.isInteger(value) && value >= least) return value;
    throw expected(flag, `a whole number from ${least} on`, text);
  };
}

export function expected(flag: string, rule: string, value: unknown): UsageError {
  return new UsageError(`${flag}: expected ${rule}, got ${JSON.stringify(value)}`);
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
