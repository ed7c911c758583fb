import { NO_PEER } from "../../kernel/index.ts";
import type { Address, Incarnation, Instant, ProbeSeq } from "../../kernel/index.ts";
import { Member, NO_META } from "../member.ts";
import type { ProbeRound } from "../prober.ts";
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

/** A round of a healthy prober that nobody has answered. */
export function failedRound(details: Partial<ProbeRound> = {}): ProbeRound {
  return {
    incarnation: 1 as Incarnation,
    seq: 1 as ProbeSeq,
    startedAt: 0 as Instant,
    timeoutMs: 500,
    intervalMs: 1000,
    localHealth: 0,
    relays: [],
    nacksExpected: 0,
    nacksReceived: 0,
    tcp: "notTried",
    excusedMs: 0,
    ...details,
  };
}
