import { NO_PEER } from "../../kernel/index.ts";
import type { Address, Incarnation, Instant } from "../../kernel/index.ts";
import { Member, NO_META } from "../member.ts";
import { OWN_VERSIONS } from "../versions.ts";

/** A row for parts that look at little more than the name. */
export function memberNamed(name: string, incarnation = 5): Member {
  const profile = {
    address: "10.0.0.1:7946" as Address,
    incarnation: incarnation as Incarnation,
    meta: NO_META,
    versions: OWN_VERSIONS,
  };
  return new Member(name, NO_PEER, profile, { type: "started" }, 0 as Instant);
}
