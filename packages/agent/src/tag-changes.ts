/**
 * Some tags of a node changed, and the others left as they are.
 * @module
 */
import type { HearsayNode } from "hearsay";
import { CAPABILITY_TAG } from "hearsay/membership";
import { METADATA_TAG } from "hearsay/runtime";

/** Tags that the node looks after by itself. */
const OUR_TAGS: ReadonlySet<string> = new Set([CAPABILITY_TAG, METADATA_TAG]);

/** @throws HearsayError `ERR_OPTION`, `ERR_META_TOO_LARGE` */
export async function changeTags(
  node: Pick<HearsayNode, "local" | "setTags">,
  set: Readonly<Record<string, string>>,
  remove: readonly string[],
): Promise<void> {
  const kept = [...node.local.tags].filter(([key]) => !OUR_TAGS.has(key));
  const tags = new Map([...kept, ...Object.entries(set)]);
  for (const key of remove) tags.delete(key);
  await node.setTags(Object.fromEntries(tags));
}
