/**
 * What a node shares with others: the maps, sets and counters that its application has opened.
 *
 *     node.map ──▶ Maps ──▶ OpenMap ──▶ ready            MapWrites ──▶ machine ──▶ events ──▶ Maps ──▶ watchers
 *                   └─ every so often ──▶ Snapshots
 *
 * A name is one thing: who opens it as another kind is told, and so are nodes that differ.
 * @module
 */
import type { Crc32 } from "../../codec/index.ts";
import { HearsayError, optionError } from "../../kernel/index.ts";
import type { NodeEvent, Rng } from "../../kernel/index.ts";
import type { Clock } from "../clock.ts";
import type { EventBuffer } from "../emitter.ts";
import type { Facet } from "../facet.ts";
import type { TopicEncoding } from "../topic-encoding.ts";
import { ClockReports } from "./clock-reports.ts";
import { ReplicatedCounter } from "./counter.ts";
import { KindReports, wordsOf } from "./kind-reports.ts";
import { checkName, kindOf, KINDS, readStoreName, storeNameOf } from "./kinds/kinds.ts";
import type { MapKind } from "./kinds/map-kind.ts";
import type { MapEvent } from "./map-events.ts";
import { MapHost } from "./map-host.ts";
import type { MapCarrier } from "./map-host.ts";
import type { ResolvedMaps } from "./map-options.ts";
import { MapWrites } from "./map-writes.ts";
import { ReplicatedMap } from "./map.ts";
import type { MergeValues } from "./map.ts";
import { OpenMap } from "./open-map.ts";
import type { AnyShared } from "./open-map.ts";
import { ReplicatedSet } from "./set.ts";
import type { MapView, SharedPorts } from "./shared-value.ts";
import { Snapshots } from "./snapshots.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface MapOptions<V> {
  /** Two functions between a value and its bytes; the same on every node. @default JSON */
  readonly encoding?: TopicEncoding<V>;
  /**
   * What becomes of two writes of a key that do not know of each other; the same on every node. `last-writer-wins`: the later one
   * stays, and nobody is told of the other. `observed-remove`: both values stay until somebody who has seen them writes, and
   * a value survives a deletion by somebody who had not seen it. @default what it is open as, or else "last-writer-wins"
   */
  readonly conflict?: "last-writer-wins" | "observed-remove";
  /**
   * With `observed-remove`: what `get`, `entries` and watchers are given where there are several values. It is asked when they are
   * read, and nothing is written: the next `set` settles it for all. The same values must give the same in any order.
   * @default the latest
   */
  readonly merge?: MergeValues<V>;
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

/** Maps, sets and counters that a node opens. */
const MAX_MAPS = 1024;

export class Maps implements Facet {
  readonly #ports: MapsPorts;
  readonly #host: MapHost;
  readonly #writes: MapWrites;
  readonly #clocks: ClockReports;
  readonly #kinds: KindReports;
  /** By what each is called in the cluster. */
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
    this.#kinds = new KindReports(trouble);
    this.#snapshots =
      store && new Snapshots({ store, trouble, crc32, wallMs: () => this.#host.wallMs() });
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_KIND`, `ERR_QUEUE_FULL` */
  map<V>(name: string, options: MapOptions<V>): ReplicatedMap<V> {
    const { encoding, conflict, merge } = options;
    const kind = kindOf(checkConflict(conflict, merge));
    checkName(kind, name);
    if (encoding !== undefined) checkEncoding(encoding);
    const known = this.#named(name);
    const isOfKind = conflict === undefined || conflict === known?.kind.label;
    if (known?.shared instanceof ReplicatedMap && isOfKind) {
      const map = known.shared as ReplicatedMap<V>;
      map.form({ encoding, merge });
      return map;
    }
    return this.#opened(kind, name, (ports) => {
      return new ReplicatedMap<V>(name, { encoding, merge }, ports);
    });
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_KIND`, `ERR_QUEUE_FULL` */
  set(name: string): ReplicatedSet {
    const kind = kindOf("set");
    checkName(kind, name);
    const known = this.#named(name)?.shared;
    if (known instanceof ReplicatedSet) return known;
    return this.#opened(kind, name, (ports) => new ReplicatedSet(name, ports));
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_KIND`, `ERR_QUEUE_FULL` */
  counter(name: string): ReplicatedCounter {
    const kind = kindOf("counter");
    checkName(kind, name);
    const known = this.#named(name)?.shared;
    if (known instanceof ReplicatedCounter) return known;
    return this.#opened(kind, name, (ports) => new ReplicatedCounter(name, ports));
  }

  views(): MapView[] {
    return [...this.#open.values()].map(({ shared }) => shared.view());
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
        open.shared.deliver(event);
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
        this.#clocks.fromFuture(
          readStoreName(event.map)?.name ?? event.map,
          event.rows,
          this.#host.now(),
        );
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

  /** What is open of this name, whatever its kind. */
  #named(name: string): OpenMap | undefined {
    for (const kind of KINDS) {
      const open = this.#open.get(storeNameOf(kind, name));
      if (open !== undefined) return open;
    }
    return undefined;
  }

  #opened<S extends AnyShared>(kind: MapKind, name: string, make: (ports: SharedPorts) => S): S {
    const known = this.#named(name);
    if (known !== undefined) {
      const message = `${JSON.stringify(name)} is open already, as ${wordsOf(known.kind)}, and cannot be ${wordsOf(kind)}`;
      const details = { expected: known.kind.label, received: kind.label };
      throw new HearsayError("ERR_KIND", message, details);
    }
    if (this.#open.size >= MAX_MAPS) {
      throw new HearsayError(
        "ERR_QUEUE_FULL",
        `${MAX_MAPS} maps, sets and counters are open already`,
      );
    }
    const { rng, options } = this.#ports;
    const ports = { host: this.#host, snapshots: this.#snapshots, config: options.config, rng };
    const open = new OpenMap(name, kind, (one) => make(this.#portsOf(one, name)), ports);
    this.#open.set(open.store, open);
    if (this.#host.carrier !== undefined) open.begin(this.#host.carrier);
    return open.shared;
  }

  #portsOf(open: OpenMap, name: string): SharedPorts {
    const { undecodable, onError, buffer } = this.#ports;
    return {
      kind: open.kind.label,
      write: (asked, options) => this.#writes.write(open.store, asked, options),
      store: () => this.#host.store(open.store),
      ready: () => open.ready,
      undecodable: (key, error) => undecodable(name, key, error),
      onError,
      buffer,
    };
  }

  async #openKept(): Promise<void> {
    for (const store of (await this.#snapshots?.maps()) ?? []) this.#heardOf(store);
  }

  /**
   * Somebody speaks of what is not here: who holds all takes it up, unless the name is something else here. A name that is none
   * comes from somebody who lies, or from a later version.
   */
  #heardOf(store: string): void {
    const read = readStoreName(store);
    if (read === undefined) return;
    const { kind, name } = read;
    const known = this.#named(name);
    if (known !== undefined) {
      if (known.kind !== kind) this.#kinds.differs(name, known.kind, kind);
      return;
    }
    if (!this.#ports.options.holdAll || this.#open.size >= MAX_MAPS) return;
    if (kind.label === "set") this.set(name);
    else if (kind.label === "counter") this.counter(name);
    else this.map(name, { conflict: kind.label });
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
      const store = this.#host.store(open.store);
      if (store === undefined || !open.hasChanged || !open.isLoaded) continue;
      open.hasChanged = false;
      if (!(await snapshots.write(store))) open.hasChanged = true;
    }
    this.#isWriting = false;
  }
}

/** @throws HearsayError `ERR_OPTION` */
function checkConflict<V>(
  conflict: MapOptions<V>["conflict"] = "last-writer-wins",
  merge: MergeValues<V> | undefined,
): "last-writer-wins" | "observed-remove" {
  if (conflict !== "last-writer-wins" && conflict !== "observed-remove") {
    throw optionError("conflict", '"last-writer-wins" or "observed-remove"', conflict);
  }
  if (merge === undefined) return conflict;
  if (typeof merge !== "function") throw optionError("merge", "a function", merge);
  if (conflict === "observed-remove") return conflict;
  throw optionError("merge", "none where the last writer wins", "a function");
}

function checkEncoding<V>(encoding: TopicEncoding<V>): void {
  if (typeof encoding?.encode === "function" && typeof encoding.decode === "function") return;
  throw optionError("encoding", "an object with functions encode and decode", encoding);
}
