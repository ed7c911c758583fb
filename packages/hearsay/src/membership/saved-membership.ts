/**
 * Membership as it is written out: each part saves itself, this puts them together.
 *
 * Rows of members are objects that parts hold in common; written out, they are names, and found again in the table,
 * which is read back first.
 * @see kernel/saved.ts
 * @module
 */
import { invariant } from "../kernel/index.ts";
import type { Claims, SavedClaims } from "./claims.ts";
import type { Commands, SavedCommands } from "./commands.ts";
import type { Epitaph, Forgotten } from "./forgotten.ts";
import type { Gossiper, SavedGossiper } from "./gossiper.ts";
import type { Healer, SavedHealer } from "./healer.ts";
import type { History, HistoryEntry } from "./history.ts";
import type { Joins, SavedJoins } from "./joins.ts";
import type { LocalHealth } from "./local-health.ts";
import type { LocalMember } from "./local-member.ts";
import type { LostMembers, SavedLostMembers } from "./lost-members.ts";
import type { MemberTable, SavedMemberTable } from "./member-table.ts";
import type { PathTrials, SavedPathTrials } from "./path-trials.ts";
import type { Pings, SavedPings } from "./pings.ts";
import type { Prober, SavedProber } from "./prober.ts";
import type { PushPull, SavedPushPull } from "./push-pull.ts";
import type { Relay, SavedRelay } from "./relay.ts";
import type { SavedSelfDistrust, SelfDistrust } from "./self-distrust.ts";
import type { Speaker } from "./speaker.ts";
import type { FindMember, SavedSuspicions, Suspicions } from "./suspicion.ts";
import type { SavedTakeovers, Takeovers } from "./takeovers.ts";
import type { SavedTcpPinger, TcpPinger } from "./tcp-pinger.ts";
import type { SavedUdpWatch, UdpWatch } from "./udp-watch.ts";

/** Everything in membership that keeps anything from one input to the next. */
export interface MembershipParts {
  readonly table: MemberTable;
  readonly local: LocalMember;
  readonly suspicions: Suspicions;
  readonly forgotten: Forgotten;
  readonly lost: LostMembers;
  readonly history: History;
  readonly health: LocalHealth;
  readonly claims: Claims;
  readonly takeovers: Takeovers;
  readonly healer: Healer;
  readonly joins: Joins;
  readonly prober: Prober;
  readonly relay: Relay;
  readonly pings: Pings;
  readonly pathTrials: PathTrials;
  readonly pushPull: PushPull;
  readonly tcpPinger: TcpPinger;
  readonly udpWatch: UdpWatch;
  readonly speaker: Speaker;
  readonly gossiper: Gossiper;
  readonly commands: Commands;
  readonly selfDistrust: SelfDistrust;
}

export interface SavedParts {
  readonly table: SavedMemberTable;
  readonly isLeaving: boolean;
  readonly suspicions: SavedSuspicions;
  readonly forgotten: ReadonlyMap<string, Epitaph>;
  readonly lost: SavedLostMembers;
  readonly history: ReadonlyMap<string, readonly HistoryEntry[]>;
  readonly health: number;
  readonly claims: SavedClaims;
  readonly takeovers: SavedTakeovers;
  readonly healer: SavedHealer;
  readonly joins: SavedJoins;
  readonly prober: SavedProber;
  readonly relay: SavedRelay;
  readonly pings: SavedPings;
  readonly pathTrials: SavedPathTrials;
  readonly pushPull: SavedPushPull;
  readonly tcpPinger: SavedTcpPinger;
  readonly udpWatch: SavedUdpWatch;
  readonly ackPayload: Uint8Array | undefined;
  readonly gossiper: SavedGossiper;
  readonly commands: SavedCommands;
  readonly selfDistrust: SavedSelfDistrust;
}

export function saveParts(parts: MembershipParts): SavedParts {
  return {
    table: parts.table.save(),
    isLeaving: parts.local.isLeaving,
    suspicions: parts.suspicions.save(),
    forgotten: parts.forgotten.save(),
    lost: parts.lost.save(),
    history: parts.history.save(),
    health: parts.health.score,
    claims: parts.claims.save(),
    takeovers: parts.takeovers.save(),
    healer: parts.healer.save(),
    joins: parts.joins.save(),
    prober: parts.prober.save(),
    relay: parts.relay.save(),
    pings: parts.pings.save(),
    pathTrials: parts.pathTrials.save(),
    pushPull: parts.pushPull.save(),
    tcpPinger: parts.tcpPinger.save(),
    udpWatch: parts.udpWatch.save(parts.table.all()),
    ackPayload: parts.speaker.ackPayload,
    gossiper: parts.gossiper.save(),
    commands: parts.commands.save(),
    selfDistrust: parts.selfDistrust.save(),
  };
}

export function restoreParts(parts: MembershipParts, saved: SavedParts): void {
  const { table } = parts;
  const find: FindMember = (name) => {
    const member = table.get(name);
    invariant(member !== undefined, `a part knows ${name}, the table does not`);
    return member;
  };
  table.restore(saved.table);
  parts.local.isLeaving = saved.isLeaving;
  parts.suspicions.restore(saved.suspicions, find);
  parts.forgotten.restore(saved.forgotten);
  parts.lost.restore(saved.lost);
  parts.history.restore(saved.history);
  parts.health.restore(saved.health);
  parts.claims.restore(saved.claims);
  parts.takeovers.restore(saved.takeovers);
  parts.healer.restore(saved.healer);
  parts.joins.restore(saved.joins);
  parts.prober.restore(saved.prober, find);
  parts.relay.restore(saved.relay);
  parts.pings.restore(saved.pings);
  parts.pathTrials.restore(saved.pathTrials);
  parts.pushPull.restore(saved.pushPull);
  parts.tcpPinger.restore(saved.tcpPinger);
  parts.udpWatch.restore(saved.udpWatch, find);
  parts.speaker.setAckPayload(saved.ackPayload);
  parts.gossiper.restore(saved.gossiper);
  parts.commands.restore(saved.commands);
  parts.selfDistrust.restore(saved.selfDistrust);
}
