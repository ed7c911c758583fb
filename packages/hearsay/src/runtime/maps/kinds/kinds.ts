/**
 * All kinds, and what stores of them are called in the cluster.
 *
 *     carts, observed-remove   ⇄   ~or~carts
 *     flags                    ⇄   flags
 *
 * @module
 */
import { MAX_STORE_NAME } from "../../../anti-entropy/index.ts";
import { utf8Size } from "../../../codec/index.ts";
import { optionError } from "../../../kernel/index.ts";
import { LAST_WRITER } from "./last-writer.ts";
import type { KindLabel, MapKind } from "./map-kind.ts";
import { OBSERVED_REMOVE } from "./observed-remove.ts";
import { SHARED_COUNTER } from "./shared-counter.ts";
import { SHARED_SET } from "./shared-set.ts";

export const KINDS: readonly MapKind[] = [LAST_WRITER, OBSERVED_REMOVE, SHARED_SET, SHARED_COUNTER];

/** Begins the prefix of a kind, and no name. */
const MARK = "~";

/** @throws HearsayError `ERR_OPTION` */
export function kindNamed(name: string): MapKind {
  const kind = KINDS.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  throw optionError("kind", KINDS.map((one) => one.name).join(" or "), name);
}

export function kindOf(label: KindLabel): MapKind {
  return KINDS.find((one) => one.label === label) as MapKind;
}

/** What a store of this kind and name is called in the cluster. */
export function storeNameOf(kind: MapKind, name: string): string {
  return `${kind.prefix}${name}`;
}

/** Kind and name of a store; nothing for what no program of this version calls one. */
export function readStoreName(store: string): { kind: MapKind; name: string } | undefined {
  const kind = store.startsWith(MARK)
    ? KINDS.find(({ prefix }) => prefix !== "" && store.startsWith(prefix))
    : LAST_WRITER;
  if (kind === undefined) return undefined;
  const name = store.slice(kind.prefix.length);
  return isName(kind, name) ? { kind, name } : undefined;
}

/** @throws HearsayError `ERR_OPTION` */
export function checkName(kind: MapKind, name: unknown): asserts name is string {
  if (isName(kind, name)) return;
  const option = kind.label === "set" || kind.label === "counter" ? kind.label : "map";
  const most = MAX_STORE_NAME - kind.prefix.length;
  const expected = `text of 1 to ${most} bytes that does not begin with ${MARK}`;
  throw optionError(option, expected, name);
}

function isName(kind: MapKind, name: unknown): boolean {
  if (typeof name !== "string" || name === "" || name.startsWith(MARK)) return false;
  return utf8Size(storeNameOf(kind, name)) <= MAX_STORE_NAME;
}
