/**
 * The maps of a node: those that its application has opened.
 *
 *     open ──▶ machine ──▶ compared with somebody who has it ──▶ snapshot taken up ──▶ ready
 *                             └─ nobody within some seconds ─────▲
 *
 * What was kept on this machine is taken up after a first comparison: what others have deleted meanwhile is then known as
 * seen, and stays deleted. Each run writes under a name of its own, so that whatever a snapshot has lost, no number
 * is used twice.
 * @module
 */
import { MAX_STORE_NAME } from "../../anti-entropy/index.ts";
import type { AntiEntropyCommand } from "../../anti-entropy/index.ts";
import { utf8Size } from "../../codec/index.ts";
import type { Crc32 } from "../../codec/index.ts";
import { checkInteger, HearsayError, later, optionError } from "../../kernel/index.ts";
import type { Instant, NodeEvent, Rng } from "../../kernel/index.ts";
import type { Clock } from "../clock.ts";
import type { EventBuffer } from "../emitter.ts";
import type { Facet } from "../facet.ts";
import { jsonEncoding } from "../topic-encoding.ts";
import type { TopicEncoding } from "../topic-encoding.ts";
import { MAP_KIND } from "./map-machine.ts";
import type { ResolvedMaps } from "./map-options.ts";
import type {
  AwaitedCopies,
  MapEvent,
  MapMutation,
  MapStore,
  MapStoreOptions,
} from "./map-store.ts";
import { ReplicatedMap } from "./map.ts";
import type { MapView, WriteOptions } from "./map.ts";
import { Snapshots } from "./snapshots.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface MapOptions<V> {
  /** Two functions between a value and its bytes; the same on every node. @default JSON */
  readonly encoding?: TopicEncoding<V>;
}

/** The machine of a node that runs. */
export interface MapCarrier {
  request(command: (id: number) => AntiEntropyCommand & { readonly id: number }): Promise<unknown>;
  /** A command that nobody answers. */
  tell(command: AntiEntropyCommand): void;
  store(map: string): MapStore | undefined;
  /** Whether there is nobody to wait for. */
  readonly isAlone: boolean;
}

export interface MapsPorts {
  readonly options: ResolvedMaps;
  readonly snapshots: SnapshotStore | undefined;
  /** Of the node that runs. */
  readonly carrier: () => MapCarrier;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly crc32: Crc32 | undefined;
  readonly trouble: (error: HearsayError) => void;
  readonly undecodable: (map: string, key: string, error: unknown) => void;
  readonly onError: (error: unknown) => void;
  readonly buffer: EventBuffer;
}

/** Maps that a node opens. */
const MAX_MAPS = 1024;
/** Time between two tries to find somebody who has a map, or the copies of a write. */
const ASK_MS = 200;
/** After this time nobody is waited for any more. */
const PATIENCE_MS = 3000;
/** A peer whose clock is wrong is reported as often. */
const QUIET_MS = 60_000;
const TWO_32 = 0x1_0000_0000;

/** A map, whatever its type. */
type AnyMap = Pick<ReplicatedMap, "name" | "view" | "deliver" | "close">;

interface Open {
  readonly map: AnyMap;
  readonly ready: Promise<void>;
  readonly becomeReady: () => void;
  readonly fail: (error: Error) => void;
  /** Whether what was kept of it has been taken up: before, it is not written over. */
  isLoaded: boolean;
  isInStep: boolean;
  hasChanged: boolean;
  /** Settles when it is ready, or will never be. */
  begun: Promise<void>;
}

interface Awaited {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Maps implements Facet {
  readonly #ports: MapsPorts;
  readonly #open = new Map<string, Open>();
  readonly #snapshots: Snapshots | undefined;
  readonly #awaited = new Map<number, Awaited>();
  #carrier: MapCarrier | undefined;
  #tickets = 0;
  #isWriting = false;
  #isEnding = false;
  #offMs = 0;
  #quietUntil: Instant = 0 as Instant;
  #disarm: () => void = () => {};
  /** The wall clock when the monotonic one was 0, for hosts that have no more than the second of their boot. */
  readonly #wallOrigin: number;

  constructor(ports: MapsPorts) {
    const { snapshots: store, clock, crc32, trouble } = ports;
    this.#ports = ports;
    this.#wallOrigin = 1000 * clock.epochSeconds() - clock.now();
    this.#snapshots =
      store && new Snapshots({ store, trouble, crc32, wallMs: () => this.#wallMs() });
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL` */
  open<V>(name: string, { encoding }: MapOptions<V>): ReplicatedMap<V> {
    checkName(name);
    // Its type is what the application said when it opened it first.
    const known = this.#open.get(name)?.map as ReplicatedMap<V> | undefined;
    if (known !== undefined) {
      if (encoding === undefined) return known;
      throw optionError("encoding", "none: the map is open already and has one", "another");
    }
    if (this.#open.size >= MAX_MAPS) {
      throw new HearsayError("ERR_QUEUE_FULL", `${MAX_MAPS} maps are open already`);
    }
    const map = new ReplicatedMap<V>(name, checkEncoding(encoding ?? jsonEncoding<V>()), {
      write: (...asked) => this.#write(...asked),
      store: (of) => this.#carrier?.store(of),
      ready: (of) => this.#open.get(of)?.ready ?? Promise.resolve(),
      undecodable: this.#ports.undecodable,
      onError: this.#ports.onError,
      buffer: this.#ports.buffer,
    });
    const open = opened(map);
    this.#open.set(name, open);
    if (this.#carrier !== undefined) open.begun = this.#begin(open, this.#carrier);
    return map;
  }

  views(): MapView[] {
    return [...this.#open.values()].map(({ map }) => map.view());
  }

  /** With `holdAll`, what is kept on this machine is opened by that. */
  start(): void {
    const carrier = this.#ports.carrier();
    this.#carrier = carrier;
    for (const open of this.#open.values()) open.begun = this.#begin(open, carrier);
    if (this.#ports.options.holdAll) void this.#openKept();
    this.#arm();
  }

  /** Whether the event was of a map. */
  deliver(told: NodeEvent): boolean {
    const event = told as MapEvent;
    switch (event.type) {
      case "mapChanged": {
        const open = this.#open.get(event.map);
        if (open === undefined) return true;
        open.hasChanged = true;
        open.map.deliver(event);
        return true;
      }
      case "mapInStep": {
        const open = this.#open.get(event.map);
        if (open !== undefined) open.isInStep = true;
        return true;
      }
      case "mapLoaded":
        return true;
      case "mapKept":
        this.#awaited.get(event.ticket)?.resolve();
        this.#awaited.delete(event.ticket);
        return true;
      case "storeUnknown":
        this.#heardOf(event.store);
        return true;
      case "mapClockOff":
        this.#clockOff(event.offMs);
        return true;
      case "mapFromFuture":
        this.#fromFuture(event);
        return true;
      default:
        return false;
    }
  }

  /** The last snapshots, before the node stops. */
  async flush(): Promise<void> {
    this.#disarm();
    this.#isEnding = true;
    await Promise.all([...this.#open.values()].map(({ begun }) => begun));
    while (this.#isWriting) await this.#pause(1);
    await this.#writeChanged();
  }

  close(error: Error): void {
    this.#carrier = undefined;
    this.#disarm();
    for (const { map, fail } of this.#open.values()) {
      map.close();
      fail(error);
    }
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }

  /** The same of all maps: told once for each state. */
  #clockOff(offMs: number): void {
    if ((offMs === 0) === (this.#offMs === 0)) return;
    this.#offMs = offMs;
    if (offMs === 0) return;
    const seconds = Math.round(Math.abs(offMs) / 1000);
    const message =
      offMs > 0
        ? `this machine's clock is ${seconds} s ahead of the others': maps are stamped with theirs`
        : `this machine's clock is ${seconds} s behind the others'`;
    this.#ports.trouble(new HearsayError("ERR_CLOCK", message, { received: offMs }));
  }

  #fromFuture({ map, rows }: Extract<MapEvent, { readonly type: "mapFromFuture" }>): void {
    const now = this.#ports.clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = later(now, QUIET_MS);
    const message = `${rows} writes of map ${map} come from a clock far ahead of ours: they wait until their time has come`;
    this.#ports.trouble(new HearsayError("ERR_CLOCK", message));
  }

  async #openKept(): Promise<void> {
    for (const name of (await this.#snapshots?.maps()) ?? []) this.#heardOf(name);
  }

  /** Somebody speaks of a map: who holds all takes it up. A name that is none comes from somebody who lies. */
  #heardOf(name: string): void {
    const { holdAll } = this.#ports.options;
    if (!holdAll || this.#open.size >= MAX_MAPS || !isName(name)) return;
    this.open(name, {});
  }

  async #begin(open: Open, carrier: MapCarrier): Promise<void> {
    const { name } = open.map;
    const { limits, maxDriftMs, forgetAfterMs } = this.#ports.options.config;
    const replica = this.#replica();
    const options: MapStoreOptions = { replica, limits, maxDriftMs, forgetAfterMs };
    try {
      this.#tellTime(carrier);
      await carrier.request((id) => ({ type: "open", id, store: name, kind: MAP_KIND, options }));
      const store = carrier.store(name);
      const saved = store && (await this.#snapshots?.read(store));
      if (saved !== undefined) {
        const patienceMs = carrier.isAlone ? 0 : PATIENCE_MS;
        await this.#mutate(carrier, name, { type: "load", saved, patienceMs });
      }
      await this.#findOthers(open, carrier);
      if (saved !== undefined) await this.#mutate(carrier, name, { type: "takeUp" });
      open.isLoaded = true;
      open.becomeReady();
    } catch (error) {
      open.fail(error as Error);
    }
  }

  /** Until it has been compared with somebody, or nobody is there. */
  async #findOthers(open: Open, carrier: MapCarrier): Promise<void> {
    const { clock } = this.#ports;
    const end = later(clock.now(), PATIENCE_MS);
    while (!open.isInStep && !carrier.isAlone && !this.#isEnding && clock.now() < end) {
      await carrier.request((id) => ({ type: "reconcile", id, store: open.map.name }));
      if (!open.isInStep) await this.#pause(ASK_MS);
    }
  }

  async #write(
    map: string,
    key: string,
    value: Uint8Array | undefined,
    { copies = 0, timeoutMs = 10_000 }: WriteOptions,
  ): Promise<void> {
    checkInteger("copies", copies, 0, 4096);
    checkInteger("timeoutMs", timeoutMs, 1, 3_600_000);
    const carrier = this.#need();
    const ticket = ++this.#tickets;
    const awaited = copies === 0 ? undefined : { ticket, copies };
    const kept = awaited && this.#kept(awaited, map, timeoutMs, carrier);
    const mutation: MapMutation =
      value === undefined ? { type: "delete", key, awaited } : { type: "set", key, value, awaited };
    try {
      await this.#mutate(carrier, map, mutation);
    } catch (error) {
      this.#awaited.get(ticket)?.reject(error as Error);
      this.#awaited.delete(ticket);
      if (kept === undefined) throw error;
    }
    await kept;
  }

  /** Resolves when there are so many copies; asks for them until the time is over. */
  #kept(
    awaited: AwaitedCopies,
    map: string,
    timeoutMs: number,
    carrier: MapCarrier,
  ): Promise<void> {
    const { ticket, copies } = awaited;
    const { clock } = this.#ports;
    const end = later(clock.now(), timeoutMs);
    const ask = async (): Promise<void> => {
      for (;;) {
        await this.#pause(ASK_MS / 4);
        if (!this.#awaited.has(ticket)) return;
        if (clock.now() >= end) break;
        await carrier.request((id) => ({ type: "reconcile", id, store: map }));
        await this.#pause(ASK_MS);
      }
      this.#awaited.delete(ticket);
      await this.#mutate(carrier, map, { type: "unawait", ticket });
      throw new HearsayError(
        "ERR_TIMEOUT",
        `copies: fewer than ${copies} nodes told within ${timeoutMs} ms that they have it; it is set here`,
        { option: "copies", received: copies },
      );
    };
    return new Promise((resolve, reject) => {
      this.#awaited.set(ticket, { resolve, reject });
      ask().catch(reject);
    });
  }

  #mutate(carrier: MapCarrier, store: string, mutation: MapMutation): Promise<unknown> {
    const wallMs = this.#wallMs();
    return carrier.request((id) => ({ type: "mutate", id, store, mutation, wallMs }));
  }

  /** Every so often: what time it is, and snapshots of what has changed. */
  #arm(): void {
    const { clock, options } = this.#ports;
    this.#disarm();
    this.#disarm = clock.wake(later(clock.now(), options.snapshotEveryMs), () => {
      if (this.#carrier === undefined || this.#isEnding) return;
      if (this.#open.size > 0) this.#tellTime(this.#carrier);
      if (!this.#isWriting) void this.#writeChanged();
      this.#arm();
    });
  }

  async #writeChanged(): Promise<void> {
    const snapshots = this.#snapshots;
    if (snapshots === undefined) return;
    this.#isWriting = true;
    for (const open of this.#open.values()) {
      const store = this.#carrier?.store(open.map.name);
      if (store === undefined || !open.hasChanged || !open.isLoaded) continue;
      open.hasChanged = false;
      if (!(await snapshots.write(store))) open.hasChanged = true;
    }
    this.#isWriting = false;
  }

  #tellTime(carrier: MapCarrier): void {
    carrier.tell({ type: "clock", wallMs: this.#wallMs() });
  }

  #wallMs(): number {
    const { clock } = this.#ports;
    return clock.wallMs?.() ?? this.#wallOrigin + clock.now();
  }

  /** Short, because every digest has it, and never again the same. */
  #replica(): string {
    const { rng } = this.#ports;
    return `${rng.below(TWO_32).toString(36)}${rng.below(0x1_0000).toString(36)}`;
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#ports;
    return new Promise((resolve) => void clock.wake(later(clock.now(), ms), resolve));
  }

  #need(): MapCarrier {
    if (this.#carrier !== undefined) return this.#carrier;
    throw new HearsayError("ERR_STATE", "the node is not running: call start() first");
  }
}

function opened(map: AnyMap): Open {
  let becomeReady = (): void => {};
  let fail = (_error: Error): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    becomeReady = resolve;
    fail = reject;
  });
  // Whoever cares awaits it.
  ready.catch(() => {});
  const state = { isLoaded: false, isInStep: false, hasChanged: false, begun: Promise.resolve() };
  return { map, ready, becomeReady, fail, ...state };
}

function checkName(name: unknown): void {
  if (!isName(name)) throw optionError("map", `text of 1 to ${MAX_STORE_NAME} bytes`, name);
}

function isName(name: unknown): boolean {
  return typeof name === "string" && name !== "" && utf8Size(name) <= MAX_STORE_NAME;
}

function checkEncoding<V>(encoding: TopicEncoding<V>): TopicEncoding<V> {
  if (typeof encoding?.encode === "function" && typeof encoding.decode === "function") {
    return encoding;
  }
  throw optionError("encoding", "an object with functions encode and decode", encoding);
}
