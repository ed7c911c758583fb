/**
 * Joins: state exchanges that somebody has asked for, some addresses at a time.
 *
 *     waiting ──▶ open ──▶ contacted
 *                  │  ▲└─▶ failed: nobody there, an answer that is none of ours, or tried too often
 *                  ▼  │
 *                 later: the stream was cut off
 *
 * Whoever is joined by hundreds at once cuts streams off, because it has a limit on them. It will have
 * room in a moment, and for all of them if they do not come back at the same one: the wait varies, and
 * doubles each time. That nobody is there, or that it is another cluster, will not change in a moment, and is
 * told at once.
 * @see docs/protocols/healing.md, joins
 * @module
 */
import { Deadlines, later } from "../kernel/index.ts";
import type { Address, ExchangeId, Instant, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { FailedAddress, MembershipOutcome } from "./events.ts";
import type { ExchangeFailure } from "./state-check.ts";

export type JoinsConfig = Pick<MembershipConfig, "joinConcurrency" | "joinTries" | "joinRetryMs">;

export interface JoinsEffects {
  /** Opens an exchange; `handleExchanged` follows, never before this has returned. */
  openExchange(address: Address): ExchangeId;
  notify(outcome: MembershipOutcome): void;
}

interface Join {
  readonly id: number;
  readonly waiting: Address[];
  readonly contacted: Address[];
  readonly failed: FailedAddress[];
  /** Addresses that are being tried, or will be again. */
  open: number;
}

interface Attempt {
  readonly join: Join;
  readonly address: Address;
  readonly tries: number;
}

interface SavedAttempt {
  /** Place in `joins`. */
  readonly join: number;
  readonly address: Address;
  readonly tries: number;
}

export interface SavedJoins {
  readonly joins: readonly Join[];
  readonly open: ReadonlyMap<ExchangeId, SavedAttempt>;
  readonly again: readonly (readonly [attempt: SavedAttempt, at: Instant])[];
}

export class Joins {
  readonly #config: JoinsConfig;
  readonly #byExchange = new Map<ExchangeId, Attempt>();
  readonly #again = new Deadlines<Attempt>();
  #size = 0;

  constructor(config: JoinsConfig) {
    this.#config = config;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#again.next;
  }

  /** Joins under way. */
  get size(): number {
    return this.#size;
  }

  /** Contacts each address, in this order. */
  start(id: number, addresses: readonly Address[], effects: JoinsEffects): void {
    const waiting = [...new Set(addresses)];
    this.#size++;
    this.#proceed({ id, waiting, contacted: [], failed: [], open: 0 }, effects);
  }

  handleExchanged(
    exchange: ExchangeId,
    failure: ExchangeFailure | undefined,
    now: Instant,
    rng: Rng,
    effects: JoinsEffects,
  ): void {
    const attempt = this.#byExchange.get(exchange);
    if (attempt === undefined) return;
    const { join, address, tries } = attempt;
    this.#byExchange.delete(exchange);
    if (failure !== undefined && wasCutOff(failure) && tries < this.#config.joinTries) {
      const most = this.#config.joinRetryMs * (1 << (tries - 1));
      const waitMs = Math.ceil(most / 2) + rng.below(Math.ceil(most / 2));
      return this.#again.set({ join, address, tries: tries + 1 }, later(now, waitMs));
    }
    join.open--;
    if (failure === undefined) join.contacted.push(address);
    else join.failed.push({ address, ...failure });
    this.#proceed(join, effects);
  }

  handleTimeout(now: Instant, effects: JoinsEffects): void {
    for (;;) {
      const attempt = this.#again.takeDue(now);
      if (attempt === undefined) return;
      this.#byExchange.set(effects.openExchange(attempt.address), attempt);
    }
  }

  save(): SavedJoins {
    const joins: Join[] = [];
    const savedOf = ({ join, address, tries }: Attempt): SavedAttempt => {
      if (!joins.includes(join)) joins.push(join);
      return { join: joins.indexOf(join), address, tries };
    };
    const open = new Map(
      [...this.#byExchange].map(([exchange, attempt]) => [exchange, savedOf(attempt)]),
    );
    const again = this.#again.entries().map(([attempt, at]) => [savedOf(attempt), at] as const);
    return { joins: joins.map(copyOf), open, again };
  }

  restore(saved: SavedJoins): void {
    const joins = saved.joins.map(copyOf);
    const attemptOf = ({ join, address, tries }: SavedAttempt): Attempt => {
      return { join: joins[join] as Join, address, tries };
    };
    this.#size = joins.length;
    for (const [exchange, attempt] of saved.open)
      this.#byExchange.set(exchange, attemptOf(attempt));
    for (const [attempt, at] of saved.again) this.#again.set(attemptOf(attempt), at);
  }

  #proceed(join: Join, effects: JoinsEffects): void {
    while (join.open < this.#config.joinConcurrency) {
      const address = join.waiting.shift();
      if (address === undefined) break;
      join.open++;
      this.#byExchange.set(effects.openExchange(address), { join, address, tries: 1 });
    }
    if (join.open > 0) return;
    this.#size--;
    const { id, contacted, failed } = join;
    effects.notify({ type: "joined", id, contacted, failed });
  }
}

function copyOf({ id, waiting, contacted, failed, open }: Join): Join {
  return { id, waiting: [...waiting], contacted: [...contacted], failed: [...failed], open };
}

/** Somebody was there, and had no room or no time for us. */
function wasCutOff({ reason }: ExchangeFailure): boolean {
  return reason === "reset" || reason === "closed";
}
