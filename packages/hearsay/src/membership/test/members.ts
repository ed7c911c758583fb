import { NO_PEER } from "../../kernel/index.ts";
import type { Address, Incarnation, Instant, ProbeSeq } from "../../kernel/index.ts";
import { Member } from "../member.ts";
import type { ProbeRound } from "../prober.ts";
import { saidAt } from "../said.ts";

/** A row for parts that look at little more than the name. */
export function memberNamed(name: string, incarnation = 5): Member {
  const address = "10.0.0.1:7946" as Address;
  const said = saidAt(name, address, incarnation as Incarnation);
  return new Member(said, NO_PEER, address, { type: "started" }, 0 as Instant);
}

export function speakVersions(member: Member, versions: Uint8Array): void {
  member.say({ ...member.said, versions });
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
