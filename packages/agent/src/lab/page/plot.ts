/**
 * A picture as data: lines over places that are named.
 * @module
 */
export interface Plot {
  readonly title: string;
  /** Plots of one group stand side by side under its name. */
  readonly group: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Positions, and what is written under them. */
  readonly x: readonly number[];
  readonly xNames: readonly string[];
  readonly series: readonly Series[];
  /** Whether values span orders of magnitude, zero among them. */
  readonly wide: boolean;
  /** Drawn as columns that fill their places. */
  readonly bars?: boolean;
}

export interface Series {
  readonly name: string;
  readonly y: readonly (number | null)[];
  /** Of a formula rather than of a run. */
  readonly dashed?: boolean;
  /** Number of its colour; by default its own. */
  readonly colour?: number;
}

/** Series that have a colour of their own. */
export const COLOURS = 10;
