/**
 * What a member says of itself, where it is made rather than heard.
 * @module
 */
import { addressParts } from "../kernel/index.ts";
import type { Address, Incarnation } from "../kernel/index.ts";
import { NO_META } from "./member.ts";
import { OWN_VERSIONS } from "./versions.ts";
import type { Alive } from "./wire.ts";

/** The words of a member without metadata. */
export function saidAt(
  name: string,
  address: Address,
  incarnation: Incarnation,
  versions: Uint8Array = OWN_VERSIONS,
): Alive {
  const { ip: addr, port } = addressParts(address);
  return { type: "alive", incarnation, node: name, addr, port, meta: NO_META, versions };
}
