/**
 * What has befallen the nodes since the world began: by this a campaign proves that its faults have struck.
 * @module
 */
import type { Memory } from "./node-spec.ts";

export interface NodeCounts {
  readonly crashes: number;
  readonly restarts: number;
  /** Restarts that found what the application had kept. */
  readonly remembered: number;
  /** Restarts that found what it had kept long ago, and ones that found it cut off. */
  readonly oldMemories: number;
  readonly tornMemories: number;
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
  /** Machines that were written out and read back. */
  readonly renewed: number;
  /** Datagrams and streams whose envelope a node could not open. */
  readonly refused: number;
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
  oldMemories = 0;
  tornMemories = 0;
  renewed = 0;
  refused = 0;

  /** A process starts: again, elsewhere, with what it has kept, by a clock that has jumped. */
  start(again: boolean, moved: boolean, memory: Memory, jumped: boolean): void {
    if (jumped) this.startsAfterJump++;
    if (again) this.restarts++;
    if (again && moved) this.moved++;
    if (!again) return;
    if (memory === "whole") this.remembered++;
    else if (memory === "old") this.oldMemories++;
    else if (memory === "torn") this.tornMemories++;
  }
}
