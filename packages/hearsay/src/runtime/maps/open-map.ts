/**
 * How a map becomes ready.
 *
 *     open ──▶ machine ──▶ compared with somebody who has it ──▶ snapshot taken up ──▶ ready
 *                             └─ nobody within some seconds ─────▲
 *
 * What was kept on this machine is taken up after a first comparison: what others have deleted meanwhile is then known as
 * seen, and stays deleted. Each run writes under a name of its own, so that whatever a snapshot has lost, no number
 * is used twice.
 * @module
 */
import type { Rng } from "../../kernel/index.ts";
import { MAP_KIND } from "./map-machine.ts";
import type { MapCarrier, MapHost } from "./map-host.ts";
import type { MapsConfig } from "./map-options.ts";
import type { MapStoreOptions } from "./map-store.ts";
import type { ReplicatedMap } from "./map.ts";
import type { Snapshots } from "./snapshots.ts";

/** Time between two tries to find somebody who has a map. */
export const ASK_MS = 200;
/** After this time nobody is waited for any more. */
const PATIENCE_MS = 3000;
const TWO_32 = 0x1_0000_0000;

/** A map, whatever its type. */
export type AnyMap = Pick<ReplicatedMap, "name" | "view" | "deliver" | "close">;

export interface OpeningPorts {
  readonly host: MapHost;
  readonly snapshots: Snapshots | undefined;
  readonly config: MapsConfig;
  readonly rng: Rng;
}

export class OpenMap {
  readonly map: AnyMap;
  readonly ready: Promise<void>;
  /** Whether what was kept of it has been taken up: before, it is not written over. */
  isLoaded = false;
  isInStep = false;
  hasChanged = false;
  /** Settles when it is ready, or will never be. */
  begun: Promise<void> = Promise.resolve();
  #isEnding = false;
  #becomeReady = (): void => {};
  #fail = (_error: Error): void => {};
  readonly #ports: OpeningPorts;

  constructor(map: AnyMap, ports: OpeningPorts) {
    this.map = map;
    this.#ports = ports;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#fail = reject;
    });
    // Whoever cares awaits it.
    this.ready.catch(() => {});
  }

  /** The node runs. */
  begin(carrier: MapCarrier): void {
    this.begun = this.#begin(carrier);
  }

  /** Nobody is looked for any more. */
  end(): void {
    this.#isEnding = true;
  }

  close(error: Error): void {
    this.map.close();
    this.#fail(error);
  }

  async #begin(carrier: MapCarrier): Promise<void> {
    const { name } = this.map;
    const { host, snapshots, config } = this.#ports;
    const { limits, maxDriftMs, forgetAfterMs } = config;
    const replica = this.#replica();
    const options: MapStoreOptions = { replica, limits, maxDriftMs, forgetAfterMs };
    try {
      host.tellTime();
      await carrier.request((id) => ({ type: "open", id, store: name, kind: MAP_KIND, options }));
      const store = carrier.store(name);
      const saved = store && (await snapshots?.read(store));
      if (saved !== undefined) {
        const patienceMs = carrier.isAlone ? 0 : PATIENCE_MS;
        await host.mutate(carrier, name, { type: "load", saved, patienceMs });
      }
      await this.#findOthers(carrier);
      if (saved !== undefined) await host.mutate(carrier, name, { type: "takeUp" });
      this.isLoaded = true;
      this.#becomeReady();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Until it has been compared with somebody, or nobody is there. */
  async #findOthers(carrier: MapCarrier): Promise<void> {
    const { host } = this.#ports;
    const end = host.now() + PATIENCE_MS;
    while (!this.isInStep && !carrier.isAlone && !this.#isEnding && host.now() < end) {
      await host.reconcile(carrier, this.map.name);
      if (!this.isInStep) await host.pause(ASK_MS);
    }
  }

  /** Short, because every digest has it, and never again the same. */
  #replica(): string {
    const { rng } = this.#ports;
    return `${rng.below(TWO_32).toString(36)}${rng.below(0x1_0000).toString(36)}`;
  }
}
