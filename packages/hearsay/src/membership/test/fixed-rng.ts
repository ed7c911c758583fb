import type { Rng } from "../../kernel/index.ts";

/** Always the first of all: for transcripts in which chance plays no part. */
export const fixedRng: Rng = {
  below: () => 0,
  unit: () => 0,
  fork: () => fixedRng,
};
