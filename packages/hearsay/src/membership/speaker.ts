/**
 * Says in memberlist's messages what the parts ask for.
 *
 * The parts know members and numbers, the composition knows messages and queues; this stands between them,
 * bound to the one call of `handle` that is under way.
 * @module
 */
import { addressBytes, addressPort, retransmitLimit } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  Instant,
  NodeEvent,
  NodeSignal,
  ProbeSeq,
  Rng,
  TenantEffects,
} from "../kernel/index.ts";
import type { Claims, ClaimsEffects } from "./claims.ts";
import type { GossiperEffects } from "./gossiper.ts";
import type { Joins, JoinsEffects } from "./joins.ts";
import type { Member } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { ProberEffects, ProbeRound } from "./prober.ts";
import type { PushPull, PushPullEffects } from "./push-pull.ts";
import type { RelayEffects } from "./relay.ts";
import type { ExchangeFailure } from "./state-check.ts";
import type { RemoteState } from "./state-stream.ts";
import type { Suspicion, SuspicionEffects } from "./suspicion.ts";
import { knowsNacks } from "./versions.ts";
import { NODE_STATE } from "./wire.ts";
import type { Ack, Alive, Dead, MembershipMessage, Nack, Ping, Suspect } from "./wire.ts";

/** The parts that hear of each other through the speaker. */
export interface SpeakerParts {
  readonly table: MemberTable;
  readonly claims: Claims;
  readonly pushPull: PushPull;
  readonly joins: Joins;
}

type Effects = TenantEffects<MembershipMessage>;

export class Speaker
  implements
    ClaimsEffects,
    GossiperEffects,
    JoinsEffects,
    ProberEffects,
    PushPullEffects,
    RelayEffects,
    SuspicionEffects
{
  readonly #retransmitMult: number;
  readonly #parts: SpeakerParts;
  /** Our address, in the form in which messages name it. */
  readonly #source: Pick<Ping, "sourceAddr" | "sourcePort" | "sourceNode">;
  #now!: Instant;
  #rng!: Rng;
  #effects!: Effects;

  constructor(retransmitMult: number, name: string, address: Address, parts: SpeakerParts) {
    this.#retransmitMult = retransmitMult;
    this.#parts = parts;
    this.#source = {
      sourceAddr: addressBytes(address),
      sourcePort: addressPort(address),
      sourceNode: name,
    };
  }

  /** Binds the speaker to a call. */
  begin(now: Instant, rng: Rng, effects: Effects): void {
    this.#now = now;
    this.#rng = rng;
    this.#effects = effects;
  }

  // Probes.

  /**
   * The place of the buddy system: a ping to a suspect member will carry the suspicion, so that it can
   * refute at once.
   */
  ping(target: Member, seq: ProbeSeq): void {
    this.#effects.send(target.peer, this.#pingOf(target.name, seq));
  }

  pingRequest(relay: Member, target: Member, seq: ProbeSeq): void {
    this.#effects.send(relay.peer, {
      type: "indirectPing",
      seq,
      target: addressBytes(target.address),
      port: addressPort(target.address),
      node: target.name,
      nack: knowsNacks(relay.versions),
      ...this.#source,
    });
  }

  unreachable(target: Member, round: ProbeRound): void {
    this.#parts.claims.handleUnreachable(target, round, this.#now, this);
  }

  relayPing(target: Address, targetName: string, seq: ProbeSeq): void {
    this.#effects.sendTo(target, this.#pingOf(targetName, seq));
  }

  relayAck(to: Address, seq: ProbeSeq): void {
    this.reply(to, { type: "ack", seq, payload: undefined });
  }

  relayNack(to: Address, seq: ProbeSeq): void {
    this.reply(to, { type: "nack", seq });
  }

  /** To a member if one is at this address, so that the packet can carry all that the member reads. */
  reply(to: Address, message: Ack | Nack): void {
    const member = this.#parts.table.at(to);
    if (member === undefined) this.#effects.sendTo(to, message);
    else this.#effects.send(member.peer, message);
  }

  // News.

  gossip(target: Member): void {
    this.#effects.gossip(target.peer);
  }

  spread(claim: Alive | Suspect | Dead): void {
    const transmits = retransmitLimit(this.#retransmitMult, this.#parts.table.known);
    this.#effects.offer(claim, transmits, claim.node);
  }

  /** The place where local health is lowered, when Lifeguard is added. */
  refuted(): void {}

  expired(member: Member, suspicion: Suspicion): void {
    this.#parts.claims.handleExpired(member, suspicion, this.#now, this);
  }

  notify(event: NodeEvent): void {
    this.#effects.notify(event);
  }

  signal(signal: NodeSignal): void {
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
    this.#parts.joins.handleExchanged(exchange, failure, this);
  }

  /** Takes over a state that has been checked: row by row, by the rules for single claims. */
  merge(state: RemoteState, from: Address): void {
    const { claims } = this.#parts;
    const teller = { via: "pushPull", address: from } as const;
    for (const row of state.rows) {
      const { name: node, incarnation } = row;
      switch (row.state) {
        case NODE_STATE.alive: {
          const { addr, port, meta, versions } = row;
          const claim = { type: "alive", incarnation, node, addr, port, meta, versions } as const;
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

  #pingOf(node: string, seq: ProbeSeq): Ping {
    return { type: "ping", seq, node, ...this.#source };
  }
}
