/**
 * What commands can be told: one schema each, whether it comes by flag, by environment or from a file.
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
  CONFIG_OPTION,
  DECODE_OPTIONS,
  DEFAULT_HTTP,
  DEFAULT_HTTP_RATE,
  DEMO_NODES,
  DEMO_OPTIONS,
  DOCTOR_OPTIONS,
  KEY_BYTES,
  KEYGEN_OPTIONS,
  LOG_LEVELS,
  PRESETS,
  TAGS_OPTIONS,
} from "./options.ts";
import { isToken, TOKEN_RULE } from "./http/token.ts";
import { isKey, KEY_RULE } from "./keys/key-text.ts";

import { complaint, givenValue, parseOptions, readConfigFile } from "./option-sources.ts";
import type { ConfigFile, Flags, OptionSources } from "./option-sources.ts";
import type { Environment, UsageError } from "./terminal.ts";

export type { Flags } from "./option-sources.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK_RULE =
  "a loopback address such as 127.0.0.1:7980, or a token beside it, by --http-token-file or HEARSAY_HTTP_TOKEN";

/** `host:port`, with a port. */
const hostPort = (example: string) =>
  z.string().transform((text, context): HostPort => {
    const split = splitHostPort(text);
    if (split?.port !== undefined) return { host: split.host, port: split.port };
    context.addIssue({ code: "custom", message: `host:port, such as ${example}`, input: text });
    return z.NEVER;
  });

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

const tokenText = z.string().refine(isToken, TOKEN_RULE).optional();

const HTTP_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/iu;

/** A whole number, as text. */
const count = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z
    .string()
    .refine((text) => {
      return /^\d{1,10}$/u.test(text) && Number(text) >= least && Number(text) <= most;
    }, `a whole number in ${least}..${most}`)
    .transform(Number);

const RECORD_BYTES = { least: 0x1_0000, most: 0x4000_0000 } as const;
const HTTP_RATE = { least: 1, most: 1_000_000 } as const;
const READY_MEMBERS = { least: 1, most: 1_000_000 } as const;

const agentFields = z.object({
  config: z.string().optional(),
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
  http: hostPort(DEFAULT_HTTP).default(() => hostPortOf(DEFAULT_HTTP)),
  httpToken: tokenText,
  httpTokenFile: z.string().optional(),
  httpHost: z.array(z.string().regex(HTTP_NAME, "a host name, such as agent.example")).default([]),
  httpRate: count(HTTP_RATE).default(DEFAULT_HTTP_RATE),
  readyMembers: count(READY_MEMBERS).default(1),
  record: z.string().min(1, "the path of a file").optional(),
  recordBytes: count(RECORD_BYTES).optional(),
  recordPayloads: onOff,
  snapshots: z.string().min(1, "the path of a directory").optional(),
  logLevel: oneOf(LOG_LEVELS).default("info"),
  readyJson: onOff,
});

const agentSchema = agentFields.superRefine((settings, context) => {
  const { encrypt, encryptFile, keyring, http, httpToken, httpTokenFile } = settings;
  if (!isLoopback(http.host) && httpToken === undefined && httpTokenFile === undefined) {
    context.addIssue({ code: "custom", path: ["http"], message: LOOPBACK_RULE });
  }
  if (encrypt.length > 0 || encryptFile !== undefined || keyring !== undefined) return;
  for (const key of ["verifyIncoming", "verifyOutgoing"] as const) {
    if (settings[key] === undefined) continue;
    const message = "keys beside it, by --encrypt, --encrypt-file or --keyring";
    context.addIssue({ code: "custom", path: [key], message });
  }
});

const served = hostPort(DEFAULT_HTTP).refine(({ port }) => port !== 0, "a port other than 0");

const tokenFields = { httpToken: tokenText, httpTokenFile: z.string().optional() };

const clientSchema = z.object({
  http: served.default(() => hostPortOf(DEFAULT_HTTP)),
  ...tokenFields,
});

/** The same token for all. */
const doctorSchema = z.object({
  http: z.array(served).default(() => [hostPortOf(DEFAULT_HTTP)]),
  ...tokenFields,
});

const tagsSchema = z.object({
  set: tags.default({}),
  delete: z.array(z.string().min(1, "the name of a tag")).default([]),
});

const demoSchema = z.object({
  nodes: count(DEMO_NODES).default(DEMO_NODES.usual),
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

/** @throws UsageError */
export function agentSettings(
  flags: Flags,
  env: Environment,
  file?: ConfigFile | undefined,
): AgentSettings {
  return parseOptions(agentSchema, AGENT_OPTIONS, { flags, env, file });
}

/**
 * The file of `--config`, if there is to be one.
 * @throws UsageError
 */
export function agentConfig(flags: Flags, env: Environment): ConfigFile | undefined {
  const path = givenValue(CONFIG_OPTION, { flags, env });
  const others = AGENT_OPTIONS.filter((option) => option !== CONFIG_OPTION);
  return typeof path === "string" ? readConfigFile(path, others) : undefined;
}

/** @throws UsageError */
export function clientSettings(flags: Flags, env: Environment): ClientSettings {
  return parseOptions(clientSchema, CLIENT_OPTIONS, { flags, env });
}

/** @throws UsageError */
export function doctorSettings(flags: Flags, env: Environment): z.output<typeof doctorSchema> {
  return parseOptions(doctorSchema, DOCTOR_OPTIONS, { flags, env });
}

/** @throws UsageError */
export function tagsSettings(flags: Flags, env: Environment): TagsSettings {
  return parseOptions(tagsSchema, TAGS_OPTIONS, { flags, env });
}

/** @throws UsageError */
export function demoSettings(flags: Flags, env: Environment): DemoSettings {
  return parseOptions(demoSchema, DEMO_OPTIONS, { flags, env });
}

/** @throws UsageError */
export function decodeSettings(flags: Flags, env: Environment): DecodeSettings {
  return parseOptions(decodeSchema, DECODE_OPTIONS, { flags, env });
}

/** @throws UsageError */
export function keygenSettings(flags: Flags, env: Environment): KeygenSettings {
  return parseOptions(keygenSchema, KEYGEN_OPTIONS, { flags, env });
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
export function optionMessage(error: unknown, sources: OptionSources): UsageError | undefined {
  if (!(error instanceof HearsayError) || error.option === undefined) return undefined;
  const key = error.option.split(/[.[]/u)[0] ?? "";
  const own = OWN_KEYS[key] ?? key;
  const option = AGENT_OPTIONS.find((spelling) => spelling.key === own);
  if (option === undefined) return undefined;
  const rule = error.expected ?? error.message;
  return complaint(option, sources, rule, error.received);
}

function hostPortOf(text: string): HostPort {
  const { host, port } = splitHostPort(text) ?? { host: "", port: undefined };
  if (port === undefined) throw new Error(`BUG: ${text} has no port`);
  return { host, port };
}
