/**
 * Where options come from, and how they are called there.
 *
 *     --log-level warn          ┐
 *     HEARSAY_LOG_LEVEL=warn    ├─▶ the first that there is ─▶ one schema ─▶ settings
 *     {"logLevel": "warn"}      ┘                                └──▶ one line that names source, key, rule and value
 *
 * All come as text or lists of text, as flags are; an empty variable counts as not set.
 * @module
 */
import type * as z from "zod";
import type { OptionSpelling } from "./options.ts";
import { readSmallFile } from "./small-file.ts";
import { UsageError } from "./terminal.ts";
import type { Environment } from "./terminal.ts";

/** What commander makes of flags: absent, text, or texts; `true` for a flag without a value. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

export interface OptionSources {
  readonly flags: Flags;
  readonly env: Environment;
  readonly file?: ConfigFile | undefined;
}

/** A configuration file, its values in the form of flags. */
export interface ConfigFile {
  readonly path: string;
  readonly isExposed: boolean;
  readonly values: Readonly<Record<string, string | readonly string[]>>;
}

/** @throws UsageError */
export function parseOptions<T extends z.ZodType>(
  schema: T,
  options: readonly OptionSpelling[],
  sources: OptionSources,
): z.output<T> {
  const given: Record<string, unknown> = {};
  for (const option of options) {
    const value = givenValue(option, sources);
    if (value !== undefined) given[option.key] = typeof value === "boolean" ? String(value) : value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const [key, index] = issue?.path ?? [];
  const option = options.find((spelling) => spelling.key === key);
  if (issue === undefined || option === undefined) throw new Error(`BUG: ${result.error.message}`);
  const value = given[option.key];
  const received = Array.isArray(value) ? value[Number(index)] : value;
  throw complaint(option, sources, issue.message, received);
}

/** What is wrong with an option, under the name by which it was given. */
export function complaint(
  option: OptionSpelling,
  sources: OptionSources,
  rule: string,
  received: unknown,
): UsageError {
  const name = spelled(option, sources);
  const got = option.secret === true ? "" : `, got ${JSON.stringify(received)}`;
  return new UsageError(`${name}: expected ${rule}${got}`);
}

/** One option's value before it is checked, such as the path of the configuration itself. */
export function givenValue(
  option: OptionSpelling,
  { flags, env, file }: OptionSources,
): string | readonly string[] | boolean | undefined {
  return flags[option.key] ?? fromEnvironment(option, env) ?? file?.values[option.key];
}

/**
 * A JSON object with the options' keys, such as `{"bind": "0.0.0.0:7946", "tag": {"role": "web"}}`.
 * @throws UsageError
 */
export function readConfigFile(path: string, options: readonly OptionSpelling[]): ConfigFile {
  const content = readSmallFile("--config", path);
  if (content === undefined) throw new UsageError(`--config: there is no ${path}`);
  const json = parseJson(path, content.text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`${path}: expected a JSON object with options as its keys`);
  }
  const values: Record<string, string | readonly string[]> = {};
  for (const [key, value] of Object.entries(json)) {
    const option = options.find((spelling) => spelling.key === key);
    if (option === undefined) throw new UsageError(`${path}: ${unknownKey(key, options)}`);
    values[key] = textOf(option, value, path);
  }
  return { path, isExposed: content.isExposed, values };
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What the parser says quotes the text, which may be a key.
    const [, position] = /at position (\d+)/u.exec((error as Error).message) ?? [];
    if (position === undefined)
      throw new UsageError(`${path}: expected JSON, which ends too early`);
    const before = text.slice(0, Number(position)).split("\n");
    const [line, column] = [before.length, (before.at(-1) ?? "").length + 1];
    throw new UsageError(`${path}: expected JSON, which it no longer is at ${line}:${column}`);
  }
}

function unknownKey(key: string, options: readonly OptionSpelling[]): string {
  const simple = (name: string): string => name.replaceAll(/[-_]/gu, "").toLowerCase();
  const meant = options.find((option) => simple(option.key) === simple(key));
  const advice =
    meant === undefined ? "hearsay agent --help has them all" : `did you mean ${meant.key}?`;
  return `no option is called ${JSON.stringify(key)}; ${advice}`;
}

/** As a flag would have it. @throws UsageError */
function textOf(option: OptionSpelling, value: unknown, path: string): string | readonly string[] {
  if (option.list === true) {
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    const items = isRecord && option.isRecord === true ? Object.values(value) : value;
    if (!Array.isArray(items) || !items.every((item) => typeof item === "string")) {
      const rule = option.isRecord === true ? "an object of texts" : "an array of texts";
      throw new UsageError(`${path}: ${option.key}: expected ${rule}`);
    }
    return isRecord ? Object.keys(value).map((name, i) => `${name}=${items[i]}`) : items;
  }
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new UsageError(`${path}: ${option.key}: expected one value`);
}

function fromEnvironment(option: OptionSpelling, env: Environment): string | string[] | undefined {
  const text = option.variable === undefined ? undefined : env[option.variable];
  if (text === undefined || text === "") return undefined;
  if (option.list !== true) return text;
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The name under which the user gave the option. */
function spelled(option: OptionSpelling, { flags, env, file }: OptionSources): string {
  const flag = option.flags.split(" ")[0] as string;
  const { key, variable } = option;
  if (flags[key] !== undefined) return flag;
  if (variable !== undefined && env[variable]) return variable;
  return file?.values[key] === undefined ? flag : `${file.path}: ${key}`;
}
