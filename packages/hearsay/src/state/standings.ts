/**
 * Who of two knows more of which owner: what a digest of one makes of the other's table.
 *
 *     theirs   a@7  b@3  ·         ours   a@5  b@9  c@2
 *              │    │    └ not named in a range that is told whole: all of c is owed
 *              │    └ b from 3 on is owed
 *              └ they are ahead
 *
 * @module
 */
import type { Debt } from "./delta-packing.ts";
import { compareDigests } from "./state-table.ts";
import type { StateTable } from "./state-table.ts";
import type { Digest } from "./wire.ts";

export interface Standings {
  /** What they lack. */
  readonly debts: Debt[];
  /** Of whom they know more, themselves and us included. */
  readonly ahead: Digest[];
}

/** The range that is all hashes. */
export const ALL_OWNERS: readonly number[] = [0, 0xffff_ffff];

/** Compares their digests with ours. In the ranges, what they have not named they do not know. */
export function standings(
  table: StateTable,
  digests: readonly Digest[],
  ranges: readonly number[],
): Standings {
  const debts: Debt[] = [];
  const ahead: Digest[] = [];
  const named = new Set<string>();
  for (const digest of digests) {
    const { owner } = digest;
    if (named.has(owner)) continue;
    named.add(owner);
    if (!table.isLive(owner)) continue;
    const state = table.get(owner);
    if (state === undefined || compareDigests(state, digest) < 0) ahead.push(digest);
    const debt = debtOf(table, digest);
    if (debt !== undefined) debts.push(debt);
  }
  for (const state of table.unnamed(ranges, named)) debts.push({ state, from: 0 });
  return { debts, ahead };
}

/** What somebody lacks of an owner who stands there with it. */
export function debtOf(
  table: StateTable,
  { owner, generation, version }: Digest,
): Debt | undefined {
  const state = table.get(owner);
  if (state === undefined || state.generation < generation) return undefined;
  const from = state.generation === generation ? version : 0;
  return from < state.version ? { state, from } : undefined;
}

/** The same of several, each owner once. */
export function debtsOf(table: StateTable, wants: readonly Digest[]): Debt[] {
  return standings(table, wants, []).debts;
}

/** Where we stand with an owner of whom somebody knows more: nowhere, if its run is another. */
export function wantOf(table: StateTable, { owner, generation }: Digest): Digest {
  const state = table.get(owner);
  return { owner, generation, version: state?.generation === generation ? state.version : 0 };
}
