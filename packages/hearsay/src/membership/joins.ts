/**
 * Joins: state exchanges that somebody has asked for, some addresses at a time.
 * @module
 */
import type { Address, ExchangeId } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { FailedAddress, MembershipOutcome } from "./events.ts";
import type { ExchangeFailure } from "./state-check.ts";

export type JoinsConfig = Pick<MembershipConfig, "joinConcurrency">;

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
  open: number;
}

export class Joins {
  readonly #config: JoinsConfig;
  readonly #byExchange = new Map<ExchangeId, { readonly join: Join; readonly address: Address }>();

  constructor(config: JoinsConfig) {
    this.#config = config;
  }

  /** Contacts each address once, in this order. */
  start(id: number, addresses: readonly Address[], effects: JoinsEffects): void {
    const waiting = [...new Set(addresses)];
    this.#proceed({ id, waiting, contacted: [], failed: [], open: 0 }, effects);
  }

  handleExchanged(
    exchange: ExchangeId,
    failure: ExchangeFailure | undefined,
    effects: JoinsEffects,
  ): void {
    const entry = this.#byExchange.get(exchange);
    if (entry === undefined) return;
    const { join, address } = entry;
    this.#byExchange.delete(exchange);
    join.open--;
    if (failure === undefined) join.contacted.push(address);
    else join.failed.push({ address, ...failure });
    this.#proceed(join, effects);
  }

  #proceed(join: Join, effects: JoinsEffects): void {
    while (join.open < this.#config.joinConcurrency) {
      const address = join.waiting.shift();
      if (address === undefined) break;
      join.open++;
      this.#byExchange.set(effects.openExchange(address), { join, address });
    }
    if (join.open > 0) return;
    const { id, contacted, failed } = join;
    effects.notify({ type: "joined", id, contacted, failed });
  }
}
