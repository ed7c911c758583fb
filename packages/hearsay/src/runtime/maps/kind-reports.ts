/**
 * What is to be reported when others share a name as another kind: once for each name and kind.
 *
 *     here  carts, observed-remove     there  carts, last-writer-wins
 *           └──── two stores: neither takes anything of the other's, and both nodes say so
 *
 * @module
 */
import { HearsayError } from "../../kernel/index.ts";
import { storeNameOf } from "./kinds/kinds.ts";
import type { MapKind } from "./kinds/map-kind.ts";

export class KindReports {
  readonly #trouble: (error: HearsayError) => void;
  readonly #told = new Set<string>();

  constructor(trouble: (error: HearsayError) => void) {
    this.#trouble = trouble;
  }

  /** Somebody speaks of a store `name` of another kind than ours: there are no more of these than we have open, by kinds. */
  differs(name: string, ours: MapKind, theirs: MapKind): void {
    const what = storeNameOf(theirs, name);
    if (this.#told.has(what)) return;
    this.#told.add(what);
    const quoted = JSON.stringify(name);
    const message = `another node shares ${quoted} as ${wordsOf(theirs)}, this one as ${wordsOf(ours)}: they are two, and neither hears of the other`;
    this.#trouble(
      new HearsayError("ERR_KIND", message, { expected: ours.label, received: theirs.label }),
    );
  }
}

/** `a counter`, `a map, observed-remove` */
export function wordsOf({ label }: MapKind): string {
  return label === "set" || label === "counter" ? `a ${label}` : `a map, ${label}`;
}
