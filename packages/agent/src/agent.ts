/**
 * A node with an HTTP API and a log, as a process.
 *
 *     start ──▶ running ──▶ leaving ──▶ ended       first signal, or POST /v1/leave
 *                 ▲  │         └──────▶ ended       second signal: at once
 *                 └──┘ SIGHUP: reads tags and log level anew, where there is a file to read them from
 *
 * @module
 */
import { createNode, HearsayError } from "hearsay";
import type { HearsayNode, Logger } from "hearsay";
import type { RecordingOptions, RecordingSink } from "hearsay/recording";
import { defineAggregates } from "./agent-aggregates.ts";
import { createApi } from "./http/api.ts";
import type { Access } from "./http/guard.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { readToken } from "./http/token.ts";
import { AgentKeys } from "./keys/agent-keys.ts";
import { readKeys } from "./keys/key-source.ts";
import { createLogger } from "./logs.ts";
import { RecordingFile } from "./recording/recording-file.ts";
import type { ConfigFile, Flags } from "./option-sources.ts";
import { Reloading } from "./reloading.ts";
import {
  agentConfig,
  agentSettings,
  formatHostPort,
  isLoopback,
  optionMessage,
} from "./settings.ts";
import type { AgentSettings } from "./settings.ts";
import { exposure } from "./small-file.ts";
import { CommandError, EXIT } from "./terminal.ts";
import type { Environment, Terminal } from "./terminal.ts";

/** A leave that takes longer than this is given up; the others will notice by themselves. */
const LEAVE_BOUND_MS = 8_000;
/** Answers under way may finish for so long. */
const HTTP_GRACE_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What `--ready-json` prints on stdout, one line. */
export interface ReadyLine {
  readonly ready: true;
  readonly name: string;
  readonly address: string;
  readonly http: string;
  readonly pid: number;
}

/**
 * Runs until it is told to leave.
 * @returns the exit status
 * @throws UsageError, CommandError
 */
export async function runAgent(flags: Flags, terminal: Terminal): Promise<number> {
  const { env } = terminal;
  const file = agentConfig(flags, env);
  const settings = agentSettings(flags, env, file);
  const logger = createLogger(settings, terminal);
  const { keys, token } = readSecrets(settings, file, logger);
  const end = new End();
  const tape = openRecording(settings, logger);
  let node: HearsayNode;
  try {
    const recording = tape === undefined ? {} : { recording: recordingOptions(settings, tape) };
    node = createNode({ ...nodeOptions(settings, keys), ...recording, logger });
  } catch (error) {
    tape?.close();
    throw optionMessage(error, { flags, env, file }) ?? error;
  }
  defineAggregates(node);
  const api = createApi(node, {
    onLeft: () => end.come("left"),
    keys: new AgentKeys(node.keys, keys, settings.keyring),
    logger,
    access: accessOf(settings, token),
    readyMembers: settings.readyMembers,
  });
  const http = await serveHttp(api, settings.http);
  const reloading = new Reloading(settings, () => rereadSettings(flags, env), node, logger);
  const stopListening = listenToSignals(end, file === undefined ? undefined : reloading);
  try {
    await start(node);
    terminal.stdout.write(readyLine(settings, node, http));
    const why = await end.comes;
    logger.info({ why }, "ending");
    if (why !== "left" && !(await leave(node))) {
      logger.warn({ boundMs: LEAVE_BOUND_MS }, "could not tell anybody that this node leaves");
    }
  } finally {
    await node.stop();
    tape?.close();
    await http.close(HTTP_GRACE_MS);
    stopListening();
  }
  return EXIT.ok;
}

function readSecrets(
  settings: AgentSettings,
  file: ConfigFile | undefined,
  logger: { warn(message: string): void },
): { keys: readonly string[]; token: string | undefined } {
  const { keys, warnings } = readKeys(settings);
  const { token, warnings: ofToken } = readToken(settings);
  const hasSecrets = ["encrypt", "httpToken"].some((key) => file?.values[key] !== undefined);
  const ofFile = file === undefined || !hasSecrets ? [] : exposure(file.path, "secrets", file);
  for (const warning of [...warnings, ...ofToken, ...ofFile]) logger.warn(warning);
  return { keys, token };
}

function accessOf({ http, httpHost, httpRate }: AgentSettings, token: string | undefined): Access {
  return {
    token,
    hosts: httpHost,
    isPublic: !isLoopback(http.host),
    requestsPerSecond: httpRate,
  };
}

/** @throws UsageError */
function rereadSettings(flags: Flags, env: Environment): AgentSettings {
  return agentSettings(flags, env, agentConfig(flags, env));
}

function openRecording({ record }: AgentSettings, logger: Logger): RecordingFile | undefined {
  if (record === undefined) return undefined;
  try {
    return new RecordingFile(record, (error) => {
      logger.error({ err: error, file: record }, "the recording has ended: it cannot be written");
    });
  } catch (error) {
    throw new CommandError(`--record: cannot write ${record}: ${(error as Error).message}`);
  }
}

function recordingOptions(
  { recordBytes, recordPayloads }: AgentSettings,
  sink: RecordingSink,
): RecordingOptions {
  const about = {
    "recorded at": new Date().toISOString(),
    by: `hearsay on Node ${process.version}`,
  };
  const bound = recordBytes === undefined ? {} : { maxBytes: recordBytes };
  return { sink, payloads: recordPayloads, about, ...bound };
}

function nodeOptions(
  settings: AgentSettings,
  keys: readonly string[],
): Parameters<typeof createNode>[0] {
  const { name, bind, advertise, join, tag, preset, label, allow, compress, tcpOnly } = settings;
  const { applicationVersions, verifyIncoming = true, verifyOutgoing = true } = settings;
  return {
    name,
    bind: formatHostPort(bind),
    ...(advertise !== undefined && { advertise }),
    seeds: join,
    tags: tag,
    preset,
    compression: compress,
    // All agents hold all maps: none is lost as long as one of them lives.
    maps: { holdAll: true, ...(settings.snapshots && { snapshots: settings.snapshots }) },
    tcpOnly,
    ...(applicationVersions !== undefined && { applicationVersions }),
    ...(keys.length > 0 && { encryption: { keys, verifyIncoming, verifyOutgoing } }),
    ...(label !== undefined && { label }),
    ...(allow.length > 0 && { allow }),
  };
}

async function start(node: HearsayNode): Promise<void> {
  try {
    await node.start();
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    throw new CommandError(error.message, { cause: error });
  }
}

function readyLine(settings: AgentSettings, node: HearsayNode, http: HttpServer): string {
  const { name, address } = node;
  if (!settings.readyJson) {
    return `hearsay: ${name} is up at ${address}, HTTP API at http://${http.address}\n`;
  }
  const line: ReadyLine = { ready: true, name, address, http: http.address, pid: process.pid };
  return `${JSON.stringify(line)}\n`;
}

/** Says goodbye, or gives up when the bound has passed. */
async function leave(node: HearsayNode): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LEAVE_BOUND_MS);
  });
  try {
    return await Promise.race([node.leave(), bound]);
  } finally {
    clearTimeout(timer);
  }
}

type Why = (typeof SIGNALS)[number] | "left";

/** The one moment at which the agent begins to end, and why. */
class End {
  readonly comes: Promise<Why>;
  #resolve: (why: Why) => void = () => {};
  #came = false;

  constructor() {
    this.comes = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Returns whether this is the first call. */
  come(why: Why): boolean {
    const first = !this.#came;
    this.#came = true;
    this.#resolve(why);
    return first;
  }
}

/** @param reloading what SIGHUP is for; without it, a terminal that goes ends the agent */
function listenToSignals(end: End, reloading: Reloading | undefined): () => void {
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (signal === "SIGHUP" && reloading !== undefined) return reloading.ask();
    // Somebody who asks twice does not want to wait for the goodbye.
    if (!end.come(signal)) process.exit(EXIT.failed);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
