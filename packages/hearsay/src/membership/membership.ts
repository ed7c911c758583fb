/**
 * Who is there: SWIM on memberlist's wire, as one pure tenant.
 *
 *     ping · ack · nack ──▶ Prober ── unreachable ─▶ ┌────────┐ ─▶ offer (gossip)
 *        over a stream      TcpPinger                │        │
 *     indirect ping     ──▶ Relay                    │ Claims │ ─▶ notify (application)
 *     alive·suspect·dead ──────────────────────────▶ │        │ ─▶ signal (other tenants)
 *     push/pull         ──▶ PushPull ── merge ─────▶ └───┬────┘
 *                           Suspicions ◀─ start, expired ┘
 *                           Gossiper ──▶ gossip
 *
 * This class hands each input to its part and shows one deadline; the rules are in the parts, which `membership-parts.ts` makes.
 * @see SWIM (Das, Gupta, Motivala 2002); docs/protocols/swim.md
 * @module
 */
import {
  addressPort,
  assertNever,
  earlier,
  formatAddress,
  isNamed,
  NEVER,
  STREAMS_ONLY,
} from "../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Incarnation,
  Instant,
  PeerId,
  Peers,
  PeerSampler,
  ProbeSeq,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { Claims } from "./claims.ts";
import type { Conflict } from "./claims.ts";
import { Commands } from "./commands.ts";
import type { MembershipCommand } from "./events.ts";
import { explain } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import { Forgotten } from "./forgotten.ts";
import { Gossiper } from "./gossiper.ts";
import { Healer } from "./healer.ts";
import { Joins } from "./joins.ts";
import { LocalMember } from "./local-member.ts";
import { viewOf } from "./member.ts";
import type { MemberState, MemberView } from "./member.ts";
import { MemberTable } from "./member-table.ts";
import { PathTrials } from "./path-trials.ts";
import { Pings } from "./pings.ts";
import { Prober } from "./prober.ts";
import { PushPull } from "./push-pull.ts";
import { Relay } from "./relay.ts";
import { restoreParts, saveParts } from "./saved-membership.ts";
import type { SavedParts } from "./saved-membership.ts";
import { SelfDistrust } from "./self-distrust.ts";
import { Speaker } from "./speaker.ts";
import { Suspicions } from "./suspicion.ts";
import { Takeovers } from "./takeovers.ts";
import { TcpPinger } from "./tcp-pinger.ts";
import { Transitions } from "./transitions.ts";
import { UdpWatch } from "./udp-watch.ts";
import { MEMBERSHIP_MESSAGES, MEMBERSHIP_STREAMS } from "./wire.ts";
import type { Dead, IndirectPing, MembershipMessage, Ping, Suspect } from "./wire.ts";
import { makeParts } from "./membership-parts.ts";
import type { MadeParts, MembershipInit } from "./membership-parts.ts";

const FIRST_SEQS = 32;
/** Numbers begin again here: more bytes would travel with every probe, and so many are never under way. */
const LAST_SEQ = 0xffff;

interface SavedMembership extends SavedParts {
  readonly seq: number;
}

type ClaimedSource = Pick<Ping, "sourceAddr" | "sourcePort">;

type Input = TenantInput<MembershipMessage, MembershipCommand>;

export class Membership implements Tenant<MembershipMessage, MembershipCommand> {
  readonly name = "membership";
  readonly wire: TenantWire<MembershipMessage> = {
    messages: MEMBERSHIP_MESSAGES,
    streams: MEMBERSHIP_STREAMS,
    share: "guaranteed",
  };
  readonly #peers: Peers;
  /** All of them; those that are asked with each input have a field of their own. */
  readonly #parts: MadeParts;
  readonly #local: LocalMember;
  /** Ours, which never changes: asked for at each ping. */
  readonly #ownName: string;
  readonly #table: MemberTable;
  readonly #suspicions: Suspicions;
  readonly #forgotten: Forgotten;
  readonly #takeovers: Takeovers;
  readonly #healer: Healer;
  readonly #joins: Joins;
  readonly #claims: Claims;
  readonly #transitions: Transitions;
  readonly #prober: Prober;
  readonly #relay: Relay;
  readonly #pings: Pings;
  readonly #pathTrials: PathTrials;
  readonly #tcpPinger: TcpPinger;
  readonly #udpWatch: UdpWatch;
  readonly #selfDistrust: SelfDistrust;
  readonly #gossiper: Gossiper;
  readonly #pushPull: PushPull;
  readonly #commands: Commands;
  readonly #speaker: Speaker;
  #seq = 0;
  /** When `timeout` must next be delivered: the earliest of the parts, looked up once an input. */
  deadline: Instant = NEVER;
  /** The earliest of the parts but the prober. */
  #othersDeadline: Instant = NEVER;

  /** @throws HearsayError `ERR_OPTION`, `ERR_META_TOO_LARGE` */
  constructor(init: MembershipInit) {
    const numbers = { nextSeq: () => this.#nextSeq() };
    const parts = makeParts(init, numbers, (seq, at) => this.#onAck(seq, undefined, at));
    this.#peers = init.peers;
    this.#parts = parts;
    this.#local = parts.local;
    this.#ownName = parts.local.member.name;
    this.#table = parts.table;
    this.#suspicions = parts.suspicions;
    this.#forgotten = parts.forgotten;
    this.#takeovers = parts.takeovers;
    this.#healer = parts.healer;
    this.#joins = parts.joins;
    this.#claims = parts.claims;
    this.#transitions = parts.transitions;
    this.#prober = parts.prober;
    this.#relay = parts.relay;
    this.#pings = parts.pings;
    this.#pathTrials = parts.pathTrials;
    this.#tcpPinger = parts.tcpPinger;
    this.#udpWatch = parts.udpWatch;
    this.#selfDistrust = parts.selfDistrust;
    this.#gossiper = parts.gossiper;
    this.#pushPull = parts.pushPull;
    this.#commands = parts.commands;
    this.#speaker = parts.speaker;
  }

  /** Other bearers of a member's name that were met lately. */
  conflicts(): readonly Conflict[] {
    return this.#claims.conflicts();
  }

  /** Whether we are reached by streams alone. */
  get streamsOnly(): boolean {
    return this.#peers.understands(this.#local.member.peer, STREAMS_ONLY);
  }

  /** The alive members but ourselves, for protocols that need somebody to talk to. */
  get sampler(): PeerSampler {
    return this.#table;
  }

  #earliest(): Instant {
    let deadline = earlier(this.#gossiper.deadline, this.#relay.deadline);
    deadline = earlier(deadline, this.#suspicions.deadline);
    deadline = earlier(deadline, this.#pushPull.deadline);
    deadline = earlier(deadline, this.#takeovers.deadline);
    deadline = earlier(deadline, this.#healer.deadline);
    deadline = earlier(deadline, this.#joins.deadline);
    deadline = earlier(deadline, this.#pings.deadline);
    deadline = earlier(deadline, this.#pathTrials.deadline);
    if (this.#commands.isWaiting) deadline = earlier(deadline, this.#commands.deadline);
    this.#othersDeadline = deadline;
    return earlier(deadline, this.#prober.deadline);
  }

  /** Ourselves as the others see us. */
  get local(): MemberView {
    return viewOf(this.#local.member);
  }

  /** Our state alone, without a copy of all the rest. */
  get state(): MemberState {
    return this.#local.member.state;
  }

  /** Our incarnation alone. */
  get incarnation(): Incarnation {
    return this.#local.member.incarnation;
  }

  /** How slow we take ourselves to be: 0 is not at all, `awarenessMaxMultiplier - 1` is the most. */
  get localHealth(): number {
    return this.#parts.health.score;
  }

  /** Members known, ourselves and those lately gone included. */
  get memberCount(): number {
    return this.#table.known;
  }

  /** Alive members, ourselves included until we leave. */
  get aliveCount(): number {
    return this.#table.size + (this.#local.isLeaving ? 0 : 1);
  }

  /** How much is kept of what can grow, and how much may be: for whoever asks after every step. */
  eachStore(visit: (what: string, size: number, most: number) => void): void {
    const { lost, history, config } = this.#parts;
    visit("members", this.#table.known, config.maxMembers);
    visit("suspicions", this.#suspicions.size, config.maxMembers);
    visit("dead to be asked for", lost.size, config.maxLost);
    visit("forgotten names", this.#forgotten.size, config.maxForgotten);
    visit("bytes of history", history.bytes, config.maxHistoryBytes);
    visit("probes for others", this.#relay.size, config.maxRelays);
  }

  /** Copies of all rows, ordered by name (UTF-16 units, the same everywhere). */
  members(): MemberView[] {
    return this.#table.sorted().map(viewOf);
  }

  /** A copy of the row with this name. */
  member(name: string): MemberView | undefined {
    const member = this.#table.get(name);
    return member === undefined ? undefined : viewOf(member);
  }

  /**
   * Why the member with this name is what it is, as far as we remember; `undefined` if we know nothing of it.
   * `now` is the host's.
   */
  explain(name: string, now: Instant): Explanation | undefined {
    return explain(name, now, this.#parts);
  }

  handle(input: Input, now: Instant, rng: Rng, effects: TenantEffects<MembershipMessage>): void {
    const speaker = this.#speaker;
    speaker.begin(now, rng, effects);
    const wasLate = this.#selfDistrust.handleInput(this.deadline, now, speaker);
    if (this.#pathTrials.size > 0) this.#listen(input);
    if (!wasLate && this.#handleAtRest(input, now, rng)) {
      this.deadline = earlier(this.#othersDeadline, this.#prober.deadline);
      return;
    }
    switch (input.type) {
      case "message":
        this.#onMessage(input.message, input.from, input.peer, now, rng);
        break;
      case "timeout":
        this.#onTimeout(now, rng);
        break;
      case "accepted":
      case "opened":
      case "chunk":
      case "writable":
      case "ended":
      case "failed":
        if (this.#tcpPinger.owns(input.exchange)) this.#tcpPinger.handleExchange(input, speaker);
        else this.#pushPull.handleExchange(input, now, speaker);
        break;
      case "spent":
        this.#commands.handleSpent(input.key, speaker);
        break;
      case "news":
        this.#gossiper.handleNews(input.waiting, now);
        break;
      case "command":
        this.#commands.handle(input.command, now, rng, speaker);
        break;
      case "start":
        this.#start(input.channels, now, rng);
        break;
      case "signal":
      case "linkUp":
      case "linkDown":
        break;
      default:
        assertNever(input);
    }
    if (speaker.hasToldOfSelf) this.#commands.handleSpent(this.#local.member.name, speaker);
    this.#commands.settle(now, speaker);
    this.#healer.reconsider(now, rng);
    this.#releaseForgotten(now);
    this.deadline = this.#earliest();
  }

  save(): SavedMembership {
    return { ...saveParts(this.#parts), seq: this.#seq };
  }

  restore(saved: Saved): void {
    const { seq, ...parts } = saved as SavedMembership;
    restoreParts(this.#parts, parts);
    this.#seq = seq;
    this.deadline = this.#earliest();
  }

  /**
   * Nearly all inputs of a node at rest: its probe is answered, somebody pings it, a probe is due. They change
   * nothing but the prober; returns whether this was one, and is done.
   */
  #handleAtRest(input: Input, now: Instant, rng: Rng): boolean {
    const speaker = this.#speaker;
    const isEarly = now < this.#othersDeadline;
    if (input.type === "timeout") {
      if (!isEarly || !this.#prober.isIdle) return false;
      this.#prober.handleTimeout(now, rng, speaker);
      return !this.#table.hasForgotten;
    }
    if (input.type !== "message") return false;
    const { message } = input;
    if (message.type === "ack") {
      return this.#prober.handleAck(message.seq, message.payload, now, speaker);
    }
    const isPing = message.type === "ping" && isEarly;
    if (isPing) this.#onPing(message, input.from, input.peer);
    return isPing;
  }

  /** A trial wants to know whose datagrams reach us. */
  #listen(input: Input): void {
    if (input.type !== "message" || input.carrier !== "datagram") return;
    this.#pathTrials.hear(input.peer, this.#speaker);
  }

  #start(channels: ChannelSet, now: Instant, rng: Rng): void {
    this.#commands.setChannels(channels);
    // An ack that is on its way to an earlier run of this node should not find its number here. That run has
    // most likely come further than this, and a small number is short in every probe.
    this.#seq = rng.below(FIRST_SEQS);
    this.#prober.start(now, rng);
    this.#gossiper.start(now, rng);
    this.#pushPull.start(now, rng);
    this.#healer.start(now, rng);
    this.#transitions.introduceSelf(now, this.#speaker);
  }

  #onMessage(
    message: MembershipMessage,
    from: Address,
    peer: PeerId,
    now: Instant,
    rng: Rng,
  ): void {
    const speaker = this.#speaker;
    switch (message.type) {
      case "alive":
        return this.#claims.handleAlive(message, gossipFrom(from), now, rng, speaker);
      case "ping":
        return this.#onPing(message, from, peer);
      case "ack":
        return this.#onAck(message.seq, message.payload, now);
      case "suspect":
        if (this.#isTakenBack(message)) return speaker.remind(from);
        return this.#claims.handleSuspect(message, gossipFrom(from), now, speaker);
      case "dead":
        if (this.#isTakenBack(message)) return speaker.remind(from);
        return this.#claims.handleDead(message, gossipFrom(from), now, speaker);
      case "indirectPing":
        return this.#onIndirectPing(message, from, now);
      case "nack":
        return this.#prober.handleNack(message.seq, from);
      default:
        assertNever(message);
    }
  }

  #onAck(seq: ProbeSeq, payload: Uint8Array | undefined, now: Instant): void {
    const speaker = this.#speaker;
    if (this.#prober.handleAck(seq, payload, now, speaker)) return;
    if (this.#relay.handleAck(seq, speaker)) return;
    if (this.#takeovers.handleAck(seq, speaker)) return;
    if (this.#healer.handleAck(seq, now, speaker)) return;
    if (this.#pings.handleAck(seq, payload, now, speaker)) return;
    if (this.#udpWatch.handleAck(seq, now, speaker)) return;
    if (this.#pathTrials.handleAck(seq, now, speaker)) return;
    speaker.drop("lateAck");
  }

  /** Whether this accuses us of what we have contradicted already. */
  #isTakenBack({ node, incarnation }: Suspect | Dead): boolean {
    const { member, isLeaving } = this.#local;
    return node === member.name && incarnation < member.incarnation && !isLeaving;
  }

  #onPing(ping: Ping, from: Address, peer: PeerId): void {
    const isMeant = ping.node === "" || ping.node === this.#ownName;
    if (!isMeant) return this.#speaker.drop("pingOfAnother");
    // Most pings come from a member, and name the very address that they come from.
    const isUsual = this.#table.knows(peer) && this.#namesItself(ping, peer);
    if (isUsual) this.#speaker.ack(peer, ping.seq);
    else this.#speaker.ackTo(this.#replyAddress(ping, from), ping.seq);
  }

  #namesItself({ sourceAddr, sourcePort }: Ping, peer: PeerId): boolean {
    return isNamed(this.#peers.partsOf(peer), sourceAddr, sourcePort);
  }

  #onIndirectPing(request: IndirectPing, from: Address, now: Instant): void {
    const { seq, node: targetName, nack: wantsNack } = request;
    const port = request.port === 0 ? addressPort(this.#local.member.address) : request.port;
    const target = formatAddress(request.target, port);
    if (target === undefined) return this.#speaker.drop("badAddress");
    const replyTo = this.#replyAddress(request, from);
    // Whoever is not a member must not be pinged because somebody says so. We are well and know nothing: a nack.
    if (this.#table.at(target) === undefined) {
      this.#speaker.drop("relayToStranger");
      if (wantsNack) this.#speaker.relayNack(replyTo, seq);
      return;
    }
    const errand = { seq, target, targetName, replyTo, wantsNack };
    this.#relay.handleRequest(errand, now, this.#speaker);
  }

  /**
   * Where an answer goes: where the packet is from. To the address that is in the message only if a member lives there:
   * else anybody could have us send to anybody.
   */
  #replyAddress({ sourceAddr, sourcePort }: ClaimedSource, from: Address): Address {
    if (sourceAddr.length === 0 || sourcePort === 0) return from;
    const claimed = formatAddress(sourceAddr, sourcePort);
    return claimed === undefined || this.#table.at(claimed) === undefined ? from : claimed;
  }

  #onTimeout(now: Instant, rng: Rng): void {
    const speaker = this.#speaker;
    this.#relay.handleTimeout(now, speaker);
    this.#prober.handleTimeout(now, rng, speaker);
    this.#suspicions.handleTimeout(now, speaker);
    this.#takeovers.handleTimeout(now, speaker);
    this.#gossiper.handleTimeout(now, rng, speaker);
    this.#pushPull.handleTimeout(now, rng, speaker);
    this.#healer.handleTimeout(now, rng, speaker);
    this.#joins.handleTimeout(now, speaker);
    this.#pings.handleTimeout(now, speaker);
    this.#pathTrials.handleTimeout(now, speaker);
  }

  /** Gives back the peers of members that have been forgotten. */
  #releaseForgotten(now: Instant): void {
    for (const { name, incarnation, peer } of this.#table.takeForgotten()) {
      const isFull = this.#forgotten.remember(name, incarnation, now);
      if (isFull) this.#speaker.drop("forgottenGivenUp");
      this.#speaker.signal({ type: "peerDown", peer, reason: "forgotten" });
      this.#peers.release(peer);
    }
  }

  /** Numbers of all probes come from one sequence, so that an ack can be meant for one only. */
  #nextSeq(): ProbeSeq {
    this.#seq = (this.#seq + 1) & LAST_SEQ;
    return this.#seq as ProbeSeq;
  }
}

function gossipFrom(address: Address): { readonly via: "gossip"; readonly address: Address } {
  return { via: "gossip", address };
}
