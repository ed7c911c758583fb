/**
 * The commands' side of the HTTP API.
 * @module
 */
import type { NodeReport } from "hearsay";
import type * as z from "zod";
import { aggregateSchema, aggregatesSchema } from "./http/aggregate-routes.ts";
import type { AggregateJson } from "./http/aggregate-routes.ts";
import { errorSchema } from "./http/errors.ts";
import { reportFrom, reportSchema } from "./http/examination-routes.ts";
import { explanationSchema } from "./http/explain-json.ts";
import type { ExplanationJson } from "./http/explain-json.ts";
import { keysSchema } from "./http/key-routes.ts";
import type { KeysJson } from "./http/key-routes.ts";
import { entriesSchema, mapsSchema, valueSchema, writtenSchema } from "./http/map-routes.ts";
import { memberSchema } from "./http/member-json.ts";
import type { MemberJson } from "./http/member-json.ts";
import {
  goneSchema,
  joinedSchema,
  leftSchema,
  membersSchema,
  statsSchema,
} from "./http/member-routes.ts";
import { counterSchema, elementSchema, setSchema } from "./http/set-routes.ts";
import {
  memberStateSchema,
  stateKeySchema,
  stateSchema,
  stateWrittenSchema,
} from "./http/state-routes.ts";
import { overlaySchema, publishedSchema, topicsSchema } from "./http/topic-routes.ts";
import type { OverlayJson, TopicJson } from "./http/topic-routes.ts";
import { printable } from "./printable.ts";
import { CommandError, UsageError } from "./terminal.ts";

/** A process that does nothing else answers at once. */
const AWAKE_MS = 5000;
/** Some seconds for each sixteen members. */
const EXAMINATION_MS = 60_000;
/** Leaving and joining may take some seconds; nothing takes longer than this. */
const TIMEOUT_MS = 15_000;

type ForceLeaveJson = z.output<typeof goneSchema>;

export type JoinJson = z.output<typeof joinedSchema>;

type StateWrittenJson = z.output<typeof stateWrittenSchema>;

/** What of the state of members is watched; all, if nothing is said. */
export interface StateWatch {
  readonly member?: string;
  readonly key?: string;
}

export class AgentClient {
  /** `host:port`. */
  readonly at: string;
  readonly #token: string | undefined;

  /** `at` is `host:port`. */
  constructor(at: string, token?: string) {
    this.at = at;
    this.#token = token;
  }

  async members(): Promise<MemberJson[]> {
    return (await this.#call("GET", "/v1/members", membersSchema)).members;
  }

  explain(name: string): Promise<ExplanationJson> {
    const path = `/v1/members/${segment(name)}/explain`;
    return this.#call("GET", path, explanationSchema);
  }

  self(): Promise<MemberJson> {
    return this.#call("GET", "/v1/self", memberSchema);
  }

  stats(): Promise<Record<string, unknown>> {
    return this.#call("GET", "/v1/stats", statsSchema);
  }

  join(addresses: readonly string[]): Promise<JoinJson> {
    return this.#call("POST", "/v1/join", joinedSchema, { addresses });
  }

  changeTags(
    set: Readonly<Record<string, string>>,
    remove: readonly string[],
  ): Promise<MemberJson> {
    return this.#call("PATCH", "/v1/tags", memberSchema, { set, delete: remove });
  }

  keys(): Promise<KeysJson> {
    return this.#call("GET", "/v1/keys", keysSchema);
  }

  /** `key` in base64. */
  installKey(key: string): Promise<KeysJson> {
    return this.#call("POST", "/v1/keys", keysSchema, { key });
  }

  useKey(fingerprint: string): Promise<KeysJson> {
    return this.#call("PUT", "/v1/keys/primary", keysSchema, { fingerprint });
  }

  removeKey(fingerprint: string): Promise<KeysJson> {
    return this.#call("DELETE", `/v1/keys/${fingerprint}`, keysSchema);
  }

  forceLeave(name: string): Promise<ForceLeaveJson> {
    const path = `/v1/members/${segment(name)}/force-leave`;
    return this.#call("POST", path, goneSchema);
  }

  topics(): Promise<{ topics: TopicJson[] }> {
    return this.#call("GET", "/v1/topics", topicsSchema);
  }

  publish(topic: string, payload: Uint8Array): Promise<z.output<typeof publishedSchema>> {
    const path = `/v1/topics/${segment(topic)}`;
    return this.#call("POST", path, publishedSchema, payload);
  }

  /** The stream of what is published, until `stop`. */
  messages(topic: string, stop: AbortSignal): Promise<Response> {
    return this.#follow(`/v1/topics/${segment(topic)}/messages`, stop);
  }

  /** The stream of what happens, until `stop`: after an event that was seen, or from the members on. */
  events(stop: AbortSignal, lastId?: string): Promise<Response> {
    return this.#follow(
      "/v1/events",
      stop,
      lastId === undefined ? {} : { "last-event-id": lastId },
    );
  }

  maps(): Promise<z.output<typeof mapsSchema>> {
    return this.#call("GET", "/v1/maps", mapsSchema);
  }

  /** Here and below: what a map must be, or becomes if it is opened by this. */
  mapEntries(map: string, conflict?: string): Promise<z.output<typeof entriesSchema>> {
    const path = `/v1/maps/${segment(map)}${queryOf({ conflict })}`;
    return this.#call("GET", path, entriesSchema);
  }

  key(map: string, key: string, conflict?: string): Promise<z.output<typeof valueSchema>> {
    return this.#call("GET", `${keyPath(map, key)}${queryOf({ conflict })}`, valueSchema);
  }

  /** Waits until so many other nodes have it. */
  setKey(map: string, key: string, value: unknown, how: WriteQuery): Promise<WrittenJson> {
    const body = Buffer.from(JSON.stringify(value));
    return this.#call("PUT", `${keyPath(map, key)}${queryOf(how)}`, writtenSchema, body);
  }

  deleteKey(map: string, key: string, how: WriteQuery): Promise<WrittenJson> {
    return this.#call("DELETE", `${keyPath(map, key)}${queryOf(how)}`, writtenSchema);
  }

  /** The stream of what changes, until `stop`. */
  mapChanges(map: string, stop: AbortSignal, conflict?: string): Promise<Response> {
    const path = `/v1/maps/${segment(map)}/changes${queryOf({ conflict })}`;
    return this.#follow(path, stop);
  }

  counter(counter: string): Promise<z.output<typeof counterSchema>> {
    return this.#call("GET", `/v1/counters/${segment(counter)}`, counterSchema);
  }

  count(counter: string, amount: number, copies: number): Promise<z.output<typeof counterSchema>> {
    const path = `/v1/counters/${segment(counter)}${queryOf({ copies })}`;
    return this.#call("POST", path, counterSchema, { amount });
  }

  elements(set: string): Promise<z.output<typeof setSchema>> {
    return this.#call("GET", `/v1/sets/${segment(set)}`, setSchema);
  }

  /** Adds it to a set or removes it. */
  element(
    verb: "add" | "delete",
    set: string,
    element: string,
    copies: number,
  ): Promise<z.output<typeof elementSchema>> {
    const where = `/v1/sets/${segment(set)}/elements/${segment(element)}`;
    const method = verb === "add" ? "PUT" : "DELETE";
    return this.#call(method, `${where}${queryOf({ copies })}`, elementSchema);
  }

  aggregates(): Promise<z.output<typeof aggregatesSchema>> {
    return this.#call("GET", "/v1/aggregates", aggregatesSchema);
  }

  /** The next result: some seconds. */
  aggregate(name: string): Promise<AggregateJson> {
    return this.#call("GET", `/v1/aggregates/${segment(name)}`, aggregateSchema);
  }

  /** The stream of results, until `stop`. */
  async results(aggregate: string, stop: AbortSignal): Promise<Response> {
    const path = `/v1/aggregates/${segment(aggregate)}/results`;
    const answer = await this.#fetch("GET", path, undefined, stop);
    if (answer.headers.get("content-type") === "text/event-stream") return answer;
    return this.#refused(await answer.json().catch(() => undefined));
  }

  stateMembers(): Promise<z.output<typeof stateSchema>> {
    return this.#call("GET", "/v1/state", stateSchema);
  }

  memberState(member: string): Promise<z.output<typeof memberStateSchema>> {
    const path = `/v1/state/members/${segment(member)}`;
    return this.#call("GET", path, memberStateSchema);
  }

  memberKey(member: string, key: string): Promise<z.output<typeof stateKeySchema>> {
    const path = `/v1/state/members/${segment(member)}/${segment(key)}`;
    return this.#call("GET", path, stateKeySchema);
  }

  setStateKey(key: string, value: unknown, ttlMs?: number): Promise<StateWrittenJson> {
    const query = ttlMs === undefined ? "" : `?ttlMs=${ttlMs}`;
    const path = `/v1/state/keys/${segment(key)}${query}`;
    return this.#call("PUT", path, stateWrittenSchema, Buffer.from(JSON.stringify(value)));
  }

  deleteStateKey(key: string): Promise<StateWrittenJson> {
    const path = `/v1/state/keys/${segment(key)}`;
    return this.#call("DELETE", path, stateWrittenSchema);
  }

  /** The stream of what changes, until `stop`. */
  stateChanges(watch: StateWatch, stop: AbortSignal): Promise<Response> {
    const query = new URLSearchParams({ ...watch }).toString();
    return this.#follow(`/v1/state/changes?${query}`, stop);
  }

  overlay(): Promise<OverlayJson> {
    return this.#call("GET", "/v1/overlay", overlaySchema);
  }

  /** Whether the process answers at all. @throws CommandError if there is none */
  async isAwake(): Promise<boolean> {
    try {
      await fetch(`http://${this.at}/health`, { signal: AbortSignal.timeout(AWAKE_MS) });
      return true;
    } catch (error) {
      if ((error as Error).name === "TimeoutError") return false;
      throw noAgent(this.at, error);
    }
  }

  async examine(): Promise<NodeReport> {
    const signal = AbortSignal.timeout(EXAMINATION_MS);
    const report = await this.#call("POST", "/v1/examination", reportSchema, undefined, signal);
    return reportFrom(report);
  }

  leave(): Promise<{ told: boolean }> {
    return this.#call("POST", "/v1/leave", leftSchema);
  }

  async #follow(
    path: string,
    stop: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const answer = await this.#fetch("GET", path, undefined, stop, headers);
    if (answer.headers.get("content-type") === "text/event-stream") return answer;
    return this.#refused(await answer.json().catch(() => undefined));
  }

  /** @throws CommandError with one line that says what to do */
  async #call<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body?: object | Uint8Array,
    signal?: AbortSignal,
  ): Promise<T> {
    const answer = await this.#fetch(method, path, body, signal);
    const json: unknown = await answer.json().catch(() => undefined);
    if (answer.ok) {
      const result = schema.safeParse(json);
      if (result.success) return result.data;
      throw new CommandError(`what answers at ${this.at} is not a hearsay agent of this version`);
    }
    return this.#refused(json);
  }

  #refused(json: unknown): never {
    const error = errorSchema.safeParse(json);
    if (!error.success) throw notAnAgent(this.at);
    const { code, message } = error.data.error;
    if (code === "ERR_TOKEN") throw new CommandError(`the agent at ${this.at} ${TOKEN_ADVICE}`);
    throw new CommandError(printable(message));
  }

  async #fetch(
    method: string,
    path: string,
    body: object | Uint8Array | undefined,
    signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const isBytes = body instanceof Uint8Array;
    const type = isBytes ? "application/octet-stream" : "application/json";
    const headers = {
      ...more,
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...(body !== undefined && { "content-type": type }),
    };
    const sent = isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
    try {
      const rest = body === undefined ? {} : { body: sent };
      return await fetch(`http://${this.at}${path}`, { method, signal, headers, ...rest });
    } catch (error) {
      throw noAgent(this.at, error);
    }
  }
}

/** How a key is written. */
export interface WriteQuery {
  readonly copies: number;
  readonly conflict: string | undefined;
}

/** A name as a part of a path. @throws UsageError for one that no path can have: dots are taken for folders on the way */
function segment(name: string): string {
  if (name !== "" && name !== "." && name !== "..") return encodeURIComponent(name);
  throw new UsageError(`expected a name that is not empty, "." or "..", got "${name}"`);
}

/** What is given of it, behind a `?`. */
function queryOf(values: object): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) query.set(key, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
}

type WrittenJson = z.output<typeof writtenSchema>;

function keyPath(map: string, key: string): string {
  return `/v1/maps/${segment(map)}/keys/${segment(key)}`;
}

function notAnAgent(at: string): CommandError {
  return new CommandError(`what answers at ${at} is not a hearsay agent`);
}

/** `error` is what `fetch` threw. */
function noAgent(at: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError(`no agent answers at ${at} (${whyNot(error)}); ${ADVICE}`);
}

const ADVICE = "start one with `hearsay agent`, or say where its HTTP API is with --http";
const TOKEN_ADVICE = "wants its token, by --http-token-file or HEARSAY_HTTP_TOKEN";

function whyNot(error: unknown): string {
  const { cause, message, name } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}
