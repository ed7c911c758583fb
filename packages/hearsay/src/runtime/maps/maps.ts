/**
 * The maps of a node: those that its application has opened.
 *
 *     node.map ──▶ Maps ──▶ OpenMap ──▶ ready            MapWrites ──▶ machine ──▶ events ──▶ Maps ──▶ watchers
 *                   └─ every so often ──▶ Snapshots
 *
 * @module
 */
import { MAX_STORE_NAME } from "../../anti-entropy/index.ts";
import { utf8Size } from "../../codec/index.ts";
import type { Crc32 } from "../../codec/index.ts";
import { HearsayError, optionError } from "../../kernel/index.ts";
import type { NodeEvent, Rng } from "../../kernel/index.ts";
import type { Clock } from "../clock.ts";
import type { EventBuffer } from "../emitter.ts";
import type { Facet } from "../facet.ts";
import { jsonEncoding } from "../topic-encoding.ts";
import type { TopicEncoding } from "../topic-encoding.ts";
import { ClockReports } from "./clock-reports.ts";
import type { MapEvent } from "./map-events.ts";
import { MapHost } from "./map-host.ts";
import type { MapCarrier } from "./map-host.ts";
import type { ResolvedMaps } from "./map-options.ts";
import { MapWrites } from "./map-writes.ts";
import { ReplicatedMap } from "./map.ts";
import type { MapView } from "./map.ts";
import { OpenMap } from "./open-map.ts";
import { Snapshots } from "./snapshots.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface MapOptions<V> {
  /** Two functions between a value and its bytes; the same on every node. @default JSON */
  readonly encoding?: TopicEncoding<V>;
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

export class Maps implements Facet {
  readonly #ports: MapsPorts;
  readonly #host: MapHost;
  readonly #writes: MapWrites;
  readonly #clocks: ClockReports;
  readonly #open = new Map<string, OpenMap>();
  readonly #snapshots: Snapshots | undefined;
  #isWriting = false;
  #isEnding = false;
  #disarm: () => void = () => {};

  constructor(ports: MapsPorts) {
    const { snapshots: store, clock, crc32, trouble } = ports;
    this.#ports = ports;
    this.#host = new MapHost(clock);
    this.#writes = new MapWrites(this.#host);
    this.#clocks = new ClockReports(trouble);
    this.#snapshots =
      store && new Snapshots({ store, trouble, crc32, wallMs: () => this.#host.wallMs() });
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
      write: (...asked) => this.#writes.write(...asked),
      store: (of) => this.#host.store(of),
      ready: (of) => this.#open.get(of)?.ready ?? Promise.resolve(),
      undecodable: this.#ports.undecodable,
      onError: this.#ports.onError,
      buffer: this.#ports.buffer,
    });
    const { rng, options } = this.#ports;
    const open = new OpenMap(map, {
      host: this.#host,
      snapshots: this.#snapshots,
      config: options.config,
      rng,
    });
    this.#open.set(name, open);
    if (this.#host.carrier !== undefined) open.begin(this.#host.carrier);
    return map;
  }

  views(): MapView[] {
    return [...this.#open.values()].map(({ map }) => map.view());
  }

  /** With `holdAll`, what is kept on this machine is opened by that. */
  start(): void {
    const carrier = this.#ports.carrier();
    this.#host.carrier = carrier;
    for (const open of this.#open.values()) open.begin(carrier);
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
        this.#writes.kept(event.ticket);
        return true;
      case "storeUnknown":
        this.#heardOf(event.store);
        return true;
      case "mapClockOff":
        this.#clocks.off(event.offMs);
        return true;
      case "mapFromFuture":
        this.#clocks.fromFuture(event.map, event.rows, this.#host.now());
        return true;
      default:
        return false;
    }
  }

  /** The last snapshots, before the node stops. */
  async flush(): Promise<void> {
    this.#disarm();
    this.#isEnding = true;
    for (const open of this.#open.values()) open.end();
    await Promise.all([...this.#open.values()].map(({ begun }) => begun));
    while (this.#isWriting) await this.#host.pause(1);
    await this.#writeChanged();
  }

  close(error: Error): void {
    this.#host.carrier = undefined;
    this.#disarm();
    for (const open of this.#open.values()) open.close(error);
    this.#writes.close(error);
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

  /** Every so often: what time it is, and snapshots of what has changed. */
  #arm(): void {
    this.#disarm();
    this.#disarm = this.#host.wakeAfter(this.#ports.options.snapshotEveryMs, () => {
      if (this.#host.carrier === undefined || this.#isEnding) return;
      if (this.#open.size > 0) this.#host.tellTime();
      if (!this.#isWriting) void this.#writeChanged();
      this.#arm();
    });
  }

  async #writeChanged(): Promise<void> {
    const snapshots = this.#snapshots;
    if (snapshots === undefined) return;
    this.#isWriting = true;
    for (const open of this.#open.values()) {
      const store = this.#host.store(open.map.name);
      if (store === undefined || !open.hasChanged || !open.isLoaded) continue;
      open.hasChanged = false;
      if (!(await snapshots.write(store))) open.hasChanged = true;
    }
    this.#isWriting = false;
  }
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
