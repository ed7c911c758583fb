/**
 * Contacts where they are limited: how many a node has taken in this cycle, whom it calls itself, and how often it
 * may try another.
 *
 *     call ──▶ accept: it is told      refuse: the next is called, until the hunt is over
 *
 * @module
 */
import type { Instant, PeerId } from "../../kernel/index.ts";
import type { RumorConfig } from "./config.ts";

export interface SavedCallers {
  readonly since: Instant;
  readonly accepted: number;
  readonly called: readonly PeerId[];
  readonly hunts: number;
}

export class Callers {
  readonly #config: RumorConfig;
  #since = -Infinity as Instant;
  #accepted = 0;
  /** Those who have not answered yet. */
  #called: PeerId[] = [];
  #hunts = 0;

  constructor(config: RumorConfig) {
    this.#config = config;
  }

  save(): SavedCallers {
    const called = [...this.#called];
    return { since: this.#since, accepted: this.#accepted, called, hunts: this.#hunts };
  }

  restore({ since, accepted, called, hunts }: SavedCallers): void {
    this.#since = since;
    this.#accepted = accepted;
    this.#called = [...called];
    this.#hunts = hunts;
  }

  /** Takes one contact more, if this cycle has room for it. A cycle begins with the first contact in it. */
  accept(now: Instant): boolean {
    const { intervalMs, connectionLimit } = this.#config;
    if (now - this.#since >= intervalMs) {
      this.#since = now;
      this.#accepted = 0;
    }
    if (this.#accepted >= connectionLimit) return false;
    this.#accepted++;
    return true;
  }

  /** Our own cycle begins: who has not answered until now will not. */
  begin(): void {
    this.#called = [];
    this.#hunts = this.#config.huntLimit;
  }

  calls(peer: PeerId): void {
    this.#called.push(peer);
  }

  /** Whether this peer was called and answers now. */
  answers(peer: PeerId): boolean {
    const index = this.#called.indexOf(peer);
    if (index < 0) return false;
    this.#called.splice(index, 1);
    return true;
  }

  /** Whether another may be tried. */
  mayHunt(): boolean {
    return this.#hunts-- > 0;
  }
}
