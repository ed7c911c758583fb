/**
 * Troubles of the last while that counters alone do not tell: whom a node has refused, and when it stood still.
 *
 * Both are lists with a limit. What is longest ago makes room.
 * @module
 */
import { splitHostPort } from "../kernel/index.ts";
import type { Address, Instant } from "../kernel/index.ts";
import type { ReportedPause, ReportedRefusal } from "./report.ts";

/** Sources and reasons that are remembered. */
const MAX_REFUSALS = 64;
const MAX_PAUSES = 64;
/** A wake-up that is later than this is a pause: timers of a busy process ring some ms late. */
export const PAUSE_MS = 100;

interface Refusal {
  readonly reason: string;
  readonly from: string;
  count: number;
  at: Instant;
}

export class RecentTroubles {
  /** By reason and host, the latest last. */
  readonly #refusals = new Map<string, Refusal>();
  readonly #pauses: { readonly ms: number; readonly at: Instant }[] = [];

  /** Something of this address was refused. A stream's port is nobody's name, so that ports do not count. */
  refused(reason: string, address: Address, now: Instant): void {
    const from = splitHostPort(address)?.host ?? address;
    const key = `${reason} ${from}`;
    const known = this.#refusals.get(key) ?? { reason, from, count: 0, at: now };
    known.count++;
    known.at = now;
    this.#refusals.delete(key);
    this.#refusals.set(key, known);
    if (this.#refusals.size <= MAX_REFUSALS) return;
    for (const oldest of this.#refusals.keys()) {
      this.#refusals.delete(oldest);
      return;
    }
  }

  /** The process wakes up later than it wanted to. */
  wokeLate(ms: number, now: Instant): void {
    if (ms < PAUSE_MS) return;
    this.#pauses.push({ ms, at: now });
    if (this.#pauses.length > MAX_PAUSES) this.#pauses.shift();
  }

  refusals(now: Instant): readonly ReportedRefusal[] {
    return [...this.#refusals.values()].map(({ reason, from, count, at }) => {
      return { reason, from, count, agoMs: now - at };
    });
  }

  pauses(now: Instant): readonly ReportedPause[] {
    return this.#pauses.map(({ ms, at }) => ({ ms, agoMs: now - at }));
  }
}
