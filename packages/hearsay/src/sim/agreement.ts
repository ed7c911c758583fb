/**
 * Whether nodes see each other alike, and as it is.
 *
 *     live node ── members() ──▶ view: name → "alive at …, incarnation …"     kept until the node has handled another input
 *     views ──▶ agreed? · disagreements
 *
 * A cluster is asked every 10 ms of virtual time, and most nodes have slept since: what is kept is most of what is asked.
 * @module
 */
import type { Membership } from "../membership/index.ts";
import type { World } from "./world.ts";

/** A node that live nodes see differently. */
export interface Disagreement {
  readonly about: string;
  readonly opinions: readonly {
    readonly sees: string;
    readonly nodes: readonly string[];
  }[];
}

/** What a node sees of each that it does not hold for gone. */
type View = ReadonlyMap<string, string>;

interface KeptView {
  readonly membership: Membership;
  readonly inputs: number;
  readonly view: View;
}

/** What a node sees of somebody whom it holds for gone, or has never heard of. */
const GONE = "gone";

export class Agreement {
  readonly #world: World;
  readonly #membershipOf: (node: string) => Membership;
  readonly #views = new Map<string, KeptView>();
  /** Who disagreed when it was last asked: more often than not it will do so the next time. */
  #dissenter: string | undefined;

  /** @param membershipOf that of a node's latest run */
  constructor(world: World, membershipOf: (node: string) => Membership) {
    this.#world = world;
    this.#membershipOf = membershipOf;
  }

  /** Where these nodes see those members differently; the dead, the left and the forgotten count as gone. */
  disagreements(nodes: readonly string[], members: Iterable<string>): Disagreement[] {
    const views = nodes.map((node) => ({ node, view: this.#view(node) }));
    return [...new Set(members)].flatMap((about) => {
      const opinions = new Map<string, string[]>();
      for (const { node, view } of views) {
        const sees = view.get(about) ?? GONE;
        opinions.set(sees, [...(opinions.get(sees) ?? []), node]);
      }
      if (opinions.size < 2) return [];
      return [{ about, opinions: [...opinions].map(([sees, who]) => ({ sees, nodes: who })) }];
    });
  }

  /**
   * Whether each of these nodes sees all of `members` alive, alike, and nobody else but, perhaps, the `unclear`.
   */
  isWhole(
    nodes: readonly string[],
    members: readonly string[],
    unclear: readonly string[],
  ): boolean {
    const known = new Set([...members, ...unclear]);
    return this.#isShared(nodes, (first) => {
      return seesAlive(first, members) && [...first.keys()].every((name) => known.has(name));
    });
  }

  /** Whether each of these sees each of them alive, and all see them alike, whoever else is there. */
  isAmong(nodes: readonly string[]): boolean {
    return this.#isShared(nodes, (first) => seesAlive(first, nodes), nodes);
  }

  /** Whether the first sees what is wanted, and the others the same: of all, or of those that are asked for. */
  #isShared(
    nodes: readonly string[],
    isRight: (first: View) => boolean,
    about?: readonly string[],
  ): boolean {
    const [first, ...others] = nodes;
    if (first === undefined) return true;
    const view = this.#view(first);
    if (!isRight(view)) return false;
    const differs = (node: string): boolean => !isAlike(this.#view(node), view, about);
    const dissenter = this.#dissenter;
    if (dissenter !== undefined && others.includes(dissenter) && differs(dissenter)) return false;
    this.#dissenter = others.find(differs);
    return this.#dissenter === undefined;
  }

  #view(node: string): View {
    const membership = this.#membershipOf(node);
    const inputs = this.#world.inputsOf(node);
    const kept = this.#views.get(node);
    if (kept?.membership === membership && kept.inputs === inputs) return kept.view;
    const view = viewOf(membership);
    this.#views.set(node, { membership, inputs, view });
    return view;
  }
}

function viewOf(membership: Membership): View {
  const view = new Map<string, string>();
  for (const { name, state, incarnation, address, tags } of membership.members()) {
    if (state === "dead" || state === "left") continue;
    const said = [...tags].map(([key, value]) => ` ${key}=${value}`).toSorted();
    view.set(name, `${state} at ${address}, incarnation ${incarnation}${said.join("")}`);
  }
  return view;
}

function seesAlive(view: View, names: readonly string[]): boolean {
  return names.every((name) => view.get(name)?.startsWith("alive") === true);
}

function isAlike(a: View, b: View, about: readonly string[] | undefined): boolean {
  if (about !== undefined) return about.every((name) => a.get(name) === b.get(name));
  if (a.size !== b.size) return false;
  for (const [name, seen] of a) {
    if (b.get(name) !== seen) return false;
  }
  return true;
}
