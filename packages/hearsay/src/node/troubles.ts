/**
 * Counts what went wrong, and tells about it at a bounded rate.
 *
 *     seen      x x x x x x x x           x
 *     told      x            x (7 more)   x          one of a kind each `TROUBLE_INTERVAL_MS`
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { ErrorCode } from "../kernel/index.ts";

/** At most one report of a kind in this time. */
export const TROUBLE_INTERVAL_MS = 1_000;

interface Kind {
  count: number;
  untold: number;
  toldAt: number;
}

/** Kinds are system codes and names from this code, so there are few. */
export class Troubles {
  readonly #tell: (error: Error) => void;
  readonly #kinds = new Map<string, Kind>();

  /** `tell` is called in a later tick, never from inside `note`. */
  constructor(tell: (error: Error) => void) {
    this.#tell = tell;
  }

  /** How often each kind was seen. */
  get counts(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#kinds, ([kind, { count }]) => [kind, count]));
  }

  /** `describe` is called only when this one will be told. */
  note(kind: string, code: ErrorCode, describe: () => string, cause?: unknown): void {
    let row = this.#kinds.get(kind);
    if (row === undefined) {
      row = { count: 0, untold: 0, toldAt: -Infinity };
      this.#kinds.set(kind, row);
    }
    row.count++;
    const now = performance.now();
    if (now - row.toldAt < TROUBLE_INTERVAL_MS) {
      row.untold++;
      return;
    }
    const more =
      row.untold === 0 ? "" : ` (and ${row.untold} more of this kind since the last report)`;
    row.untold = 0;
    row.toldAt = now;
    const error = new HearsayError(code, `${describe()}${more}`, { cause });
    process.nextTick(() => this.#tell(error));
  }
}
