/**
 * Lets checkers look at a cluster at every event and every step, and ends the run at the first thing that must
 * not be.
 * @module
 */
import type { NodeInput } from "../../composition/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldEvent, WorldSend } from "../world-options.ts";
import type { Checker, PartChecker, Violation } from "./checker.ts";
import { Codec } from "./codec.ts";
import { Incarnations, Metadata, Selves } from "./identities.ts";
import { Keys } from "./keys.ts";
import { Limits } from "./limits.ts";
import { Replay, Stories } from "./stories.ts";
import { Traffic } from "./traffic.ts";

/** One of each; they remember what they see, so that each run needs its own. */
export function allCheckers(): Checker[] {
  return [
    new Stories(),
    new Replay(),
    new Incarnations(),
    new Metadata(),
    new Selves(),
    new Limits(),
    new Traffic(),
    new Codec(),
    new Keys(),
  ];
}

/** The checker of waits for agreement. */
export const LIVENESS = "liveness";

/** Thrown out of the run in which a checker has seen something; not an error of the caller's. */
export class Violated extends Error {
  override readonly name = "Violated";
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(`${violation.checker}: ${violation.node} ${violation.message}, at ${violation.at}ms`);
    this.violation = violation;
  }
}

export class Watch {
  readonly #checkers: readonly Checker[];
  #carried: readonly PartChecker[] = [];
  #cluster: Cluster | undefined;
  /** Seen in the middle of a step; thrown at its end, when nobody is in the way. */
  #violation: Violation | undefined;
  #agreedAfterMs: number | undefined;

  constructor(checkers: readonly Checker[] = allCheckers()) {
    this.#checkers = checkers;
  }

  /** The cluster that it looks at, once it has begun. */
  get cluster(): Cluster | undefined {
    return this.#cluster;
  }

  /** How long the last wait for agreement took. */
  get agreedAfterMs(): number | undefined {
    return this.#agreedAfterMs;
  }

  /** How often each checker had something to compare. */
  get looks(): Readonly<Record<string, number>> {
    const all = [...this.#checkers, ...this.#carried];
    return Object.fromEntries(all.map(({ name, looks }) => [name, looks]));
  }

  began(cluster: Cluster): void {
    this.#cluster = cluster;
    for (const checker of this.#checkers) checker.began?.(cluster);
  }

  /** The nodes carry something with checkers of its own. */
  carries(checkers: readonly PartChecker[]): void {
    this.#carried = checkers;
  }

  started(node: string): void {
    for (const checker of this.#checkers) checker.started?.(node);
  }

  event(event: WorldEvent): void {
    for (const checker of this.#checkers) this.#note(checker, event.node, checker.event?.(event));
  }

  sent(sent: WorldSend): void {
    for (const checker of this.#checkers) this.#note(checker, sent.node, checker.sent?.(sent));
  }

  /** @throws Violated */
  step(node: string, input: NodeInput["type"]): void {
    for (const checker of this.#checkers) this.#note(checker, node, checker.step?.(node, input));
    if (this.#violation !== undefined) throw new Violated(this.#violation);
  }

  /** @throws Violated at the end of the step in which it was seen, or at once between steps */
  broken(node: string, message: string, checker: string): void {
    const at = (this.#cluster as Cluster).world.now;
    this.#violation ??= { checker, at, node, message };
    if (node === "somebody") throw new Violated(this.#violation);
  }

  /** @throws Violated when the cluster did not agree in time */
  waited(agreed: boolean, ms: number, among: readonly string[] | undefined): void {
    this.#agreedAfterMs = ms;
    if (agreed) return;
    const { world } = this.#cluster as Cluster;
    const disagreements = (this.#cluster as Cluster).disagreements();
    const first = disagreements.find(({ about }) => among?.includes(about) ?? true);
    const opinions = first?.opinions.map(({ sees, nodes }) => `${sees} to ${nodes.join(" ")}`);
    const about = first === undefined ? "is seen alike, but not as it is" : opinions?.join("; ");
    const message = `${about} (no agreement within ${ms}ms)`;
    throw new Violated({
      checker: LIVENESS,
      at: world.now,
      node: first?.about ?? "somebody",
      message,
    });
  }

  #note(checker: Checker, node: string, message: string | undefined): void {
    if (message === undefined) return;
    const at = (this.#cluster as Cluster).world.now;
    this.#violation ??= { checker: checker.name, at, node, message };
  }
}
