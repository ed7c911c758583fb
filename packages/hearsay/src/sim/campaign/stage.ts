/**
 * Who is on stage while a plan is made: which nodes there are, and what has been done to them.
 * @module
 */
import type { Rng } from "../../kernel/index.ts";

/** A stranger has no key, or another label: it runs, and never becomes one of the others. */
type Condition = "live" | "paused" | "dead" | "left" | "stranger";

/** What everything is sealed with at first, and what is before it. */
export const FIRST_KEY = "k1";
export const LABEL = "dc1";
/** Between two halves of a cluster in a step of a rotation. */
const HALF_STEP = "run 300ms";

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
  /** Nodes that are down and whose address another one has. */
  readonly #evicted = new Set<string>();
  readonly #rng: Rng;
  /** Whether there are keys and labels. */
  readonly isSealed: boolean;
  /** Nodes whose operator has made a mistake with their key or label. */
  readonly #mistaken = new Set<string>();
  /** Keys that everybody has who is not mistaken; the first seals. */
  #ring: readonly string[] = [FIRST_KEY];
  #keys = 1;
  #added = 0;
  #strangers = 0;
  #addresses = 0;

  constructor(nodes: number, rng: Rng, isSealed = false) {
    this.range = `n1..n${nodes}`;
    this.#rng = rng;
    this.isSealed = isSealed;
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

  get strangers(): readonly string[] {
    return this.#in("stranger");
  }

  /** The name of one who does not belong. */
  stranger(): string {
    return `s${++this.#strangers}`;
  }

  /** The next step of a rotation of keys, on half of all nodes and then on the other half, up or down. */
  rotate(): string[] {
    const names = this.all.filter((name) => !this.#mistaken.has(name) && !this.#isStranger(name));
    if (names.length === 0) return [];
    const [current = "", next] = this.#ring;
    let step: string;
    if (next === undefined) {
      const fresh = `k${++this.#keys}`;
      step = `install ${fresh}`;
      this.#ring = [current, fresh];
    } else if (next > current) {
      step = `use ${next}`;
      this.#ring = [next, current];
    } else {
      step = `remove ${next}`;
      this.#ring = [current];
    }
    const first = this.some(names, names.length);
    const second = names.filter((name) => !first.includes(name));
    const firstStep = `keys ${first.join(" ")} ${step}`;
    return second.length === 0
      ? [firstStep]
      : [firstStep, HALF_STEP, `keys ${second.join(" ")} ${step}`];
  }

  /** Somebody's key or label is not what it should be. */
  mistake(name: string): void {
    this.#mistaken.add(name);
  }

  /** The keys of a node that has just been added. */
  keysOf(names: readonly string[]): string[] {
    const isFirst = this.#ring.length === 1 && this.#ring[0] === FIRST_KEY;
    if (!this.isSealed || isFirst) return [];
    return [`keys ${names.join(" ")} only ${this.#ring.join(" ")}`];
  }

  /** Strangers go, and mistakes are put right. */
  putRight(): string[] {
    const { strangers } = this;
    for (const name of strangers) this.#conditions.delete(name);
    const mistaken = [...this.#mistaken].join(" ");
    return [
      ...(strangers.length === 0 ? [] : [`kill ${strangers.join(" ")}`]),
      ...(mistaken === "" ? [] : [`keys ${mistaken} only ${this.#ring.join(" ")}`]),
      ...(mistaken === "" ? [] : [`label ${mistaken} ${LABEL}`]),
    ];
  }

  #isStranger(name: string): boolean {
    return this.#conditions.get(name) === "stranger";
  }

  /** Sends a node to an address of its own; its first one is free from then on. */
  move(name: string): string {
    this.#moved.add(name);
    this.#evicted.delete(name);
    return this.#address();
  }

  /** Somebody else lives where this node has lived. */
  evict(name: string): void {
    this.#moved.add(name);
    this.#evicted.add(name);
  }

  isEvicted(name: string): boolean {
    return this.#evicted.has(name);
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
