/**
 * Says in memberlist's messages what the parts ask for.
 *
 * The parts know members and numbers, the composition knows messages and queues; this stands between them,
 * bound to the one call of `handle` that is under way.
 * @module
 */
import { NEVER, retransmitLimit } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  Instant,
  NodeEvent,
  NodeSignal,
  PeerId,
  ProbeSeq,
  Rng,
  StreamPart,
  TenantEffects,
} from "../kernel/index.ts";
import type { Claims, ClaimsEffects } from "./claims.ts";
import type { MembershipConfig } from "./config.ts";
import type { GossiperEffects } from "./gossiper.ts";
import type { Healer, HealerEffects } from "./healer.ts";
import type { Joins, JoinsEffects } from "./joins.ts";
import type { LocalHealth } from "./local-health.ts";
import { viewOf } from "./member.ts";
import type { LocalMember } from "./local-member.ts";
import type { Member } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { PathTrials, PathTrialsEffects } from "./path-trials.ts";
import type { Prober, ProberEffects, ProbeRound } from "./prober.ts";
import type { PushPull, PushPullEffects } from "./push-pull.ts";
import type { RelayEffects } from "./relay.ts";
import type { ExchangeFailure } from "./state-check.ts";
import { ToldRow } from "./state-stream.ts";
import type { RemoteState } from "./state-stream.ts";
import type { Suspicion, SuspicionEffects } from "./suspicion.ts";
import type { Takeover, TakeoversEffects } from "./takeovers.ts";
import type { TcpPinger, TcpPingerEffects, TcpPingResult } from "./tcp-pinger.ts";
import type { UdpWatch } from "./udp-watch.ts";
import type { Ways } from "./ways.ts";
import { MAX_ACK_PAYLOAD_BYTES, MAX_OWN_ACK_PAYLOAD_BYTES, NODE_STATE, PING } from "./wire.ts";
import type {
  Ack,
  Alive,
  Dead,
  MembershipMessage,
  Nack,
  Ping,
  PushNodeState,
  Suspect,
} from "./wire.ts";

/** The parts that hear of each other through the speaker. */
export interface SpeakerParts {
  readonly table: MemberTable;
  readonly local: LocalMember;
  readonly claims: Claims;
  readonly pushPull: PushPull;
  readonly joins: Joins;
  readonly healer: Healer;
  readonly prober: Prober;
  readonly tcpPinger: TcpPinger;
  readonly udpWatch: UdpWatch;
  readonly ways: Ways;
  readonly pathTrials: PathTrials;
  readonly health: LocalHealth;
  /** An ack that came on a stream, and is not of the prober's ping. */
  acked(seq: ProbeSeq, now: Instant): void;
  /** A number that no other probe of this node has. */
  nextSeq(): ProbeSeq;
}

export type SpeakerConfig = Pick<
  MembershipConfig,
  "retransmitMult" | "buddy" | "lastCall" | "piggyback"
>;

type Effects = TenantEffects<MembershipMessage>;

/** What an ack and a compound take beside the payload. */
const LARGE_PING_MARGIN_BYTES = 40;
/** Of an ack that answers nothing: nobody counts so far. */
const NOBODYS_SEQ = 0xffff_ffff as ProbeSeq;

/** What a row says, in the member's own words if they came with it. */
function claimOf(row: PushNodeState): Alive {
  const { name: node, addr, port, meta, incarnation, versions } = row;
  if (row instanceof ToldRow && row.said.incarnation === incarnation) return row.said;
  return { type: "alive", incarnation, node, addr, port, meta, versions };
}

export class Speaker
  implements
    ClaimsEffects,
    GossiperEffects,
    HealerEffects,
    JoinsEffects,
    PathTrialsEffects,
    ProberEffects,
    PushPullEffects,
    RelayEffects,
    SuspicionEffects,
    TakeoversEffects,
    TcpPingerEffects
{
  /** Whether every member has been sent news of ourselves during this call, instead of by gossip. */
  hasToldOfSelf = false;
  readonly #config: SpeakerConfig;
  readonly #packetBytes: number;
  readonly #parts: SpeakerParts;
  /** Our address, in the form in which messages name it. */
  readonly #source: Pick<Ping, "sourceAddr" | "sourcePort" | "sourceNode">;
  #ackPayload: Uint8Array | undefined;
  // A number from the first on: a field that was ever anything else gets a box of its own at each call.
  #now: Instant = NEVER;
  #rng!: Rng;
  #effects!: Effects;

  /** `packetBytes` is what messages may have in one packet. */
  constructor(config: SpeakerConfig, packetBytes: number, parts: SpeakerParts) {
    this.#config = config;
    this.#packetBytes = packetBytes;
    this.#parts = parts;
    const { node, addr, port } = parts.local.member.said;
    this.#source = { sourceAddr: addr, sourcePort: port, sourceNode: node };
  }

  /** Binds the speaker to a call. */
  begin(now: Instant, rng: Rng, effects: Effects): void {
    this.#now = now;
    this.#rng = rng;
    this.#effects = effects;
    this.hasToldOfSelf = false;
  }

  // Probes.

  /**
   * Lifeguard's buddy system: whoever pings a suspect tells it so in the same packet, and it can refute at
   * once. Gossip may have told everybody else and run out.
   */
  ping(target: Member, seq: ProbeSeq): void {
    if (!this.#parts.ways.carryPackets(target)) return this.tcpPing(target, seq);
    const ping = this.#pingOf(target.name, seq);
    const isBuddy = target.state === "suspect" && this.#config.buddy;
    this.#effects.send(target.peer, ping, isBuddy ? this.#suspicionOf(target) : undefined);
    if (this.#parts.udpWatch.isBlocked(target)) this.#tryDatagram(target);
  }

  /** The suspicion goes first: then the ack to the ping can carry the refutation. */
  lastCall(member: Member): void {
    const ping = this.#pingOf(member.name, this.#parts.nextSeq());
    this.#effects.send(member.peer, this.#suspicionOf(member), ping);
  }

  pingRequest(relay: Member, target: Member, seq: ProbeSeq, wantsNack: boolean): void {
    this.#effects.send(relay.peer, {
      type: "indirectPing",
      seq,
      target: target.said.addr,
      port: target.said.port,
      node: target.name,
      nack: wantsNack,
      ...this.#source,
    });
  }

  probed(member: Member, rttMs: number, payload: Uint8Array | undefined): void {
    this.notify({ type: "probed", member: viewOf(member), rttMs, payload, at: this.#now });
  }

  tcpPing(target: Member, seq: ProbeSeq): void {
    this.#parts.tcpPinger.ping(target.address, this.#pingOf(target.name, seq), this);
  }

  tryPing(target: Member, seq: ProbeSeq, large: boolean): void {
    const ping = this.#pingOf(target.name, seq);
    if (!large) return this.#effects.sendTo(target.address, ping);
    const spareBytes = this.#packetBytes - PING.sizeOf(ping) - LARGE_PING_MARGIN_BYTES;
    const payload = new Uint8Array(Math.max(0, Math.min(spareBytes, MAX_ACK_PAYLOAD_BYTES)));
    const filler = { type: "ack", seq: NOBODYS_SEQ, payload } as const;
    this.#effects.sendTo(target.address, ping, filler);
  }

  foundBlocked(target: Member): void {
    if (!this.#parts.udpWatch.isBlocked(target)) this.reachableByTcp(target);
  }

  endTrialStream(seq: ProbeSeq): boolean {
    const wasOpen = this.#parts.tcpPinger.isOpen(seq);
    this.endTcpPing(seq);
    return wasOpen;
  }

  /** Toward members of our kind alone: the question goes on a link. */
  askBack(target: Member): void {
    const self = this.#parts.local.member;
    if (!this.#parts.udpWatch.isBlocked(target)) return;
    this.pingRequest(target, self, this.#parts.nextSeq(), false);
  }

  endTcpPing(seq: ProbeSeq): void {
    this.#parts.tcpPinger.end(seq, this);
  }

  tcpPinged(seq: ProbeSeq, result: TcpPingResult): void {
    if (this.#parts.prober.handleTcpPinged(seq, result, this.#now)) return;
    if (this.#parts.pathTrials.handleTcpPinged(seq, result, this)) return;
    if (result === "answered") this.#parts.acked(seq, this.#now);
  }

  reachableByTcp(target: Member): void {
    const { ways, udpWatch } = this.#parts;
    if (!ways.areStreamsOnly(target)) return udpWatch.handleRescue(target, this.#now, this);
    // No firewall is to blame, but the link that should have brought the ack.
    this.drop("linkStuck");
    this.signal({ type: "packetsLost", peer: target.peer });
  }

  unreachable(target: Member, round: ProbeRound): void {
    this.#parts.claims.handleUnreachable(target, round, this.#now, this);
  }

  relayPing(target: Address, targetName: string, seq: ProbeSeq, isForItself: boolean): void {
    if (isForItself) this.#effects.sendTo(target, this.#pingOf(targetName, seq));
    else this.pingAt(target, targetName, seq);
  }

  pingAt(address: Address, name: string, seq: ProbeSeq): void {
    const { table, tcpPinger, udpWatch, ways } = this.#parts;
    const ping = this.#pingOf(name, seq);
    const member = table.at(address);
    if (member !== undefined && udpWatch.isBlocked(member)) {
      return this.#effects.send(member.peer, ping);
    }
    const isReached = member === undefined ? !ways.streamsOnly : ways.carryPackets(member);
    if (isReached) this.#effects.sendTo(address, ping);
    else tcpPinger.ping(address, ping, this);
  }

  examined(takeover: Takeover, answered: boolean): void {
    this.#parts.claims.handleExamined(takeover, answered, this.#now, this);
  }

  relayAck(to: Address, seq: ProbeSeq): void {
    this.reply(to, { type: "ack", seq, payload: undefined });
  }

  relayNack(to: Address, seq: ProbeSeq): void {
    this.reply(to, { type: "nack", seq });
  }

  /**
   * What the application puts on acks is for members: it must not make a small packet with a forged address
   * a large one, nor tell strangers anything. Whoever pings us after we have left was asleep when we did, and has
   * nobody else to tell it: the others have forgotten us.
   */
  ack(member: PeerId, seq: ProbeSeq): void {
    const ack: Ack = { type: "ack", seq, payload: this.#ackPayload };
    this.#effects.send(member, ack, this.#parts.local.farewell);
  }

  /** To whoever is there, as far as we know. */
  ackTo(to: Address, seq: ProbeSeq): void {
    const member = this.#parts.table.at(to);
    if (member !== undefined) return this.ack(member.peer, seq);
    const { farewell } = this.#parts.local;
    this.#effects.sendTo(to, { type: "ack", seq, payload: undefined }, "alone");
    if (farewell !== undefined) this.#effects.sendTo(to, farewell, "alone");
  }

  get ackPayload(): Uint8Array | undefined {
    return this.#ackPayload;
  }

  setAckPayload(payload: Uint8Array | undefined): void {
    if ((payload?.length ?? 0) > MAX_OWN_ACK_PAYLOAD_BYTES) this.drop("ackPayloadTooLarge");
    else this.#ackPayload = payload?.length === 0 ? undefined : payload;
  }

  /** To a member if one is at this address, so that the packet can carry all that the member reads. */
  reply(to: Address, message: Ack | Nack): void {
    const member = this.#parts.table.at(to);
    if (member === undefined) this.#effects.sendTo(to, message, "alone");
    else this.#effects.send(member.peer, message);
  }

  // News.

  /**
   * Whoever accuses us of what we have taken back has missed it, and nobody else will say it again. Members
   * alone are told: the address of a packet proves nothing.
   */
  remind(from: Address): void {
    const accuser = this.#parts.table.at(from);
    const self = this.#parts.table.get(this.#source.sourceNode);
    if (!this.#config.lastCall || accuser === undefined || self === undefined) return;
    this.#effects.send(accuser.peer, self.said);
  }

  /** Whom no packets reach is told all that we know instead; the news counts as sent, or it would wait for ever. */
  gossip(target: Member): void {
    const { pushPull, ways } = this.#parts;
    if (!ways.carryPackets(target)) pushPull.hasten(target.address, this.#now, this);
    this.#effects.gossip(target.peer);
  }

  spread(claim: Alive | Suspect | Dead): void {
    if (!this.#config.piggyback) return this.#multicast(claim);
    const transmits = retransmitLimit(this.#config.retransmitMult, this.#parts.table.known);
    this.#effects.offer(claim, transmits, claim.node);
  }

  tellAccused(address: Address, claim: Suspect): void {
    this.#effects.sendTo(address, claim);
  }

  /** Whoever was accused, and lives, may have been too slow to answer. */
  refuted(): void {
    this.#parts.health.change(1);
  }

  expired(member: Member, suspicion: Suspicion): void {
    this.#parts.claims.handleExpired(member, suspicion, this.#now, this);
  }

  notify<E extends NodeEvent>(event: E): void {
    this.#effects.notify(event);
  }

  signal(signal: NodeSignal): void {
    if (signal.type === "peerDown") this.#parts.udpWatch.handleDown(signal.peer);
    this.#effects.signal(signal);
  }

  drop(reason: string): void {
    this.#effects.drop(reason);
  }

  // Streams.

  dial(exchange: ExchangeId, to: Address): void {
    this.#effects.dial(exchange, to);
  }

  write(exchange: ExchangeId, bytes: Uint8Array): void {
    this.#effects.write(exchange, bytes);
  }

  writePart(exchange: ExchangeId, part: StreamPart): void {
    this.#effects.writePart(exchange, part);
  }

  finish(exchange: ExchangeId): void {
    this.#effects.finish(exchange);
  }

  abort(exchange: ExchangeId): void {
    this.#effects.abort(exchange);
  }

  openExchange(address: Address): ExchangeId {
    return this.#parts.pushPull.open(address, true, this.#now, this);
  }

  exchanged(exchange: ExchangeId, failure: ExchangeFailure | undefined): void {
    this.#parts.joins.handleExchanged(exchange, failure, this.#now, this.#rng, this);
    this.#parts.healer.handleExchanged(exchange, failure !== undefined, this.#now);
    if (failure !== undefined) return;
    this.#parts.prober.handleJoined(this.#now);
    if (!this.#config.piggyback) this.#greet();
  }

  /** Takes over a state that has been checked: row by row, by the rules for single claims. */
  merge(state: RemoteState, from: Address): void {
    const { claims } = this.#parts;
    const teller = { via: "pushPull", address: from } as const;
    for (const row of state.rows) {
      if (row instanceof ToldRow && this.#isKnown(row)) continue;
      const { name: node, incarnation } = row;
      switch (row.state) {
        case NODE_STATE.alive: {
          const claim = claimOf(row);
          claims.handleAlive(claim, teller, this.#now, this.#rng, this);
          break;
        }
        case NODE_STATE.left: {
          const claim = { type: "dead", incarnation, node, from: node } as const;
          claims.handleDead(claim, teller, this.#now, this);
          break;
        }
        default: {
          const rumour = row.state === NODE_STATE.dead ? "dead" : "suspect";
          claims.handleRumour({ node, incarnation }, rumour, teller, this.#now, this);
        }
      }
    }
  }

  /** Whether a row says of an alive member nothing but the very words that we have of it. */
  #isKnown({ said, incarnation, state, peer }: ToldRow): boolean {
    const { table } = this.#parts;
    // To find it by its name would take as long as all the rest; that the number is ours, too, its words prove.
    const guess = table.byPeer(peer);
    const member = guess?.said === said ? guess : table.get(said.node);
    const isAlive = state === NODE_STATE.alive && member?.state === "alive";
    return isAlive && member.said === said && incarnation <= member.incarnation;
  }

  /**
   * SWIM before infection (§3): news goes to every member once, from the node that has made it. Nobody
   * passes it on, and what is lost is lost.
   */
  #multicast(claim: Alive | Suspect | Dead): void {
    const self = this.#source.sourceNode;
    const isOurs = claim.node === self || (claim.type !== "alive" && claim.from === self);
    if (!isOurs) return;
    for (const member of this.#parts.table.all()) {
      const hears = member.state === "alive" || member.state === "suspect";
      // The accused hears of it even as one of the dead, and may contradict.
      if (member.name !== self && (hears || member.name === claim.node)) {
        this.#effects.send(member.peer, claim);
      }
    }
    if (claim.node === self) this.hasToldOfSelf = true;
  }

  /** We have come to know members by a state exchange: without gossip nobody else tells them of us. */
  #greet(): void {
    const self = this.#parts.table.get(this.#source.sourceNode);
    if (self?.state === "alive") this.#multicast(self.said);
  }

  /** Whether datagrams come through again. */
  #tryDatagram(target: Member): void {
    const seq = this.#parts.nextSeq();
    this.#parts.udpWatch.handleTrial(target, seq);
    this.#effects.sendTo(target.address, this.#pingOf(target.name, seq));
  }

  #suspicionOf({ incarnation, name: node }: Member): Suspect {
    return { type: "suspect", incarnation, node, from: this.#source.sourceNode };
  }

  #pingOf(node: string, seq: ProbeSeq): Ping {
    const { sourceAddr, sourcePort, sourceNode } = this.#source;
    return { type: "ping", seq, node, sourceAddr, sourcePort, sourceNode };
  }
}
