/**
 * What the nodes of a campaign carry beside membership, as words of the command line.
 *
 *     none given       each part in one seed of eight, of its own
 *     maps,state       these in every seed, and no other
 *     none             membership alone
 *
 * @module
 */
import type { CampaignOptions } from "hearsay/sim";
import { expected } from "../lab/arguments.ts";

export type Parts = Required<Omit<CampaignOptions, "nodes" | "wire">>;

const WORDS = ["topics", "maps", "state", "detector", "aggregates"] as const;

/** @throws UsageError */
export function partsOf(text: string | undefined): Partial<Parts> {
  if (text === undefined) return {};
  const words = text === "none" ? [] : text.split(",");
  const strange = words.find((word) => !(WORDS as readonly string[]).includes(word));
  if (strange !== undefined) {
    throw expected("--with", `none, or some of ${WORDS.join(",")}`, text);
  }
  return Object.fromEntries(WORDS.map((word) => [word, words.includes(word)]));
}
