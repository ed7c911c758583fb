/**
 * What has befallen the nodes since the world began: by this a campaign proves that its faults have struck.
 * @module
 */

export interface NodeCounts {
  readonly crashes: number;
  readonly restarts: number;
  /** Restarts that found what the application had kept. */
  readonly remembered: number;
  /** Restarts at another address. */
  readonly moved: number;
  /** Nodes that have come to live at the address of one that was down. */
  readonly takenOver: number;
  readonly pauses: number;
  /** Inputs that have waited for a paused or a busy process. */
  readonly waited: number;
  /** Inputs that a slow process took its time for. */
  readonly slowed: number;
  /** Jumps of wall clocks. */
  readonly jumps: number;
  /** Starts by a wall clock that had jumped. */
  readonly startsAfterJump: number;
  /** Times that a clock has begun to run fast or slow. */
  readonly drifts: number;
}

/** Counts at the beginning of a world. */
export class FirstNodeCounts implements NodeCounts {
  crashes = 0;
  restarts = 0;
  remembered = 0;
  moved = 0;
  takenOver = 0;
  pauses = 0;
  waited = 0;
  slowed = 0;
  jumps = 0;
  startsAfterJump = 0;
  drifts = 0;

  /** A process starts: again, elsewhere, with what it has kept, by a clock that has jumped. */
  start(again: boolean, moved: boolean, remembers: boolean, jumped: boolean): void {
    if (jumped) this.startsAfterJump++;
    if (again) this.restarts++;
    if (again && moved) this.moved++;
    if (again && remembers) this.remembered++;
  }
}
