/**
 * Letters on their way out: one message to many, so many packets at a time, so that a large cluster's mail does not
 * overflow the sockets on its way.
 * @module
 */
import { later, NEVER } from "../../kernel/index.ts";
import type { Instant, Message, PeerId, TenantEffects } from "../../kernel/index.ts";

export interface PostmanLimits {
  /** Packets sent at once. */
  readonly burst: number;
  /** Ms until the next. */
  readonly burstMs: number;
}

interface Mailing<M> {
  readonly message: M;
  readonly to: readonly PeerId[];
  /** How many of them have been sent it. */
  sent: number;
}

export interface SavedPostman<M> {
  readonly mailings: readonly Mailing<M>[];
  readonly deadline: Instant;
}

/** Messages that wait to be sent to the rest of their receivers. */
export const MAX_MAILINGS = 256;

export class Postman<M extends Message> {
  readonly #limits: PostmanLimits;
  #mailings: Mailing<M>[] | undefined;
  deadline: Instant = NEVER;

  constructor(limits: PostmanLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return (this.#mailings?.length ?? 0) >= MAX_MAILINGS;
  }

  /** Sends to the first at once, to the others when it is their turn. */
  post(message: M, to: readonly PeerId[], now: Instant, effects: TenantEffects<M>): void {
    (this.#mailings ??= []).push({ message, to, sent: 0 });
    if (this.deadline === NEVER) this.#deliver(now, effects);
  }

  onTimeout(now: Instant, effects: TenantEffects<M>): void {
    if (now >= this.deadline) this.#deliver(now, effects);
  }

  save(): SavedPostman<M> {
    const mailings: Mailing<M>[] = [];
    for (const mailing of this.#mailings ?? []) mailings.push({ ...mailing });
    return { mailings, deadline: this.deadline };
  }

  restore({ mailings, deadline }: SavedPostman<M>): void {
    this.#mailings = [];
    for (const mailing of mailings) this.#mailings.push({ ...mailing });
    this.deadline = deadline;
  }

  #deliver(now: Instant, effects: TenantEffects<M>): void {
    const mailings = this.#mailings ?? [];
    let left = this.#limits.burst;
    while (left > 0) {
      const [mailing] = mailings;
      if (mailing === undefined) break;
      const { message, to } = mailing;
      for (; left > 0 && mailing.sent < to.length; left--) {
        effects.send(to[mailing.sent++] as PeerId, message);
      }
      if (mailing.sent >= to.length) mailings.shift();
    }
    this.deadline = mailings.length > 0 ? later(now, this.#limits.burstMs) : NEVER;
  }
}
