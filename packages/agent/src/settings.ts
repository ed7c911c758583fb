/**
 * What a command can be told, by flag or by environment, checked in one place.
 *
 *     --join a:1 --join b:1   ┐
 *     HEARSAY_JOIN=a:1,b:1    ├─▶ one schema ─▶ settings, or one line that names option, rule and value
 *     (nothing)               ┘
 *
 * A flag wins over the variable; an empty variable counts as not set.
 * @module
 */
import { hostname } from "node:os";
import { HearsayError } from "hearsay";
import { MAX_LABEL_BYTES } from "hearsay/codec";
import { splitHostPort } from "hearsay/kernel";
import * as z from "zod";
import {
  AGENT_OPTIONS,
  CLIENT_OPTIONS,
  DECODE_OPTIONS,
  DEFAULT_HTTP,
  DEMO_NODES,
  DEMO_OPTIONS,
  KEY_BYTES,
  KEYGEN_OPTIONS,
  LOG_LEVELS,
  PRESETS,
  TAGS_OPTIONS,
} from "./options.ts";
import type { OptionSpelling } from "./options.ts";
import { isKey, KEY_RULE } from "./keys/key-text.ts";
import { UsageError } from "./terminal.ts";
import type { Environment } from "./terminal.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK_RULE =
  "a loopback address such as 127.0.0.1:7980, because the API has no access control yet";

/** `host:port`, with a port. */
const hostPort = (example: string) =>
  z.string().transform((text, context): HostPort => {
    const split = splitHostPort(text);
    if (split?.port !== undefined) return { host: split.host, port: split.port };
    context.addIssue({ code: "custom", message: `host:port, such as ${example}`, input: text });
    return z.NEVER;
  });

const loopback = hostPort(DEFAULT_HTTP).refine(({ host }) => isLoopback(host), LOOPBACK_RULE);

const tags = z.array(z.string()).transform((texts, context) => {
  const entries = new Map<string, string>();
  for (const [index, text] of texts.entries()) {
    const [, key, value] = /^([^=]+)=(.*)$/su.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      context.addIssue({ code: "custom", message: "key=value", path: [index], input: text });
    } else entries.set(key, value);
  }
  return Object.fromEntries(entries);
});

const seeds = z.array(
  z.string().refine((text) => {
    const split = splitHostPort(text);
    return split !== undefined && split.port !== 0;
  }, "host[:port] with a port other than 0, such as node1.example:7946"),
);

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });

const ON_OFF = z.enum(["true", "false", "1", "0"], { error: "true or false" });
const isOn = (text: z.output<typeof ON_OFF>): boolean => text === "true" || text === "1";
const onOff = ON_OFF.default("false").transform(isOn);
/** One that goes with keys, and says nothing unless it is given. */
const keyOnOff = ON_OFF.transform(isOn).optional();

const VERSIONS_RULE = "least,most,current, each 0 to 255, such as 2,5,5";

const versions = z
  .string()
  .transform((text, context) => {
    const parts = text.split(",").map((part) => (/^\d{1,3}$/u.test(part) ? Number(part) : NaN));
    const [least = NaN, most = NaN, current = NaN] = parts;
    const isSound = least <= current && current <= most && most <= 255 && parts.length === 3;
    if (isSound) return { least, most, current };
    context.addIssue({ code: "custom", message: VERSIONS_RULE, input: text });
    return z.NEVER;
  })
  .optional();

const LABEL_RULE = `text of 1 to ${MAX_LABEL_BYTES} bytes`;

const labelText = z
  .string()
  .refine((text) => text !== "" && Buffer.byteLength(text) <= MAX_LABEL_BYTES, LABEL_RULE)
  .optional();

/** Flags may be repeated, and each may hold several, as the variable does. */
const keyTexts = z
  .array(z.string())
  .default([])
  .transform((texts) => texts.flatMap((text) => text.split(",")).map((text) => text.trim()))
  .refine((texts) => texts.every(isKey), KEY_RULE);

const RECORD_BYTES = { least: 0x1_0000, most: 0x4000_0000 } as const;
const RECORD_BYTES_RULE = `a whole number in ${RECORD_BYTES.least}..${RECORD_BYTES.most}`;
const isRecordable = (count: number): boolean => {
  return count >= RECORD_BYTES.least && count <= RECORD_BYTES.most;
};

const agentFields = z.object({
  name: z.string().default(() => hostname()),
  bind: hostPort("0.0.0.0:7946").default({ host: "0.0.0.0", port: 7946 }),
  advertise: z.string().optional(),
  join: seeds.default([]),
  tag: tags.default({}),
  preset: oneOf(PRESETS).default("lan"),
  applicationVersions: versions,
  encrypt: keyTexts,
  encryptFile: z.string().optional(),
  keyring: z.string().optional(),
  verifyIncoming: keyOnOff,
  verifyOutgoing: keyOnOff,
  label: labelText,
  allow: z.array(z.string()).default([]),
  compress: onOff,
  tcpOnly: onOff,
  http: loopback.default(() => hostPortOf(DEFAULT_HTTP)),
  record: z.string().min(1, "the path of a file").optional(),
  recordBytes: z
    .string()
    .refine((text) => /^\d{5,10}$/u.test(text) && isRecordable(Number(text)), RECORD_BYTES_RULE)
    .transform(Number)
    .optional(),
  recordPayloads: onOff,
  snapshots: z.string().min(1, "the path of a directory").optional(),
  logLevel: oneOf(LOG_LEVELS).default("info"),
  readyJson: onOff,
});

const agentSchema = agentFields.superRefine((settings, context) => {
  const { encrypt, encryptFile, keyring } = settings;
  if (encrypt.length > 0 || encryptFile !== undefined || keyring !== undefined) return;
  for (const key of ["verifyIncoming", "verifyOutgoing"] as const) {
    if (settings[key] === undefined) continue;
    const message = "keys beside it, by --encrypt, --encrypt-file or --keyring";
    context.addIssue({ code: "custom", path: [key], message });
  }
});

const clientSchema = z.object({
  http: hostPort(DEFAULT_HTTP)
    .refine(({ port }) => port !== 0, "a port other than 0")
    .default(() => hostPortOf(DEFAULT_HTTP)),
});

const tagsSchema = z.object({
  set: tags.default({}),
  delete: z.array(z.string().min(1, "the name of a tag")).default([]),
});

const demoSchema = z.object({
  nodes: z
    .string()
    .refine((text) => {
      const count = Number(text);
      return /^\d{1,3}$/u.test(text) && count >= DEMO_NODES.least && count <= DEMO_NODES.most;
    }, `a whole number in ${DEMO_NODES.least}..${DEMO_NODES.most}`)
    .default(String(DEMO_NODES.usual))
    .transform(Number),
});

const decodeSchema = z.object({
  file: z.string().optional(),
  key: keyTexts,
  label: labelText,
  stream: onOff,
});

const keygenSchema = z.object({
  bytes: oneOf(KEY_BYTES).default("32").transform(Number),
});

export type AgentSettings = z.output<typeof agentSchema>;
export type ClientSettings = z.output<typeof clientSchema>;
export type TagsSettings = z.output<typeof tagsSchema>;
export type DemoSettings = z.output<typeof demoSchema>;
export type DecodeSettings = z.output<typeof decodeSchema>;
export type KeygenSettings = z.output<typeof keygenSchema>;

/** What commander makes of flags: absent, text, or texts; `true` for a flag without a value. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** @throws UsageError */
export function agentSettings(flags: Flags, env: Environment): AgentSettings {
  return parse(agentSchema, AGENT_OPTIONS, flags, env);
}

/** @throws UsageError */
export function clientSettings(flags: Flags, env: Environment): ClientSettings {
  return parse(clientSchema, CLIENT_OPTIONS, flags, env);
}

/** @throws UsageError */
export function tagsSettings(flags: Flags, env: Environment): TagsSettings {
  return parse(tagsSchema, TAGS_OPTIONS, flags, env);
}

/** @throws UsageError */
export function demoSettings(flags: Flags, env: Environment): DemoSettings {
  return parse(demoSchema, DEMO_OPTIONS, flags, env);
}

/** @throws UsageError */
export function decodeSettings(flags: Flags, env: Environment): DecodeSettings {
  return parse(decodeSchema, DECODE_OPTIONS, flags, env);
}

/** @throws UsageError */
export function keygenSettings(flags: Flags, env: Environment): KeygenSettings {
  return parse(keygenSchema, KEYGEN_OPTIONS, flags, env);
}

/** Whether only this machine can reach a socket that is bound to this host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** As URLs and messages write it. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where the command line has another word than the library. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  seeds: "join",
  tags: "tag",
  encryption: "encrypt",
  compression: "compress",
};

/**
 * What the library says of an option, in the words of the command line.
 * @returns `undefined` if the error is about something else
 */
export function optionMessage(
  error: unknown,
  flags: Flags,
  env: Environment,
): UsageError | undefined {
  if (!(error instanceof HearsayError) || error.option === undefined) return undefined;
  const key = error.option.split(/[.[]/u)[0] ?? "";
  const own = OWN_KEYS[key] ?? key;
  const option = AGENT_OPTIONS.find((spelling) => spelling.key === own);
  if (option === undefined) return undefined;
  const rule = error.expected ?? error.message;
  return new UsageError(complaint(spelled(option, flags, env), rule, error.received));
}

function parse<T extends z.ZodType>(
  schema: T,
  options: readonly OptionSpelling[],
  flags: Flags,
  env: Environment,
): z.output<T> {
  const given: Record<string, unknown> = {};
  for (const option of options) {
    const value = flags[option.key] ?? fromEnvironment(option, env);
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
  const name = spelled(option, flags, env);
  if (option.secret === true) throw new UsageError(`${name}: expected ${issue.message}`);
  throw new UsageError(complaint(name, issue.message, received));
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
function spelled(option: OptionSpelling, flags: Flags, env: Environment): string {
  const flag = option.flags.split(" ")[0] as string;
  const { variable } = option;
  const byVariable = flags[option.key] === undefined && variable !== undefined && env[variable];
  return byVariable ? variable : flag;
}

function complaint(option: string, rule: string, received: unknown): string {
  return `${option}: expected ${rule}, got ${JSON.stringify(received)}`;
}

function hostPortOf(text: string): HostPort {
  const { host, port } = splitHostPort(text) ?? { host: "", port: undefined };
  if (port === undefined) throw new Error(`BUG: ${text} has no port`);
  return { host, port };
}
