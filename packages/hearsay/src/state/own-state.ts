/**
 * What is ours to say: our own keys, and the number of the run that we say them in.
 *
 *     set · delete ──▶ write ──▶ table ──▶ told to the application
 *     a key's time is over ──▶ write, as deleted
 *     somebody has more of ours than we wrote ──▶ a run behind that one, with the keys of this one
 *
 * @module
 */
import { assertNever, later, NEVER } from "../kernel/index.ts";
import type { Instant, Rng, TenantEffects } from "../kernel/index.ts";
import type { StateConfig } from "./config.ts";
import type { StateCommand, StateDefended } from "./events.ts";
import { entryBytes } from "./owner-state.ts";
import type { StateTable } from "./state-table.ts";
import type { Teller } from "./teller.ts";
import type { Digest, StateMessage } from "./wire.ts";

type Effects = TenantEffects<StateMessage>;
type Write = Exclude<StateCommand, { readonly type: "seeds" }>;

export interface OwnStateOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: our first generation. */
  readonly epoch: number;
  readonly table: StateTable;
  readonly teller: Teller;
  readonly config: StateConfig;
}

export interface SavedOwnState {
  readonly generation: number;
  readonly bootedAt: Instant;
  readonly defendedAt: Instant;
  readonly firstVersion: number;
}

/** Seconds that a generation may be ahead of our clock: somebody whose clock is wrong is not believed for ever. */
export const MAX_GENERATION_AHEAD = 86_400;
/** A version beyond this was not come to by writing. */
const LARGEST_VERSION = 0x1_0000_0000_0000;

export class OwnState {
  readonly #name: string;
  readonly #epoch: number;
  readonly #table: StateTable;
  readonly #teller: Teller;
  readonly #config: StateConfig;
  #generation: number;
  /** When our run began, on the host's clock. */
  #bootedAt: Instant = 0 as Instant;
  #defendedAt: Instant = -Infinity as Instant;
  /** After which our run begins to count. */
  #firstVersion = 0;

  constructor({ name, epoch, table, teller, config }: OwnStateOptions) {
    this.#name = name;
    this.#epoch = epoch;
    this.#generation = epoch;
    this.#table = table;
    this.#teller = teller;
    this.#config = config;
  }

  start(now: Instant, rng: Rng): void {
    this.#bootedAt = now;
    const { versionsBelow } = this.#config;
    this.#firstVersion = versionsBelow === 0 ? 0 : rng.below(versionsBelow);
  }

  /** Why we cannot have this key as well; `undefined` if we can. */
  refusal(key: string, value: Uint8Array): "tooManyKeys" | "stateTooLarge" | undefined {
    const own = this.#table.get(this.#name);
    const before = own?.entries.get(key);
    const { maxKeys, maxOwnerBytes } = this.#config;
    if (before === undefined && (own?.entries.size ?? 0) >= maxKeys) return "tooManyKeys";
    const bytes = (own?.bytes ?? 0) - (before === undefined ? 0 : entryBytes(before));
    return bytes + entryBytes({ key, value }) > maxOwnerBytes ? "stateTooLarge" : undefined;
  }

  obey(command: Write, now: Instant, effects: Effects): void {
    switch (command.type) {
      case "set": {
        const { key, value, ttlMs } = command;
        const refusal = this.refusal(key, value);
        if (refusal !== undefined) return effects.drop(refusal);
        const expiresAt = ttlMs === 0 ? NEVER : later(now, ttlMs);
        return this.#write(key, value, expiresAt, "deleted", now, effects);
      }
      case "delete": {
        const entry = this.#table.get(this.#name)?.entries.get(command.key);
        if (entry?.value === undefined) return;
        return this.#write(command.key, undefined, NEVER, "deleted", now, effects);
      }
      default:
        assertNever(command);
    }
  }

  /** Our own keys whose time is over are deleted; others' read as gone, until their owner has deleted them. */
  expire(now: Instant, effects: Effects): void {
    const over = this.#teller.expiryAt;
    for (const { key } of this.#teller.expire(now, effects)) {
      this.#write(key, undefined, NEVER, "expired", over, effects);
    }
  }

  /** Forgets what was deleted long enough ago. */
  collect(now: Instant): void {
    if (this.#table.get(this.#name) === undefined) return;
    const { graceMs } = this.#config;
    this.#table.change(this.#name, this.#generation, (state) => state.collect(graceMs, now));
  }

  /** Somebody holds more for our state than we have ever written: we go on in a run of our own behind it. */
  defend({ generation: theirs }: Digest, now: Instant, effects: Effects): void {
    if (now < later(this.#defendedAt, this.#config.intervalMs)) return;
    this.#defendedAt = now;
    // Under the same number others would hold the keys of both runs.
    if (theirs >= this.#generation) this.#generation = theirs + 1;
    const generation = this.#generation;
    this.#table.change(this.#name, generation, (state) => state.moveTo(generation, now));
    effects.notify<StateDefended>({ type: "stateDefended", generation });
  }

  /** Whether a run with such a number can have begun by now, and have written so much. */
  isCredible({ generation, version }: Digest, now: Instant): boolean {
    const seconds = this.#epoch + (now - this.#bootedAt) / 1000;
    return generation <= seconds + MAX_GENERATION_AHEAD && version <= LARGEST_VERSION;
  }

  save(): SavedOwnState {
    return {
      generation: this.#generation,
      bootedAt: this.#bootedAt,
      defendedAt: this.#defendedAt,
      firstVersion: this.#firstVersion,
    };
  }

  restore({ generation, bootedAt, defendedAt, firstVersion }: SavedOwnState): void {
    this.#generation = generation;
    this.#bootedAt = bootedAt;
    this.#defendedAt = defendedAt;
    this.#firstVersion = firstVersion;
  }

  #write(
    key: string,
    value: Uint8Array | undefined,
    expiresAt: Instant,
    why: "deleted" | "expired",
    now: Instant,
    effects: Effects,
  ): void {
    const change = this.#table.change(this.#name, this.#generation, (state) => {
      if (state.version === 0) state.beginAfter(this.#firstVersion);
      return state.write(key, value, expiresAt, now);
    });
    this.#teller.tell(this.#name, [change], why, now, effects);
  }
}
