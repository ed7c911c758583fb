/**
 * The seeds: joined at start, tried until one answers; resolved anew whenever membership asks for them.
 *
 *     start ──▶ joining ──one has answered──▶ joined ──"seeds wanted"──▶ resolved ──▶ ask
 *                │  ▲                           ▲                                     │
 *                └──┘ none: after a while       └─────────────────────────────────────┘
 * @module
 */
import type { Address, HearsayError, Instant, Rng } from "../kernel/index.ts";
import { later } from "../kernel/index.ts";
import { DEFAULT_PORT } from "./node-options.ts";
import type { Clock, Logger, Resolver } from "./clock.ts";

/** What came of contacting some addresses. */
export interface JoinResult {
  /** Addresses that answered. */
  readonly contacted: readonly Address[];
  readonly failed: readonly {
    readonly address: string;
    readonly reason: string;
    readonly detail?: string;
  }[];
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
  /** Tells membership where the seeds are now. */
  readonly ask: (addresses: readonly Address[]) => void;
  readonly rng: Pick<Rng, "unit">;
}

/** The wait between two tries doubles this many times at most. */
const MAX_DOUBLINGS = 5;

export class Seeds {
  readonly #options: SeedsOptions;
  #cancel: (() => void) | undefined;
  #stopped = false;
  /** Seeds are being resolved, or tried at start: a further wish waits for none. */
  #busy = false;
  #tries = 0;

  constructor(options: SeedsOptions) {
    this.#options = options;
  }

  /** Starts trying; returns at once. */
  start(): void {
    if (this.#options.seeds.length > 0) void this.#try();
  }

  /** Membership would ask the seeds for members that it has lost or does not know. */
  async wanted(): Promise<void> {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    const { seeds, resolver, logger, ask } = this.#options;
    const { addresses, unresolved } = await resolveAll(seeds, resolver);
    this.#busy = false;
    if (this.#stopped) return;
    if (unresolved.length > 0) logger.debug({ unresolved }, "not all seeds could be resolved");
    ask(addresses);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #try(): Promise<void> {
    const { logger, self, seeds, join } = this.#options;
    this.#busy = true;
    const { addresses, unresolved } = await resolveAll(seeds, this.#options.resolver);
    const others = addresses.filter((address) => address !== self);
    if (this.#stopped) return;
    if (others.length === 0 && addresses.length > 0 && unresolved.length === 0) {
      this.#busy = false;
      return logger.info({ seeds }, "the only seed is this node: waiting to be joined");
    }
    const result = await join(others).catch(() => undefined);
    this.#busy = result === undefined || result.contacted.length === 0;
    if (this.#stopped || !this.#busy) return;
    const failed = [...unresolved, ...(result?.failed ?? [])];
    this.#tries++;
    // Nodes that a failure has stopped start together: they must not come back together.
    const jitter = 0.5 + this.#options.rng.unit() / 2;
    const waitMs = Math.ceil(this.#options.retryMs * backoff(this.#tries) * jitter);
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
