/**
 * A node's report, written of what its membership knows and of what came of its trials.
 * @module
 */
import type { Address, Instant } from "../kernel/index.ts";
import type { RecentTroubles } from "./recent-troubles.ts";
import type { NodeReport, ReportedMember, TriedPath, TriedPings, TriedStream } from "./report.ts";

/** What a report needs of a node's membership, which has it all. */
export interface ReportedMembership {
  readonly local: Pick<ReportedMember, "name" | "address">;
  /** Whether the node speaks TCP alone. */
  readonly streamsOnly: boolean;
  member(name: string): ReportedMember | undefined;
  /** Other bearers of a name that were met lately. */
  conflicts(): readonly {
    readonly name: string;
    readonly claimed: Address;
    readonly at: Instant;
  }[];
}

/** What came of a trial, as membership tells it. */
export interface Trial {
  readonly name: string;
  readonly address: Address;
  readonly packets: TriedPings;
  readonly largePackets: TriedPings;
  readonly rttMs: number | undefined;
  readonly stream: TriedStream | "notTried" | "timedOut" | "overLimit" | "stopped";
  readonly heard: boolean;
}

export function reportOf(
  membership: ReportedMembership,
  troubles: Pick<RecentTroubles, "refusals" | "pauses">,
  trials: readonly Trial[],
  /** As they were when the trials began. */
  members: readonly ReportedMember[],
  now: Instant,
): NodeReport {
  const { name, address } = membership.local;
  return {
    name,
    address,
    tcpOnly: membership.streamsOnly,
    members: members.map((member) => {
      return { name: member.name, address: member.address, state: member.state };
    }),
    paths: trials.map(pathOf).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    conflicts: membership.conflicts().flatMap(({ name: other, claimed, at }) => {
      const member = membership.member(other);
      if (member === undefined || member.address === claimed) return [];
      return [{ name: other, address: member.address, claimed, agoMs: now - at }];
    }),
    refusals: troubles.refusals(now),
    pauses: troubles.pauses(now),
  };
}

function pathOf({ name, address, packets, largePackets, rttMs, stream, heard }: Trial): TriedPath {
  return { name, address, packets, largePackets, rttMs, stream: streamOf(stream), heard };
}

function streamOf(stream: Trial["stream"]): TriedStream {
  switch (stream) {
    case "notTried":
    case "timedOut":
    case "overLimit":
    case "stopped":
      return "silent";
    default:
      return stream;
  }
}
