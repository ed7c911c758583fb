/**
 * Tells the application what has become of keys, and knows when the next of them ends by itself.
 * @module
 */
import { earlier, NEVER } from "../kernel/index.ts";
import type { Instant, TenantEffects } from "../kernel/index.ts";
import type { StateChanged, StateLoss } from "./events.ts";
import type { KeyChange, OwnerState, StateEntry } from "./owner-state.ts";
import type { StateTable } from "./state-table.ts";
import type { StateMessage } from "./wire.ts";

type Effects = TenantEffects<StateMessage>;

export class Teller {
  readonly #self: string;
  readonly #table: StateTable;
  /** The first end of a key with a time to live; too early, if that key was written over. */
  expiryAt: Instant = NEVER;

  constructor(self: string, table: StateTable) {
    this.#self = self;
    this.#table = table;
  }

  /** Keys of an owner have changed at `at`; `why` is why those without a value have none. */
  tell(
    owner: string,
    changes: readonly KeyChange[],
    why: StateLoss,
    at: Instant,
    effects: Effects,
  ): void {
    const { generation = 0, version: latest = 0 } = this.#table.owners.get(owner) ?? {};
    for (const { before, after } of changes) {
      const { key, version = latest } = after ?? { key: (before as StateEntry).key };
      const value = after === undefined || after.expiresAt <= at ? undefined : after.value;
      if (after !== undefined && value !== undefined) {
        this.expiryAt = earlier(this.expiryAt, after.expiresAt);
      }
      // What had ended before was told when it did.
      const had = before?.value !== undefined && (before.expiresAt > at || why === "expired");
      if (value === undefined && !had) continue;
      const reason = value === undefined ? why : "set";
      effects.notify<StateChanged>({
        type: "stateChanged",
        owner,
        key,
        value,
        generation,
        version,
        reason,
      });
    }
  }

  /** Tells of others' keys whose time is over; returns our own, for us to delete. */
  expire(now: Instant, effects: Effects): StateEntry[] {
    const over = this.expiryAt;
    this.expiryAt = NEVER;
    const own: StateEntry[] = [];
    for (const { owner, entries } of this.#table.owners.values()) {
      const ended: KeyChange[] = [];
      for (const entry of entries.values()) {
        const { expiresAt, value } = entry;
        if (value === undefined || expiresAt === NEVER) continue;
        if (now < expiresAt) this.expiryAt = earlier(this.expiryAt, expiresAt);
        else if (owner === this.#self) own.push(entry);
        else if (expiresAt >= over) ended.push({ before: entry, after: undefined });
      }
      if (this.#table.isLive(owner)) this.tell(owner, ended, "expired", over, effects);
    }
    return own;
  }
}

/** All keys of a member that is back, as if they were set now. */
export function reread({ entries }: OwnerState): KeyChange[] {
  return [...entries.values()].map((after) => ({ before: undefined, after }));
}

/** All keys of a member that is gone. */
export function lostKeys({ entries }: OwnerState): KeyChange[] {
  return [...entries.values()].map((before) => ({ before, after: undefined }));
}
