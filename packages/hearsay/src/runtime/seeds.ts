/**
 * Joining the seeds at start: tried until one answers, at a bounded rate.
 * @module
 */
import type { Address, HearsayError, Instant } from "../kernel/index.ts";
import { later } from "../kernel/index.ts";
import { DEFAULT_PORT } from "./node-options.ts";
import type { Clock, Logger, Resolver } from "./clock.ts";

/** What came of contacting some addresses. */
export interface JoinResult {
  /** Addresses that answered. */
  readonly contacted: readonly Address[];
  readonly failed: readonly { readonly address: string; readonly reason: string }[];
}

export interface SeedsOptions {
  readonly seeds: readonly string[];
  readonly retryMs: number;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly logger: Logger;
  /** Our own address: a seed list that is the same on all nodes holds it, too. */
  readonly self: Address;
  readonly join: (addresses: readonly Address[]) => Promise<JoinResult>;
}

/** The wait between two tries doubles this many times at most. */
const MAX_DOUBLINGS = 5;

export class Seeds {
  readonly #options: SeedsOptions;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #tries = 0;

  constructor(options: SeedsOptions) {
    this.#options = options;
  }

  /** Starts trying; returns at once. */
  start(): void {
    if (this.#options.seeds.length > 0) void this.#try();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #try(): Promise<void> {
    const { logger, self, seeds, join } = this.#options;
    const { addresses, unresolved } = await resolveAll(seeds, this.#options.resolver);
    const others = addresses.filter((address) => address !== self);
    if (this.#stopped) return;
    if (others.length === 0 && addresses.length > 0 && unresolved.length === 0) {
      return logger.info({ seeds }, "the only seed is this node: waiting to be joined");
    }
    const result = await join(others).catch(() => undefined);
    if (this.#stopped || (result !== undefined && result.contacted.length > 0)) return;
    const failed = [...unresolved, ...(result?.failed ?? [])];
    this.#tries++;
    const waitMs = this.#options.retryMs * backoff(this.#tries);
    logger.warn({ failed, retryInMs: waitMs }, "no seed answered; trying again");
    const at: Instant = later(this.#options.clock.now(), waitMs);
    this.#cancel = this.#options.clock.wake(at, () => void this.#try());
  }
}

/** 1, 2, 4, … by doubling. */
function backoff(tries: number): number {
  return 1 << Math.min(tries - 1, MAX_DOUBLINGS);
}

/** Every address of every text, and what could not be resolved. */
export async function resolveAll(
  texts: readonly string[],
  resolver: Resolver,
): Promise<{ addresses: Address[]; unresolved: { address: string; reason: string }[] }> {
  const addresses = new Set<Address>();
  const unresolved: { address: string; reason: string }[] = [];
  for (const text of texts) {
    try {
      for (const address of await resolver.resolve(text, DEFAULT_PORT)) addresses.add(address);
    } catch (error) {
      unresolved.push({ address: text, reason: (error as HearsayError).message });
    }
  }
  return { addresses: [...addresses], unresolved };
}
