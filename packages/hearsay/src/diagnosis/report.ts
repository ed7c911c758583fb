/**
 * What a diagnosis is made of: what single nodes know, have heard and have tried.
 *
 * All of it is plain data, so that it can come over HTTP, out of a simulator or out of a file.
 * @module
 */
import type { Address } from "../kernel/index.ts";

/** Everything that is known when the question is put. */
export interface Observations {
  /** One for each node that could be asked, at most one of a node. */
  readonly reports: readonly NodeReport[];
  /** Agents that were asked and did not answer in time. */
  readonly silent: readonly string[];
}

/** What one node knows. */
export interface NodeReport {
  readonly name: string;
  readonly address: Address;
  /** Speaks TCP alone, as its operator wants it. */
  readonly tcpOnly: boolean;
  /** All whom it knows, itself included. */
  readonly members: readonly ReportedMember[];
  /** What came of its trials, of all alive, suspect and dead members or of some. */
  readonly paths: readonly TriedPath[];
  /** Other bearers of a member's name that it has met lately. */
  readonly conflicts: readonly ReportedConflict[];
  /** Whose packets and streams it has refused lately, and why. */
  readonly refusals: readonly ReportedRefusal[];
  /** Times at which its own process stood still. */
  readonly pauses: readonly ReportedPause[];
}

export interface ReportedMember {
  readonly name: string;
  readonly address: Address;
  readonly state: "alive" | "suspect" | "dead" | "left";
}

/** How many of some pings were answered. None are sent where there is no UDP on purpose. */
export interface TriedPings {
  readonly sent: number;
  readonly answered: number;
}

/** What came of a ping over TCP: as far as it got. */
export type TriedStream =
  | "answered"
  /** A connection came about, and then nothing. */
  | "taken"
  /** Somebody else lives there, or does not understand us. */
  | "closed"
  | "malformed"
  | "undecryptable"
  | "refused"
  | "reset"
  /** Nothing at all came back. */
  | "silent";

/** Everything that a node has tried with one member. */
export interface TriedPath {
  readonly name: string;
  readonly address: Address;
  /** Small pings, as datagrams. */
  readonly packets: TriedPings;
  /** Pings in packets as large as the node ever sends. */
  readonly largePackets: TriedPings;
  /** The quickest answer to a small one. */
  readonly rttMs: number | undefined;
  readonly stream: TriedStream;
  /** Whether any datagram of the member has come meanwhile. */
  readonly heard: boolean;
}

export interface ReportedConflict {
  readonly name: string;
  /** Where the node holds the member to be. */
  readonly address: Address;
  /** Where the other one claims to be. */
  readonly claimed: Address;
  readonly agoMs: number;
}

export interface ReportedRefusal {
  /** As in `stats().envelopeDrops`. */
  readonly reason: string;
  /** An IP address. */
  readonly from: string;
  readonly count: number;
  /** Since the last of them. */
  readonly agoMs: number;
}

export interface ReportedPause {
  readonly ms: number;
  readonly agoMs: number;
}
