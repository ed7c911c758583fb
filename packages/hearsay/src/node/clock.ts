/**
 * Node's clock: monotonic time, one-shot wakes, and a turn that lets waiting packets go first.
 * @module
 */
import type { Instant } from "../kernel/index.ts";
import type { Clock } from "../runtime/index.ts";

/** The longest delay that `setTimeout` takes; it treats a longer one as 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Turns of the loop that `afterIo` waits at most. libuv reads 32 datagrams of a socket in one turn, so 16
 * deliver the first 512 that wait; an idle turn costs a few microseconds.
 */
export const IO_TURNS = 16;

/** Turns in which nothing has come, after which nothing waits: the first may have had no look at the sockets. */
const QUIET_TURNS = 2;

/**
 * A wake keeps the process alive, as a node should that waits to probe.
 *
 * `afterIo` stands on libuv's order of a turn: timers, then poll (sockets), then check (immediates). A
 * timer that is late because the loop was blocked runs before the packets that came meanwhile; an
 * immediate set from it runs after one poll, which, an immediate being set, does not wait.
 */
export class NodeClock implements Clock {
  now(): Instant {
    return performance.now() as Instant;
  }

  epochSeconds(): number {
    return Math.floor(Date.now() / 1_000);
  }

  wallMs(): number {
    return Date.now();
  }

  wake(at: Instant, callback: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const delay = Math.ceil(at - performance.now());
      timer = setTimeout(ring, Math.min(Math.max(delay, 0), MAX_DELAY_MS));
    };
    const ring = (): void => {
      // Node rounds the loop's time to milliseconds and may ring up to one early.
      if (performance.now() < at) arm();
      else callback();
    };
    if (at < Infinity) arm();
    return () => clearTimeout(timer);
  }

  afterIo(callback: () => void, received?: () => number): void {
    let turns = IO_TURNS;
    let quiet = 0;
    let before = received?.();
    const turn = (): void => {
      turns--;
      const now = received?.();
      quiet = received !== undefined && now === before ? quiet + 1 : 0;
      before = now;
      if (turns === 0 || quiet === QUIET_TURNS) callback();
      else setImmediate(turn);
    };
    setImmediate(turn);
  }
}
