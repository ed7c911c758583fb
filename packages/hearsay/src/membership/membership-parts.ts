/**
 * The parts of membership, made and introduced to each other.
 *
 *     LocalHealth ◀── Prober ── unreachable ──▶ Suspicions ── expired ──▶ Transitions ──▶ MemberTable
 *                       │                                                  ▲    │
 *                     Relay      Claims (what others say) ─────────────────┘    └──▶ Speaker (what we say)
 *
 * What a part needs of others it is given here, as few functions as may be; `Membership` then hands each input to the part
 * that it is for.
 * @module
 */
import { optionError } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, Peers, ProbeSeq } from "../kernel/index.ts";
import { Claims } from "./claims.ts";
import { Commands } from "./commands.ts";
import { resolveMembershipConfig } from "./config.ts";
import type { MembershipConfig } from "./config.ts";
import type { MembershipOptions } from "./config.ts";
import { Forgotten } from "./forgotten.ts";
import { Gossiper } from "./gossiper.ts";
import { Healer } from "./healer.ts";
import { Joins } from "./joins.ts";
import { mergeVeto } from "./hooks.ts";
import type { MembershipHooks } from "./hooks.ts";
import { LocalHealth } from "./local-health.ts";
import { checkName, LAST_INCARNATION, LocalMember } from "./local-member.ts";
import { History } from "./history.ts";
import { LostMembers } from "./lost-members.ts";
import type { Member } from "./member.ts";
import { MemberTable } from "./member-table.ts";
import { PathTrials } from "./path-trials.ts";
import { Pings } from "./pings.ts";
import { Prober } from "./prober.ts";
import { PushPull } from "./push-pull.ts";
import { Relay } from "./relay.ts";
import { saidAt } from "./said.ts";
import { SelfDistrust } from "./self-distrust.ts";
import { Speaker } from "./speaker.ts";
import { checkState } from "./state-check.ts";
import { StateWriter } from "./state-stream.ts";
import type { TellableMember } from "./state-stream.ts";
import { Suspicions } from "./suspicion.ts";
import type { Tags } from "./tags.ts";
import { Takeovers } from "./takeovers.ts";
import { TcpPinger } from "./tcp-pinger.ts";
import { Transitions } from "./transitions.ts";
import { UdpWatch } from "./udp-watch.ts";
import { ownVersions } from "./versions.ts";
import { Ways } from "./ways.ts";
import type { ApplicationVersions } from "./versions.ts";
import type { MembershipParts } from "./saved-membership.ts";

export interface MembershipInit extends MembershipHooks {
  /** Unique in the cluster, 1 to 128 bytes. */
  readonly name: string;
  /** Where others reach us. */
  readonly address: Address;
  readonly peers: Peers;
  /** What others may know of us; with the capability tag, 512 bytes encoded. @default none */
  readonly tags?: Tags;
  /** @default memberlist's local network */
  readonly config?: MembershipOptions;
  /**
   * Wall-clock seconds at boot: then whatever an earlier run has left behind in the heads of others is
   * older. 1..2**32-1.
   */
  readonly firstIncarnation: Incarnation;
  readonly now: Instant;
  /** @default a Serf agent's: 2 to 5, 5 */
  readonly applicationVersions?: ApplicationVersions | undefined;
  /** The latest version of memberlist's protocol that we say we understand: less among simulated peers. @default 5 */
  readonly protocol?: number | undefined;
  /** Bytes that messages may have in one packet: a trial sends one that is as large. @default 1384 */
  readonly packetBytes?: number | undefined;
  /** Whether the host answers `seedsWanted` with `askSeeds`. @default false */
  readonly hasSeeds?: boolean;
  /** Whether a member may live at an address. @default anywhere */
  readonly allows?: ((address: Address) => boolean) | undefined;
}

/** The transitions keep nothing: they are only used. */
export interface MadeParts extends MembershipParts {
  readonly transitions: Transitions;
  readonly config: MembershipConfig;
}

/** What an Ethernet packet has room for, with some to spare. */
const DEFAULT_PACKET_BYTES = 1384;

/** @throws HearsayError `ERR_OPTION`, `ERR_META_TOO_LARGE` */
export function makeParts(
  init: MembershipInit,
  numbers: { nextSeq(): ProbeSeq },
  /** An ack has come over a stream. */
  acked: (seq: ProbeSeq, at: Instant) => void,
): MadeParts {
  const { address, peers, now, firstIncarnation } = init;
  const config = resolveMembershipConfig(init.config);
  const name = checkName(init.name, config.maxNameBytes);
  const incarnation = checkIncarnation(firstIncarnation);
  const versions = ownVersions(init.applicationVersions, init.protocol);
  const table = new MemberTable(config, peers);
  const said = saidAt(name, address, incarnation, versions);
  const local = new LocalMember(table.addSelf(said, address, { type: "started" }, now));
  const suspicions = new Suspicions(config);
  const forgotten = new Forgotten(config);
  const lost = new LostMembers(config);
  const history = new History(config);
  const transitions = new Transitions({ table, suspicions, local, peers, lost, history });
  const takeovers = new Takeovers(config, numbers);
  const judging = { table, peers, suspicions, local, transitions, forgotten, lost, takeovers };
  const claims = new Claims(config, { ...judging, allows: init.allows, admit: init.admit });
  const health = new LocalHealth(config.awarenessMaxMultiplier);
  const ways = new Ways(peers, local);
  const relay = new Relay(config, numbers);
  const prober = new Prober(config, {
    health,
    nextTarget: (at, rng) => table.nextTarget(at, rng),
    relays: (target, count, rng) => {
      const chosen = table.relays(target, count, rng);
      return ways.streamsOnly ? chosen.filter((one) => ways.carryPackets(one)) : chosen;
    },
    ...numbers,
  });
  const pushPull = new PushPull(config, {
    name,
    limits: config,
    known: () => table.known,
    isOnlyWay: () => ways.streamsOnly && table.all().some((one) => !ways.carryPackets(one)),
    exchangeTarget: (rng) => table.exchangeTarget(rng)?.address,
    openState: (join) => {
      const members = [...table.all()];
      const { maxStateRows } = config;
      const rows = join ? withLost(members, table, lost.rows(versions), maxStateRows) : members;
      return new StateWriter(rows, config.stateRowsPerWrite, join);
    },
    check: (state, from) => {
      const failure = checkState(state.rows, table, config);
      return failure ?? mergeVeto(state, from, init);
    },
    member: (other) => table.get(other),
  });
  const joins = new Joins(config);
  const pings = new Pings(config, numbers);
  const pathTrials = new PathTrials(config, {
    known: () => table.known,
    member: (other) => table.get(other),
    areStreamsOnly: (member) => ways.areStreamsOnly(member),
    ...numbers,
  });
  const healer = new Healer(config, {
    lost,
    hasSeeds: init.hasSeeds ?? false,
    alive: () => table.size,
    isAliveAt: (at) => table.at(at)?.state === "alive",
    ...numbers,
  });
  const tags = init.tags ?? new Map<string, string>();
  const selfDistrust = new SelfDistrust(config, health, [
    prober,
    relay,
    suspicions,
    takeovers,
    pings,
    pathTrials,
  ]);
  const gossiper = new Gossiper(config, table);
  const commands = new Commands(config, tags, {
    table,
    local,
    transitions,
    prober,
    pushPull,
    healer,
    joins,
    lost,
    forgotten,
    pings,
    pathTrials,
  });
  const tcpPinger = new TcpPinger();
  const udpWatch = new UdpWatch();
  const { nextSeq } = numbers;
  const { packetBytes = DEFAULT_PACKET_BYTES } = init;
  // Written out: what is spread from several objects becomes a dictionary, another one at each node, and each look into
  // it a search. With a thousand nodes that was a twentieth of all time.
  const speaker = new Speaker(config, packetBytes, {
    table,
    local,
    claims,
    pushPull,
    joins,
    healer,
    prober,
    tcpPinger,
    udpWatch,
    ways,
    pathTrials,
    health,
    acked,
    nextSeq,
  });
  return {
    table,
    local,
    suspicions,
    forgotten,
    lost,
    history,
    health,
    claims,
    takeovers,
    healer,
    joins,
    prober,
    relay,
    pings,
    pathTrials,
    pushPull,
    tcpPinger,
    udpWatch,
    speaker,
    gossiper,
    commands,
    selfDistrust,
    transitions,
    config,
  };
}

/** All that we know, and those of the lost that are in the table no more: they may have to speak up. */
function withLost(
  members: readonly Member[],
  table: MemberTable,
  lost: readonly TellableMember[],
  maxRows: number,
): TellableMember[] {
  const others = lost.filter(({ said }) => table.get(said.node) === undefined);
  return [...members, ...others.slice(0, Math.max(0, maxRows - members.length))];
}

function checkIncarnation(incarnation: Incarnation): Incarnation {
  if (!Number.isInteger(incarnation) || incarnation < 1 || incarnation > LAST_INCARNATION) {
    throw optionError("firstIncarnation", `a whole number in 1..${LAST_INCARNATION}`, incarnation);
  }
  return incarnation;
}
