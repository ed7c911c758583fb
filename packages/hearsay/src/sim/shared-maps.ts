/**
 * A map that nodes of a cluster in virtual time share: the same machine as a node on sockets, and what an application
 * does around it.
 *
 *     start ──▶ open ──▶ load what was kept        every 5 s ──▶ what time it is
 *     kill  ──▶ what is kept: a snapshot, as it would be in a file
 *
 * @module
 */
import type { AntiEntropy, AntiEntropyCommand } from "../anti-entropy/index.ts";
import { encodeUtf8 } from "../codec/index.ts";
import { readSnapshot, snapshotPieces } from "../crdt/index.ts";
import type { PNCounter } from "../crdt/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { NodeEvent, Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import { kindOf, mapMachine, storeNameOf } from "../runtime/index.ts";
import type {
  KindLabel,
  LastWriterMap,
  MapKind,
  MapMutation,
  MapStore,
  MapStoreOptions,
  ObservedRemoveMap,
} from "../runtime/index.ts";
import type { PartChecker } from "./checkers/checker.ts";
import { Convergence } from "./checkers/convergence.ts";
import { Counts } from "./checkers/counts.ts";
import { KeptValues } from "./checkers/kept-values.ts";
import type { NodeContext } from "./node-spec.ts";
import type { World } from "./world.ts";

/** What looks whether a map keeps its promise. */
export interface MapChecker extends PartChecker {
  started(node: string): void;
  /** What is wrong with what a node tells. */
  event(node: string, event: NodeEvent): string | undefined;
  /** What is wrong with the maps of those that live, when faults are over. */
  differences(live: readonly string[]): string[];
  /** What one who lives has, in some words. */
  contents(live: readonly string[]): string;
}

/** The one map that all of them have open. */
const MAP = "map";

const CLOCK_MS = 5000;
const PATIENCE_MS = 3000;
const PACKET_BYTES = 1200;

export interface SharedMapsOptions {
  /** @default "last-writer-wins" */
  readonly kind?: KindLabel;
  readonly maxDriftMs?: number;
  readonly forgetAfterMs?: number;
}

export class SharedMaps {
  readonly #options: SharedMapsOptions;
  readonly #kind: MapKind;
  /** What the map is called in the cluster. */
  readonly #store: string;
  /** Of each node's latest run. */
  readonly #machines = new Map<string, AntiEntropy>();
  readonly #runs = new Map<string, number>();
  #world: World | undefined;
  #ids = 0;

  constructor(options: SharedMapsOptions = {}) {
    this.#options = options;
    this.#kind = kindOf(options.kind ?? "last-writer-wins");
    this.#store = storeNameOf(this.#kind, MAP);
  }

  /** The world whose nodes these are, before the first of them starts. */
  began(world: World): void {
    this.#world = world;
  }

  tenant(node: string, context: NodeContext, { sampler }: Membership): Tenant {
    const { name, address, peers, epochSeconds } = context;
    const epoch = Math.max(0, epochSeconds);
    const machine = mapMachine({ name, address, peers, sampler, epoch }, {}, PACKET_BYTES);
    this.#machines.set(node, machine);
    return machine as unknown as Tenant;
  }

  /** A run of a node begins; `kept` is what an earlier one has left. */
  started(node: string, kept: Uint8Array | undefined): void {
    const run = (this.#runs.get(node) ?? 0) + 1;
    this.#runs.set(node, run);
    const { maxDriftMs = 60_000, forgetAfterMs = 86_400_000 } = this.#options;
    const replica = `${node}.${run}`;
    const options: MapStoreOptions = { replica, limits: {}, maxDriftMs, forgetAfterMs };
    this.#need().after(0, () => {
      if (!this.#isRun(node, run)) return;
      this.#tellTime(node, run);
      this.#command(node, {
        type: "open",
        id: ++this.#ids,
        store: this.#store,
        kind: this.#kind.name,
        options,
      });
      if (kept !== undefined) this.#load(node, kept);
    });
  }

  /** What a process that ends now leaves in its file. */
  kept(node: string): Uint8Array | undefined {
    const store = this.storeOf(node);
    if (store === undefined) return undefined;
    const head = { of: this.#store, writtenAtMs: 0 };
    const form = { value: this.#kind.value, limits: store.map.limits };
    return concatenated([...snapshotPieces(store.map.save(), head, form)]);
  }

  /** Of a set, `key` is the element; of a counter, `value` is how much more. */
  set(node: string, key: string, value: string): void {
    if (this.#kind.label === "counter") {
      const amount = Number(value);
      if (Number.isSafeInteger(amount))
        return this.#mutate(node, { type: "add", amount, awaited: undefined });
      throw new HearsayError("ERR_STATE", `a counter counts by whole numbers, not by ${value}`);
    }
    this.#mutate(node, { type: "set", key, value: encodeUtf8(value), awaited: undefined });
  }

  delete(node: string, key: string): void {
    if (this.#kind.label === "counter") {
      throw new HearsayError("ERR_STATE", "there is nothing to delete in a counter");
    }
    this.#mutate(node, { type: "delete", key, awaited: undefined });
  }

  /** The map as the latest run of a node has it. */
  storeOf(node: string): MapStore | undefined {
    return this.#machines.get(node)?.store(this.#store) as MapStore | undefined;
  }

  /** Of this kind of map. */
  checker(): MapChecker {
    const storeOf = (node: string): unknown => this.storeOf(node);
    switch (this.#kind.label) {
      case "last-writer-wins":
        return new Convergence(storeOf as (node: string) => MapStore<LastWriterMap> | undefined);
      case "observed-remove":
      case "set":
        return new KeptValues(storeOf as (node: string) => MapStore<ObservedRemoveMap> | undefined);
      case "counter":
        return new Counts(storeOf as (node: string) => MapStore<PNCounter> | undefined);
    }
  }

  #load(node: string, bytes: Uint8Array): void {
    const limits = this.storeOf(node)?.map.limits;
    if (limits === undefined) return;
    const { saved } = readSnapshot(bytes, { value: this.#kind.value, limits });
    this.#mutate(node, { type: "load", saved, patienceMs: PATIENCE_MS });
  }

  #tellTime(node: string, run: number): void {
    const world = this.#need();
    if (!this.#isRun(node, run)) return;
    this.#command(node, { type: "clock", wallMs: world.wallMsOf(node) });
    world.after(CLOCK_MS, () => this.#tellTime(node, run));
  }

  #mutate(node: string, mutation: MapMutation): void {
    const wallMs = this.#need().wallMsOf(node);
    this.#command(node, { type: "mutate", id: ++this.#ids, store: this.#store, mutation, wallMs });
  }

  #command(node: string, command: AntiEntropyCommand): void {
    this.#need().command(node, "antiEntropy", command);
  }

  #isRun(node: string, run: number): boolean {
    return this.#runs.get(node) === run && this.#need().isAlive(node);
  }

  #need(): World {
    if (this.#world === undefined) throw new Error("BUG: no world yet");
    return this.#world;
  }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
