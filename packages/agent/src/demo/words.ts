/**
 * Sentences that both forms of the demo say.
 * @module
 */
import type { AggregateJson } from "../http/aggregate-routes.ts";
import type { Belief, Verdict } from "./model.ts";

export function verdictWords(verdict: Verdict, observers: number): string {
  switch (verdict.type) {
    case "forming":
      return "forming";
    case "differ":
      return `opinions differ about ${names(verdict.about)}`;
    case "suspicion":
      return `under suspicion: ${names(verdict.about)}`;
    case "unnoticed":
      return `not noticed yet: ${names(verdict.about)}`;
    case "agree":
      return `${agreement(observers)}: ${countWords(verdict.counts)}`;
  }
}

function agreement(observers: number): string {
  if (observers === 1) return "the last one knows";
  return observers === 2 ? "both agree" : `all ${observers} agree`;
}

/** `4 alive, 1 dead` */
export function countWords(counts: Readonly<Record<Belief, number>>): string {
  const states = ["alive", "suspect", "dead", "left"] as const;
  const parts = states
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  return parts.join(", ");
}

/** `memory of all, as n2 knows it: 305 MB in 5 processes, 61 MB each (60 to 64)` */
export function memoryWords({ sum, count, mean, min, max }: AggregateJson, from: string): string {
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const whole =
    sum === undefined || count === undefined
      ? ""
      : `${mega(sum)} MB in ${count.toFixed(0)} processes, `;
  return `memory of all, as ${from} knows it: ${whole}${mega(mean)} MB each (${mega(min)} to ${mega(max)})`;
}

/** How to go on by hand, in a terminal of one's own, when the demo's cluster is gone. */
export const FAREWELL = `Run a cluster by hand, an agent in each of two terminals, and ask it in a third:

  npx hearsay agent --name a --bind 127.0.0.1:7950 --http 127.0.0.1:7990
  npx hearsay agent --name b --bind 127.0.0.1:7951 --http 127.0.0.1:7991 \\
    --join 127.0.0.1:7950
  npx hearsay members --http 127.0.0.1:7990
`;

/** How to join the cluster that runs now. */
export function invitation(address: string, http: string): readonly string[] {
  return [
    "Join this cluster from another terminal, in the same folder:",
    "",
    "  npx hearsay agent --name me --bind 127.0.0.1:7950 --http 127.0.0.1:7990 \\",
    `    --preset local --join ${address}`,
    "",
    "List the members as the newcomer sees them, and as one of these does:",
    "",
    "  npx hearsay members --http 127.0.0.1:7990",
    `  npx hearsay members --http ${http}`,
    "",
    "Ctrl-C there makes it leave; kill -9 leaves it to be found dead.",
  ];
}

function names(list: readonly string[]): string {
  return list.length <= 4
    ? list.join(", ")
    : `${list.slice(0, 3).join(", ")} and ${list.length - 3} more`;
}
