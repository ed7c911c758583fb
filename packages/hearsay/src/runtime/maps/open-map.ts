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
import { storeNameOf } from "./kinds/kinds.ts";
import type { MapKind } from "./kinds/map-kind.ts";
import { ASK_MS } from "./map-host.ts";
import type { MapCarrier, MapHost } from "./map-host.ts";
import type { MapsConfig } from "./map-options.ts";
import type { MapStoreOptions } from "./map-store.ts";
import type { ReplicatedMap } from "./map.ts";
import type { Snapshots } from "./snapshots.ts";

/** After this time nobody is waited for any more. */
const PATIENCE_MS = 3000;
const TWO_32 = 0x1_0000_0000;

/** What an application holds, whatever its type. */
export type AnyShared = Pick<ReplicatedMap, "name" | "view" | "deliver" | "close">;

export interface OpeningPorts {
  readonly host: MapHost;
  readonly snapshots: Snapshots | undefined;
  readonly config: MapsConfig;
  readonly rng: Rng;
}

export class OpenMap<S extends AnyShared = AnyShared> {
  readonly kind: MapKind;
  /** What it is called in the cluster. */
  readonly store: string;
  readonly shared: S;
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

  /** `make` makes what the application holds. */
  constructor(name: string, kind: MapKind, make: (open: OpenMap) => S, ports: OpeningPorts) {
    this.kind = kind;
    this.store = storeNameOf(kind, name);
    this.shared = make(this);
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
    this.shared.close();
    this.#fail(error);
  }

  async #begin(carrier: MapCarrier): Promise<void> {
    const { kind, store: name } = this;
    const { host, snapshots, config } = this.#ports;
    const { limits, maxDriftMs, forgetAfterMs } = config;
    const replica = this.#replica();
    const options: MapStoreOptions = { replica, limits, maxDriftMs, forgetAfterMs };
    try {
      host.tellTime();
      await carrier.request((id) => ({ type: "open", id, store: name, kind: kind.name, options }));
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
      await host.reconcile(carrier, this.store);
      if (!this.isInStep) await host.pause(ASK_MS);
    }
  }

  /** Short, because every digest has it, and never again the same. */
  #replica(): string {
    const { rng } = this.#ports;
    return `${rng.below(TWO_32).toString(36)}${rng.below(0x1_0000).toString(36)}`;
  }
}
