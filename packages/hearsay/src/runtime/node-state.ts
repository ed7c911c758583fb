/**
 * The state of the cluster's members, as an application holds it: each member has keys of its own, all read all.
 *
 *     set ── encoding ──▶ here, at once ──▶ everybody, in the end
 *     of(member) ◀── encoding ── what this node has heard of the member
 *                                   └──▶ watchers
 *
 * `node.state`. State lives as long as its member: see docs/state.md.
 * @module
 */
import { HearsayError, optionError } from "../kernel/index.ts";
import type { Instant, NodeEvent } from "../kernel/index.ts";
import { utf8Size } from "../codec/index.ts";
import { Speakers } from "../overlay/index.ts";
import {
  LEAST_PACKET_BYTES,
  resolveStateConfig,
  STATE_CHANNEL,
  STATE_DEFAULTS,
  ThreeWayExchange,
} from "../state/index.ts";
import type {
  StateChanged,
  StateCommand,
  StateConfig,
  StateDefended,
  StateLoss,
} from "../state/index.ts";
import { Emitter } from "./emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "./emitter.ts";
import type { Facet } from "./facet.ts";
import { checkPayload } from "./payload.ts";
import { jsonEncoding } from "./topic-encoding.ts";
import type { TenantContext } from "./tenant-context.ts";
import type { TopicEncoding } from "./topic-encoding.ts";

export interface StateOptions extends Partial<StateConfig> {
  /** Two functions between a value and its bytes; the same on every node. @default JSON */
  readonly encoding?: TopicEncoding<unknown>;
}

/** A member's key has another value now, or none. */
export type StateChange<T> =
  | { readonly type: "set"; readonly member: string; readonly key: string; readonly value: T }
  | {
      readonly type: "delete";
      readonly member: string;
      readonly key: string;
      readonly reason: StateLoss;
    };

export interface StateSetOptions {
  /** Ms after which it is gone by itself, everywhere. Range 1..2^40. @default it stays */
  readonly ttlMs?: number;
}

export interface StateWatchOptions {
  /** Of this member alone. @default all, ourselves included */
  readonly member?: string;
  /** Of this key alone. @default all */
  readonly key?: string;
}

/** A member that has state. */
export interface StateView {
  readonly member: string;
  readonly keys: number;
  readonly bytes: number;
  /** Number of the member's run: seconds since 1970 when it began, or a little more. */
  readonly generation: number;
  /** Counts the member's writes in this run. */
  readonly version: number;
}

/** What the state needs of its node. */
export interface NodeStatePorts {
  /** What holds it, while the node runs. @throws HearsayError `ERR_STATE` */
  machine(): ThreeWayExchange;
  now(): Instant;
  command(command: StateCommand): void;
  undecodable(member: string, key: string, error: unknown): void;
  /** Our state has begun another run. */
  defended(generation: number): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

const MOST_TTL_MS = 0x100_0000_0000;

export class NodeState implements Facet {
  readonly #config: StateConfig;
  readonly #encoding: TopicEncoding<unknown>;
  readonly #ports: NodeStatePorts;
  readonly #emitter: Emitter<StateChange<unknown>>;
  /** Encoded size of the change that is being told. */
  #bytes = 0;
  #watchers = 0;

  constructor({ encoding = jsonEncoding(), ...config }: StateOptions, ports: NodeStatePorts) {
    this.#config = resolveStateConfig(config);
    this.#encoding = encoding;
    this.#ports = ports;
    this.#emitter = new Emitter(ports.onError, () => this.#bytes);
  }

  /**
   * Sets a key of this node's own: here at once, everywhere in a second or two.
   * @throws HearsayError `ERR_OPTION` for a key that is no text or is too long, or a value that the encoding does not take;
   *   `ERR_MESSAGE_TOO_LARGE` for a value; `ERR_QUEUE_FULL` for too many keys or bytes of them; `ERR_STATE`
   */
  set(key: string, value: unknown, { ttlMs }: StateSetOptions = {}): void {
    const { maxKeyBytes, maxValueBytes } = this.#config;
    checkKey(key, maxKeyBytes);
    if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs > 0 && ttlMs <= MOST_TTL_MS)) {
      throw optionError("ttlMs", `a whole number in 1..${MOST_TTL_MS}`, ttlMs);
    }
    const bytes = this.#encode(key, value);
    checkPayload(bytes, maxValueBytes, "keep it elsewhere, and where it is in the state");
    const refusal = this.#ports.machine().refusal(key, bytes);
    if (refusal !== undefined) {
      const { maxKeys, maxOwnerBytes } = this.#config;
      const limit = refusal === "tooManyKeys" ? `${maxKeys} keys` : `${maxOwnerBytes} bytes`;
      throw new HearsayError("ERR_QUEUE_FULL", `this node's state is at its limit of ${limit}`);
    }
    this.#ports.command({ type: "set", key, value: bytes, ttlMs: ttlMs ?? 0 });
  }

  /**
   * Deletes a key of this node's own; nothing happens if there is none.
   * @throws HearsayError `ERR_OPTION`, `ERR_STATE`
   */
  delete(key: string): void {
    checkKey(key, this.#config.maxKeyBytes);
    this.#ports.machine();
    this.#ports.command({ type: "delete", key });
  }

  /** A key of a member, as far as this node has heard; `undefined` for none, and for a member that is gone. */
  get<T = unknown>(member: string, key: string): T | undefined {
    const bytes = this.#ports.machine().get(member, key, this.#ports.now());
    return bytes === undefined ? undefined : (this.#decode(member, key, bytes)?.value as T);
  }

  /** All keys of a member, in the order in which it has set them; none for a member that is gone. */
  of(member: string | { readonly name: string }): ReadonlyMap<string, unknown> {
    const name = typeof member === "string" ? member : member.name;
    const values = new Map<string, unknown>();
    for (const { key, value } of this.#ports.machine().of(name, this.#ports.now())) {
      const decoded = this.#decode(name, key, value);
      if (decoded !== undefined) values.set(key, decoded.value);
    }
    return values;
  }

  /** The members that have state, this node included. */
  members(): StateView[] {
    const exchange = this.#ports.machine();
    const now = this.#ports.now();
    return exchange.digests().map(({ owner: member, generation, version }) => {
      const rows = exchange.of(member, now);
      const bytes = rows.reduce((sum, { key, value }) => sum + utf8Size(key) + value.length, 0);
      return { member, keys: rows.length, bytes, generation, version };
    });
  }

  /** Calls back for every change from now on, until the returned function is called. */
  watch<T = unknown>(
    handler: (change: StateChange<T>) => void,
    options: StateWatchOptions = {},
  ): Unsubscribe {
    const filtered = (change: StateChange<unknown>): void => {
      if (isWatched(change, options)) handler(change as StateChange<T>);
    };
    const offs = [this.#emitter.on("set", filtered), this.#emitter.on("delete", filtered)];
    this.#watchers++;
    let watches = true;
    return () => {
      if (!watches) return;
      watches = false;
      this.#watchers--;
      for (const off of offs) off();
    };
  }

  /**
   * All changes from now on, for `for await`. A reader that lags by more than `buffer` holds misses the oldest, and is
   * told how many by a `missed` item: then look at `of()`.
   */
  changes<T = unknown>(
    options: StateWatchOptions & Partial<EventBuffer> = {},
  ): AsyncIterableIterator<StateChange<T> | MissedEvents> {
    this.#watchers++;
    const { member, key, ...buffer } = options;
    const all = this.#emitter.events({ ...this.#ports.buffer, ...buffer }, () => {
      this.#watchers--;
    });
    const watched = { ...(member !== undefined && { member }), ...(key !== undefined && { key }) };
    return new WatchedChanges<T>(all, watched);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<StateChange<unknown> | MissedEvents> {
    return this.changes();
  }

  /** @internal */
  start(): void {}

  /** @internal */
  deliver(event: NodeEvent): boolean {
    if (event.type === "stateDefended") {
      this.#ports.defended((event as StateDefended).generation);
      return true;
    }
    if (event.type !== "stateChanged") return false;
    if (this.#watchers > 0) this.#tell(event as StateChanged);
    return true;
  }

  #tell({ owner: member, key, value: bytes, reason }: StateChanged): void {
    this.#bytes = key.length + (bytes?.length ?? 0);
    if (bytes === undefined) {
      this.#emitter.emit({ type: "delete", member, key, reason: reason as StateLoss });
      return;
    }
    const decoded = this.#decode(member, key, bytes);
    if (decoded !== undefined) this.#emitter.emit({ type: "set", member, key, ...decoded });
  }

  /** @internal Ends every iterator. */
  close(): void {
    this.#emitter.close();
  }

  #decode(member: string, key: string, bytes: Uint8Array): { readonly value: unknown } | undefined {
    try {
      return { value: this.#encoding.decode(bytes) };
    } catch (error) {
      this.#ports.undecodable(member, key, error);
      return undefined;
    }
  }

  #encode(key: string, value: unknown): Uint8Array {
    let bytes: unknown;
    try {
      bytes = this.#encoding.encode(value);
    } catch (error) {
      const message = `the encoding of the state does not take the value of ${key}`;
      throw new HearsayError("ERR_OPTION", message, { option: "value", cause: error });
    }
    if (bytes instanceof Uint8Array) return bytes.slice();
    const message = `the encoding of the state gives ${typeof bytes} instead of bytes`;
    throw new HearsayError("ERR_OPTION", message, { option: "encoding", expected: "a Uint8Array" });
  }
}

/** Those of all changes that somebody wants. */
class WatchedChanges<T> implements AsyncIterableIterator<StateChange<T> | MissedEvents> {
  readonly #all: AsyncIterableIterator<StateChange<unknown> | MissedEvents>;
  readonly #options: StateWatchOptions;

  constructor(
    all: AsyncIterableIterator<StateChange<unknown> | MissedEvents>,
    options: StateWatchOptions,
  ) {
    this.#all = all;
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StateChange<T> | MissedEvents>> {
    for (;;) {
      const result = await this.#all.next();
      const { done, value } = result;
      if (done === true || value.type === "missed" || isWatched(value, this.#options)) {
        return result as IteratorResult<StateChange<T> | MissedEvents>;
      }
    }
  }

  return(): Promise<IteratorResult<StateChange<T> | MissedEvents>> {
    return (this.#all.return as () => Promise<IteratorResult<MissedEvents>>).call(this.#all);
  }
}

function isWatched(change: StateChange<unknown>, { member, key }: StateWatchOptions): boolean {
  return (
    (member === undefined || change.member === member) && (key === undefined || change.key === key)
  );
}

/** @throws HearsayError `ERR_OPTION` */
function checkKey(key: unknown, maxBytes: number): void {
  const expected = `text of 1 to ${maxBytes} bytes`;
  if (typeof key !== "string" || key === "") throw optionError("key", expected, key);
  if (utf8Size(key) > maxBytes) throw optionError("key", expected, key);
}

/** The machine of a node, whose packets have so much room. */
export function stateMachine(
  { name, epoch, peers, sampler }: TenantContext,
  options: Partial<StateConfig>,
  datagramBytes: number,
): ThreeWayExchange {
  const { budgetBytes = STATE_DEFAULTS.budgetBytes } = options;
  const packetBytes = Math.max(LEAST_PACKET_BYTES, Math.min(datagramBytes, budgetBytes));
  return new ThreeWayExchange({
    name,
    epoch,
    peers,
    sampler: new Speakers(STATE_CHANNEL, peers, sampler),
    config: { packetBytes, ...options },
  });
}

/** What the machine is made with: plain data. */
export function configOf(options: StateOptions): Partial<StateConfig> {
  const config: { encoding?: unknown } & Partial<StateConfig> = { ...options };
  delete config.encoding;
  return config;
}

/**
 * Checks what can be checked before a node is made.
 * @throws HearsayError `ERR_OPTION`
 */
export function checkState(state: StateOptions | false): StateOptions | undefined {
  if (state === false) return undefined;
  if (typeof state !== "object" || state === null) {
    throw optionError("state", "an object, or false for none", state);
  }
  const { encoding, ...config } = state;
  resolveStateConfig(config);
  if (encoding === undefined) return state;
  if (typeof encoding?.encode !== "function" || typeof encoding.decode !== "function") {
    throw optionError("state.encoding", "an object with functions encode and decode", encoding);
  }
  return state;
}
