/**
 * Who is on stage while a plan is made: which nodes there are, and what has been done to them.
 * @module
 */
import type { Rng } from "../../kernel/index.ts";

type Condition = "live" | "paused" | "dead" | "left";

/** As many of the first nodes are everybody's seeds. */
const SEEDS = 3;

export class Stage {
  /** All nodes of the beginning, as scenarios name them. */
  readonly range: string;
  /** Those whom every node asks when it has lost somebody. They do not leave. */
  readonly seeds: readonly string[];
  readonly #conditions = new Map<string, Condition>();
  /** Nodes that are not where the world has put them. */
  readonly #moved = new Set<string>();
  readonly #rng: Rng;
  #added = 0;
  #addresses = 0;

  constructor(nodes: number, rng: Rng) {
    this.range = `n1..n${nodes}`;
    this.#rng = rng;
    for (let i = 1; i <= nodes; i++) this.#conditions.set(`n${i}`, "live");
    this.seeds = [...this.#conditions.keys()].slice(0, SEEDS);
  }

  get live(): readonly string[] {
    return this.#in("live");
  }

  get paused(): readonly string[] {
    return this.#in("paused");
  }

  get dead(): readonly string[] {
    return this.#in("dead");
  }

  get left(): readonly string[] {
    return this.#in("left");
  }

  /** Nodes whose process is there, and that have not left. */
  get running(): readonly string[] {
    return [...this.live, ...this.paused];
  }

  /** Everybody who has ever been. */
  get all(): readonly string[] {
    return [...this.#conditions.keys()];
  }

  set(name: string, condition: Condition): void {
    this.#conditions.set(name, condition);
  }

  /** A name that nobody has had. */
  newcomer(): string {
    return `x${++this.#added}`;
  }

  /** Sends a node to an address of its own; its first one is free from then on. */
  move(name: string): string {
    this.#moved.add(name);
    return this.#address();
  }

  /** The address that a node has had from its beginning, if it was not given one and has not moved. */
  home(name: string): string | undefined {
    if (this.#moved.has(name)) return undefined;
    const n = this.all.indexOf(name) + 1;
    return `10.0.${n >> 8}.${n & 255}:7946`;
  }

  one(names: readonly string[]): string {
    return names[this.#rng.below(names.length)] as string;
  }

  /** Up to `most` of them, at least one, in their order. */
  some(names: readonly string[], most: number): string[] {
    let left = names.length;
    let open = 1 + this.#rng.below(Math.min(most, names.length));
    return names.filter(() => {
      const isChosen = this.#rng.below(left--) < open;
      if (isChosen) open--;
      return isChosen;
    });
  }

  /** From somebody to somebody else. */
  way(): string {
    const { all } = this;
    const from = this.one(all);
    return `${from} -> ${this.one(all.filter((name) => name !== from))}`;
  }

  /** The join of a node that has just started, by one that lives. */
  joinOf(name: string): string[] {
    const others = this.live.filter((other) => other !== name);
    return others.length === 0 ? [] : [`join ${name} ${this.one(others)}`];
  }

  /** An address at which nobody has lived. */
  #address(): string {
    this.#addresses++;
    return `10.99.${this.#addresses >> 8}.${this.#addresses & 255}:7946`;
  }

  #in(condition: Condition): string[] {
    return [...this.#conditions].filter(([, one]) => one === condition).map(([name]) => name);
  }
}
