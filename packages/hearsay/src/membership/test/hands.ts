import {
  channel,
  channelBit,
  encode,
  formatAddress,
  invariant,
  NEVER,
  parseAddress,
  RecordedEffects,
  Sfc32,
} from "../../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  Incarnation,
  Instant,
  ProbeSeq,
  TenantEffect,
  TenantInput,
} from "../../kernel/index.ts";
import type { MembershipOptions } from "../config.ts";
import type { MembershipCommand, MembershipEvent, MembershipOutcome } from "../events.ts";
import { Membership } from "../membership.ts";
import type { MembershipInit } from "../membership-parts.ts";
import { MEMBERSHIP_MESSAGES } from "../wire.ts";
import type { MembershipMessage } from "../wire.ts";
import { TestPeers } from "./test-peers.ts";

type Effect = TenantEffect<MembershipMessage>;

/** A machine in a test's hands. */
export interface Hand {
  readonly name: string;
  readonly address: Address;
  readonly membership: Membership;
  readonly peers: TestPeers;
  readonly effects: RecordedEffects<MembershipMessage>;
  readonly rng: Sfc32;
  /** What waits to be gossiped, by key. */
  readonly news: Map<string, MembershipMessage>;
}

/**
 * Some machines, and a test that carries everything between them: nothing is delivered, and no time passes,
 * unless the test does it. Messages cross as bytes.
 */
export class Hands {
  readonly nodes = new Map<string, Hand>();
  now = 0 as Instant;
  readonly #pings = new Map<string, ProbeSeq>();

  constructor(
    names: string,
    config: MembershipOptions = { preset: "lan" },
    more: Partial<MembershipInit> = {},
  ) {
    for (const [i, name] of [...names].entries()) {
      const address = parseAddress(`10.0.0.${i + 1}:7946`);
      const peers = new TestPeers();
      const firstIncarnation = 100 as Incarnation;
      const init = { name, address, peers, config, firstIncarnation, now: this.now, ...more };
      this.nodes.set(name, {
        name,
        address,
        peers,
        membership: new Membership(init),
        effects: new RecordedEffects<MembershipMessage>(),
        rng: new Sfc32(i + 1),
        news: new Map<string, MembershipMessage>(),
      });
      this.handle(name, { type: "start", channels: channelBit(channel("m")) });
    }
  }

  node(name: string): Hand {
    const node = this.nodes.get(name);
    invariant(node !== undefined, `no machine ${name}`);
    return node;
  }

  /** Hands one input to a machine; returns what it asks for as lines. */
  handle(name: string, input: TenantInput<MembershipMessage, MembershipCommand>): string[] {
    const { membership, rng, effects } = this.node(name);
    membership.handle(input, this.now, rng, effects);
    return this.#read(name).map((effect) => this.#line(effect));
  }

  command(name: string, command: MembershipCommand): string[] {
    return this.handle(name, { type: "command", command });
  }

  /** Hands a message over as bytes, from the address of `from`. */
  tell(to: string, from: string, message: MembershipMessage): string[] {
    const type = MEMBERSHIP_MESSAGES.find((each) => each.type === message.type);
    invariant(type !== undefined, `${message.type} is no message of membership`);
    const bytes = encode(type, message);
    const sender = this.node(from).address;
    return this.handle(to, {
      type: "message",
      message: type.decode(bytes, type.prefix.length, bytes.length),
      from: sender,
      peer: this.node(to).peers.at(sender),
      carrier: "datagram",
    });
  }

  /** Lets the clock of a machine ring at its deadline, the first time that this does something. */
  next(name: string): string[] {
    for (let i = 0; i < 10_000; i++) {
      const { deadline } = this.node(name).membership;
      invariant(deadline < NEVER, `${name} waits for nothing`);
      if (deadline > this.now) this.now = deadline;
      const lines = this.handle(name, { type: "timeout" }).filter((line) => line !== "gossip");
      if (lines.length > 0) return [`at ${this.now}`, ...lines];
    }
    throw new Error(`${name} does nothing`);
  }

  /** Rings at `at` and at every deadline before it. */
  until(name: string, at: number): string[] {
    const lines: string[] = [];
    while (this.node(name).membership.deadline <= at) {
      const { deadline } = this.node(name).membership;
      if (deadline > this.now) this.now = deadline;
      lines.push(...this.handle(name, { type: "timeout" }));
    }
    this.now = at as Instant;
    return lines.filter((line) => line !== "gossip");
  }

  /** Carries a whole state exchange that `dialer` has just asked for; returns the events of both. */
  exchange(dialer: string, id: number, acceptor: string): string[] {
    const here = id as ExchangeId;
    const there = -id as ExchangeId;
    const lines: string[] = [];
    const carry = (from: string, to: string, effects: Effect[]): void => {
      const own = from === dialer ? here : there;
      const other = from === dialer ? there : here;
      for (const effect of effects) {
        if (effect.type === "write" && effect.exchange === own) {
          this.#step(to, { type: "chunk", exchange: other, bytes: effect.bytes }, (next) =>
            carry(to, from, next),
          );
          this.#step(from, { type: "writable", exchange: own }, (next) => carry(from, to, next));
        } else if (effect.type === "finish" && effect.exchange === own) {
          this.#step(to, { type: "ended", exchange: other }, (next) => carry(to, from, next));
        } else if (effect.type === "notify") lines.push(`${from}: ${this.#line(effect)}`);
      }
    };
    const { address } = this.node(dialer);
    this.#step(acceptor, { type: "accepted", exchange: there, from: address }, () => {});
    this.#step(dialer, { type: "opened", exchange: here }, (next) => carry(dialer, acceptor, next));
    return lines;
  }

  /** What `from` has to tell goes to `to`, all of it. */
  gossip(from: string, to: string): string[] {
    const lines: string[] = [];
    for (const message of this.node(from).news.values())
      lines.push(...this.tell(to, from, message));
    return lines;
  }

  /** The number of the last ping that `name` has sent. */
  lastPing(name: string): ProbeSeq {
    const seq = this.#pings.get(name);
    invariant(seq !== undefined, `${name} has pinged nobody`);
    return seq;
  }

  /** `b alive@100`, ordered by name. */
  view(name: string): string[] {
    return this.node(name)
      .membership.members()
      .map((member) => {
        return `${member.name} ${member.state}@${member.incarnation}`;
      });
  }

  #step(
    name: string,
    input: TenantInput<MembershipMessage, MembershipCommand>,
    then: (effects: Effect[]) => void,
  ): void {
    const { membership, rng, effects } = this.node(name);
    membership.handle(input, this.now, rng, effects);
    then(this.#read(name));
  }

  #read(name: string): Effect[] {
    const { effects, news } = this.node(name);
    const taken = effects.take();
    for (const effect of taken) {
      if (effect.type === "offer") news.set(effect.key, effect.message);
      if (effect.type === "send" && effect.message.type === "ping") {
        this.#pings.set(name, effect.message.seq);
      }
    }
    return taken;
  }

  #line(effect: Effect): string {
    switch (effect.type) {
      case "send": {
        const { message, second, peer } = effect;
        const both = second === undefined ? "" : ` + ${describe(second)}`;
        return `${describe(message)}${both} to peer ${this.#nameOfPeer(peer)}`;
      }
      case "sendTo":
        return `${describe(effect.message)} to ${effect.address}`;
      case "gossip":
        return "gossip";
      case "offer":
        return `offer ${describe(effect.message)} ×${effect.transmits} as ${effect.key}`;
      case "dial":
        return `dial ${effect.to} as ${effect.exchange}`;
      case "signal": {
        const { signal } = effect;
        return `signal ${signal.type}${signal.type === "peerDown" ? ` ${signal.reason}` : ""}`;
      }
      case "notify":
        return describeEvent(effect.event as MembershipEvent | MembershipOutcome);
      case "drop":
        return `drop ${effect.reason}`;
      default:
        return effect.type;
    }
  }

  #nameOfPeer(peer: number): string {
    for (const { peers } of this.nodes.values()) {
      if (peers.has(peer as never)) return peers.nameOf(peer as never);
    }
    return "nobody";
  }
}

function describe(message: MembershipMessage): string {
  switch (message.type) {
    case "ping":
      return `ping ${message.node}`;
    case "indirectPing": {
      const nack = message.nack ? ", nack wanted" : "";
      return `ask about ${message.node} at ${formatAddress(message.target, message.port)}${nack}`;
    }
    case "ack":
    case "nack":
      return message.type;
    case "alive":
      return `alive ${message.node}@${message.incarnation}`;
    case "suspect":
    case "dead":
      return `${message.type} ${message.node}@${message.incarnation} by ${message.from}`;
  }
}

function describeEvent(event: MembershipEvent | MembershipOutcome): string {
  if ("member" in event) return `event ${event.type} ${event.member.name}`;
  return JSON.stringify(event);
}
