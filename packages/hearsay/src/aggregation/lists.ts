/**
 * What a holding has beside its numbers: instances of COUNT, and the sketch. Both may be empty.
 * @module
 */
import { addPeaks, NO_PEAKS } from "./peaks.ts";
import type { Peak } from "./peaks.ts";
import { addSketches, NO_SKETCH, sketchOf } from "./sketch.ts";
import type { SketchData } from "./sketch.ts";

export interface Lists extends SketchData {
  readonly peaks: readonly Peak[];
}

export const NO_LISTS: Lists = { peaks: NO_PEAKS, ...NO_SKETCH };

/** As an epoch begins: a peak of our own if we lead, a sketch of our value if quantiles are gathered. */
export function listsOf(peak: number | undefined, sketched: number | undefined): Lists {
  if (peak === undefined && sketched === undefined) return NO_LISTS;
  const { level, buckets } = sketched === undefined ? NO_SKETCH : sketchOf(sketched);
  return { peaks: peak === undefined ? NO_PEAKS : [{ id: peak, weight: 1 }], level, buckets };
}

function isEmpty({ peaks, buckets }: Lists): boolean {
  return peaks.length === 0 && buckets.length === 0;
}

/** Half of `ours - theirs`: what they have to add, and we to take away, for both to come to the mean. */
export function halfDifference(ours: Lists, theirs: Lists): Lists {
  if (isEmpty(ours) && isEmpty(theirs)) return NO_LISTS;
  const { peaks, level, buckets } = addLists(ours, theirs, -1);
  return {
    peaks: peaks.map(({ id, weight }) => ({ id, weight: weight / 2 })),
    level,
    buckets: buckets.map(({ key, weight }) => ({ key, weight: weight / 2 })),
  };
}

/** `a + factor · b` */
export function addLists(a: Lists, b: Lists, factor: number): Lists {
  if (isEmpty(b)) return a;
  const hasNoSketch = a.buckets.length === 0 && b.buckets.length === 0;
  const { level, buckets } = hasNoSketch ? NO_SKETCH : addSketches(a, b, factor);
  return { peaks: addPeaks(a.peaks, b.peaks, factor), level, buckets };
}

/**
 * Whether these can be parts of a whole, as everything that is held or sent is: what a liar or a damaged packet has made more of
 * would be refused by everybody whom we tell of it.
 */
export function areShares({ peaks, buckets }: Lists): boolean {
  for (const { weight } of peaks) if (!(weight >= -1 && weight <= 1)) return false;
  for (const { weight } of buckets) if (!(weight >= -1 && weight <= 1)) return false;
  return true;
}
