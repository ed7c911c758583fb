/**
 * The set: an observed-remove map whose keys are the elements.
 * @module
 */
import { OBSERVED_REMOVE } from "./observed-remove.ts";
import type { ObservedRemoveMap } from "./observed-remove.ts";
import type { MapKind } from "./map-kind.ts";
import type { Sibling } from "../../../crdt/index.ts";

export const SHARED_SET: MapKind<Sibling<Uint8Array>, ObservedRemoveMap> = {
  ...OBSERVED_REMOVE,
  name: "orSet",
  label: "set",
  prefix: "~set~",
  // Whoever has added an element has set the same.
  contested: () => [],
};
