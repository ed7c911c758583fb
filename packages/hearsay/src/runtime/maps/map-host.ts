/**
 * The node under its maps: its machine, and its clocks.
 * @module
 */
import type { AntiEntropyCommand } from "../../anti-entropy/index.ts";
import { HearsayError, later } from "../../kernel/index.ts";
import type { Instant } from "../../kernel/index.ts";
import type { Clock } from "../clock.ts";
import type { MapMutation } from "./map-events.ts";
import type { MapStore } from "./map-store.ts";

/** Time between two tries to find somebody who has a map, or the copies of a write. */
export const ASK_MS = 200;

/** The machine of a node that runs. */
export interface MapCarrier {
  request(command: (id: number) => AntiEntropyCommand & { readonly id: number }): Promise<unknown>;
  /** A command that nobody answers. */
  tell(command: AntiEntropyCommand): void;
  store(name: string): MapStore | undefined;
  /** Whether there is nobody to wait for. */
  readonly isAlone: boolean;
}

export class MapHost {
  /** While the node runs. */
  carrier: MapCarrier | undefined;
  readonly #clock: Clock;
  /** The wall clock when the monotonic one was 0, for hosts that have no more than the second of their boot. */
  readonly #wallOrigin: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallOrigin = 1000 * clock.epochSeconds() - clock.now();
  }

  /** @throws HearsayError `ERR_STATE` */
  need(): MapCarrier {
    if (this.carrier !== undefined) return this.carrier;
    throw new HearsayError("ERR_STATE", "the node is not running: call start() first");
  }

  store(name: string): MapStore | undefined {
    return this.carrier?.store(name);
  }

  mutate(carrier: MapCarrier, store: string, mutation: MapMutation): Promise<unknown> {
    const wallMs = this.wallMs();
    return carrier.request((id) => ({ type: "mutate", id, store, mutation, wallMs }));
  }

  /** Compares a map with somebody who has it, if there is anybody. */
  reconcile(carrier: MapCarrier, store: string): Promise<unknown> {
    return carrier.request((id) => ({ type: "reconcile", id, store }));
  }

  tellTime(): void {
    this.carrier?.tell({ type: "clock", wallMs: this.wallMs() });
  }

  now(): Instant {
    return this.#clock.now();
  }

  wallMs(): number {
    return this.#clock.wallMs?.() ?? this.#wallOrigin + this.#clock.now();
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.wakeAfter(ms, resolve));
  }

  /** Calls back once; the returned function takes that back. */
  wakeAfter(ms: number, wake: () => void): () => void {
    return this.#clock.wake(later(this.#clock.now(), ms), wake);
  }
}
