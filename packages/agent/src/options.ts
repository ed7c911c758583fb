/**
 * What each command can be told: how flags and variables are spelled, and what help says of them.
 * @module
 */

export const DEFAULT_HTTP = "127.0.0.1:7980";

/** Requests a second that the API lets in. */
export const DEFAULT_HTTP_RATE = 20_000;

/** Agents of a demo cluster. */
export const DEMO_NODES = { least: 2, most: 25, usual: 5 } as const;

/** Lengths that a key can have: AES-128, AES-192, AES-256. */
export const KEY_BYTES = ["16", "24", "32"] as const;

export const PRESETS = ["lan", "wan", "local"] as const;
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** One option, as flags, environment, help and messages spell it. */
export interface OptionSpelling {
  readonly key: string;
  readonly flags: string;
  /** None for what only makes sense once. */
  readonly variable?: string;
  readonly description: string;
  readonly list?: true;
  /** A list of `key=value`, which a file may have as an object. */
  readonly isRecord?: true;
  /** Never shown in messages. */
  readonly secret?: true;
}

export const CONFIG_OPTION = {
  key: "config",
  flags: "--config <file>",
  variable: "HEARSAY_CONFIG",
  description:
    "read options from this JSON file, too, by their names here in camelCase; SIGHUP reads its tags and log level anew",
} as const satisfies OptionSpelling;

const TOKEN_OPTIONS = [
  {
    key: "httpToken",
    flags: "--http-token <token>",
    variable: "HEARSAY_HTTP_TOKEN",
    description:
      "secret of the HTTP API, 16 to 256 characters. Others on this machine can see flags: prefer the variable or a file",
    secret: true,
  },
  {
    key: "httpTokenFile",
    flags: "--http-token-file <file>",
    variable: "HEARSAY_HTTP_TOKEN_FILE",
    description: "read the token of the HTTP API from this file",
  },
] as const satisfies readonly OptionSpelling[];

export const AGENT_OPTIONS = [
  CONFIG_OPTION,
  {
    key: "name",
    flags: "--name <name>",
    variable: "HEARSAY_NAME",
    description: "name in the cluster, unique (default: the host name)",
  },
  {
    key: "bind",
    flags: "--bind <host:port>",
    variable: "HEARSAY_BIND",
    description: "where to listen, UDP and TCP; port 0 takes a free one (default: 0.0.0.0:7946)",
  },
  {
    key: "advertise",
    flags: "--advertise <ip:port>",
    variable: "HEARSAY_ADVERTISE",
    description: "address to tell the others (default: what was bound)",
  },
  {
    key: "join",
    flags: "--join <host:port>",
    variable: "HEARSAY_JOIN",
    description: "a member to join, tried until one answers; repeatable",
    list: true,
  },
  {
    key: "tag",
    flags: "--tag <key=value>",
    variable: "HEARSAY_TAG",
    description: "a fact about this node for all to see; repeatable",
    list: true,
    isRecord: true,
  },
  {
    key: "preset",
    flags: "--preset <preset>",
    variable: "HEARSAY_PRESET",
    description: "timing: lan, wan or local, the same on every node (default: lan)",
  },
  {
    key: "applicationVersions",
    flags: "--application-versions <least,most,current>",
    variable: "HEARSAY_APPLICATION_VERSIONS",
    description:
      "protocol of the applications in the cluster: 0,0,0 beside programs on plain memberlist (default: 2,5,5, Serf's)",
  },
  {
    key: "encrypt",
    flags: "--encrypt <key>",
    variable: "HEARSAY_ENCRYPT",
    description:
      "base64 of 16, 24 or 32 bytes; the first encrypts, all decrypt; repeatable. Others on this machine can " +
      "see flags: prefer the variable or a file",
    list: true,
    secret: true,
  },
  {
    key: "encryptFile",
    flags: "--encrypt-file <file>",
    variable: "HEARSAY_ENCRYPT_FILE",
    description: "read the keys from this file, one a line",
  },
  {
    key: "keyring",
    flags: "--keyring <file>",
    variable: "HEARSAY_KEYRING",
    description:
      "keep the keys in this file, a JSON array as Serf writes it, so that rotations outlive the agent; " +
      "once it is there it is used instead of --encrypt",
  },
  {
    key: "verifyIncoming",
    flags: "--verify-incoming <true|false>",
    variable: "HEARSAY_VERIFY_INCOMING",
    description:
      "refuse what is not encrypted; false only while a cluster goes over to encryption (default: true)",
  },
  {
    key: "verifyOutgoing",
    flags: "--verify-outgoing <true|false>",
    variable: "HEARSAY_VERIFY_OUTGOING",
    description: "encrypt what is sent; false only while a cluster goes over (default: true)",
  },
  {
    key: "label",
    flags: "--label <text>",
    variable: "HEARSAY_LABEL",
    description: "keeps clusters apart on one network, the same on every node; no secret",
  },
  {
    key: "allow",
    flags: "--allow <cidr>",
    variable: "HEARSAY_ALLOW",
    description:
      "range of addresses that may take part, such as 10.0.0.0/8; repeatable (default: all)",
    list: true,
  },
  {
    key: "compress",
    flags: "--compress",
    variable: "HEARSAY_COMPRESS",
    description: "compress packets where that makes them shorter",
  },
  {
    key: "tcpOnly",
    flags: "--tcp-only",
    variable: "HEARSAY_TCP_ONLY",
    description: "open no UDP port, for networks that let none through: all goes over TCP",
  },
  {
    key: "http",
    flags: "--http <host:port>",
    variable: "HEARSAY_HTTP",
    description: `HTTP API; elsewhere than on loopback it wants a token; port 0 takes a free one (default: ${DEFAULT_HTTP})`,
  },
  ...TOKEN_OPTIONS,
  {
    key: "httpHost",
    flags: "--http-host <name>",
    variable: "HEARSAY_HTTP_HOST",
    description: "a name under which the API may be called, beside IP addresses; repeatable",
    list: true,
  },
  {
    key: "httpRate",
    flags: "--http-rate <count>",
    variable: "HEARSAY_HTTP_RATE",
    description: `requests a second that the API lets in (default: ${DEFAULT_HTTP_RATE})`,
  },
  {
    key: "readyMembers",
    flags: "--ready-members <count>",
    variable: "HEARSAY_READY_MEMBERS",
    description: "members, this one included, that /ready waits for once (default: 1)",
  },
  {
    key: "record",
    flags: "--record <file>",
    variable: "HEARSAY_RECORD",
    description:
      "write down all that the node is told and does, for hearsay replay; the one before it is kept as <file>.old. " +
      "Never a key, but what members say, in the clear",
  },
  {
    key: "recordBytes",
    flags: "--record-bytes <count>",
    variable: "HEARSAY_RECORD_BYTES",
    description: "inputs after which a recording begins anew (default: 67108864)",
  },
  {
    key: "recordPayloads",
    flags: "--record-payloads",
    variable: "HEARSAY_RECORD_PAYLOADS",
    description: "keep what the node sends in full, not only its length and checksum",
  },
  {
    key: "snapshots",
    flags: "--snapshots <directory>",
    variable: "HEARSAY_SNAPSHOTS",
    description:
      "keep the maps that the agent holds in files of this directory, so that they outlive it (default: nowhere)",
  },
  {
    key: "logLevel",
    flags: "--log-level <level>",
    variable: "HEARSAY_LOG_LEVEL",
    description: `${LOG_LEVELS.join(", ")} (default: info)`,
  },
  {
    key: "readyJson",
    flags: "--ready-json",
    variable: "HEARSAY_READY_JSON",
    description: "print the line that says the agent is up as JSON",
  },
] as const satisfies readonly OptionSpelling[];

export const CLIENT_OPTIONS = [
  {
    key: "http",
    flags: "--http <host:port>",
    variable: "HEARSAY_HTTP",
    description: `HTTP API of the agent to ask (default: ${DEFAULT_HTTP})`,
  },
  ...TOKEN_OPTIONS,
] as const satisfies readonly OptionSpelling[];

export const DOCTOR_OPTIONS = [
  {
    key: "http",
    flags: "--http <host:port>",
    variable: "HEARSAY_HTTP",
    description: `HTTP API of an agent to ask; repeatable: more see more (default: ${DEFAULT_HTTP})`,
    list: true,
  },
  ...TOKEN_OPTIONS,
] as const satisfies readonly OptionSpelling[];

export const TAGS_OPTIONS = [
  {
    key: "set",
    flags: "--set <key=value...>",
    description: "tags to set; repeatable",
    list: true,
  },
  {
    key: "delete",
    flags: "--delete <key...>",
    description: "tags to take away; repeatable",
    list: true,
  },
] as const satisfies readonly OptionSpelling[];

export const DEMO_OPTIONS = [
  {
    key: "nodes",
    flags: "--nodes <count>",
    variable: "HEARSAY_NODES",
    description: `agents to start, ${DEMO_NODES.least} to ${DEMO_NODES.most} (default: ${DEMO_NODES.usual})`,
  },
] as const satisfies readonly OptionSpelling[];

export const DECODE_OPTIONS = [
  {
    key: "file",
    flags: "--file <file>",
    description: "read packets from here, one a line; - is standard input",
  },
  {
    key: "key",
    flags: "--key <base64>",
    variable: "HEARSAY_ENCRYPT",
    description: "a key to try on what is encrypted; repeatable",
    list: true,
    secret: true,
  },
  {
    key: "label",
    flags: "--label <text>",
    variable: "HEARSAY_LABEL",
    description: "label of the cluster; another one is an error (default: the one that is there)",
  },
  {
    key: "stream",
    flags: "--stream",
    description: "the bytes are what one side sent on a TCP connection",
  },
] as const satisfies readonly OptionSpelling[];

export const KEYGEN_OPTIONS = [
  {
    key: "bytes",
    flags: "--bytes <count>",
    description: `length of the key, ${KEY_BYTES.join(", ")} (default: 32)`,
  },
] as const satisfies readonly OptionSpelling[];
