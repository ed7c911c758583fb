/**
 * What may be said in one round: answers and bytes. Whoever asks for more waits for the next.
 * @module
 */

export type AllowanceLimits = {
  readonly maxAnswers: number;
  readonly maxRoundBytes: number;
};

export type SavedAllowance = readonly [answers: number, bytes: number];

export class Allowance {
  readonly #limits: AllowanceLimits;
  #answers = 0;
  #bytes = 0;

  constructor(limits: AllowanceLimits) {
    this.#limits = limits;
  }

  /** A new round. */
  renew(): void {
    this.#answers = 0;
    this.#bytes = 0;
  }

  takeAnswer(): boolean {
    if (this.#answers >= this.#limits.maxAnswers) return false;
    this.#answers++;
    return true;
  }

  takeBytes(bytes: number): boolean {
    if (this.#bytes + bytes > this.#limits.maxRoundBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  save(): SavedAllowance {
    return [this.#answers, this.#bytes];
  }

  restore([answers, bytes]: SavedAllowance): void {
    this.#answers = answers;
    this.#bytes = bytes;
  }
}
