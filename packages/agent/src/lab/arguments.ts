/**
 * Parameters of experiments as words of a command line, by the kind of value that each has by default.
 *
 *     n: 100                 --n 128
 *     loss: 0.1              --loss 0.25, --loss 25%
 *     latencyMs: [1, 10]     --latency-ms 1..10, --latency-ms 5
 *     trouble: "cut"         --trouble stop
 *     inStep: false          --in-step
 *     membership: {}         --config lifeguard, --set suspicionMult=5
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

/** The options for an experiment's parameters, in their order. */
export function parameterOptions(defaults: object): Option[] {
  return Object.entries(defaults).flatMap(([name, value]) => {
    if (name === "membership") return membershipOptions();
    const flag = `--${kebab(name)}`;
    if (typeof value === "boolean") return [new Option(flag, "on")];
    const shown = Array.isArray(value) ? value.join("..") : String(value);
    const kind = Array.isArray(value)
      ? "<least..most>"
      : typeof value === "number"
        ? "<number>"
        : "<word>";
    const option = new Option(`${flag} ${kind}`, `by default ${shown}`);
    return [option.argParser((text: string) => parseLike(name, value, text, flag))];
  });
}

/** Flags as commander has parsed them, put over the defaults and checked. */
export function parametersOf(
  { defaults, choices }: Pick<Experiment, "defaults" | "choices">,
  flags: Readonly<Record<string, unknown>>,
): object {
  const given = Object.keys(defaults)
    .filter((name) => name !== "membership" && flags[name] !== undefined)
    .map((name) => [name, flags[name]]);
  const parameters: Record<string, unknown> = { ...defaults, ...Object.fromEntries(given) };
  if ("membership" in defaults) {
    parameters["membership"] = membershipOf(defaults.membership as MembershipOptions, flags);
  }
  for (const [name, allowed] of Object.entries<readonly string[] | undefined>(choices ?? {})) {
    const word = String(parameters[name]);
    if (allowed?.includes(word) === false)
      throw expected(`--${kebab(name)}`, `one of ${allowed.join(", ")}`, word);
  }
  const { n, loss, troubled, crashes = 0 } = parameters;
  if (typeof n === "number" && !(n >= 2 && n <= 65_536)) throw expected("--n", "2..65536", n);
  if (typeof loss === "number" && !(loss <= 1)) throw expected("--loss", "a share in 0..1", loss);
  // Somebody has to be well and stay.
  if (typeof n === "number" && typeof troubled === "number" && troubled + Number(crashes) >= n) {
    throw expected("--troubled", `less than n (${n}), with --crashes`, troubled);
  }
  return parameters;
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

/** Shares and times may be broken; everything else is counted. */
const BROKEN = /^loss$|Ms$|[sS]econds$/u;

function parseLike(name: string, model: unknown, text: string, flag: string): unknown {
  if (typeof model === "number") {
    return BROKEN.test(name) ? parseNumber(text, flag) : parseWhole(0)(text, flag);
  }
  if (!Array.isArray(model)) return text;
  const [least = "", most = least] = text.split("..");
  const range = [parseNumber(least, flag), parseNumber(most, flag)];
  if ((range[0] as number) > (range[1] as number)) throw expected(flag, "the lesser first", text);
  return range;
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
