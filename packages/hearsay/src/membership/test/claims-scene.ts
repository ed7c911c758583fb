import { addressBytes, formatAddress, NEVER, parseAddress, Sfc32 } from "../../kernel/index.ts";
import type {
  Address,
  Incarnation,
  Instant,
  NodeEvent,
  NodeSignal,
  ProbeSeq,
} from "../../kernel/index.ts";
import { Claims } from "../claims.ts";
import type { ClaimsEffects } from "../claims.ts";
import { MEMBERSHIP_PRESETS } from "../config.ts";
import type { MembershipEvent } from "../events.ts";
import { Forgotten } from "../forgotten.ts";
import { History } from "../history.ts";
import type { MembershipHooks } from "../hooks.ts";
import { LostMembers } from "../lost-members.ts";
import { LocalMember } from "../local-member.ts";
import { MemberTable } from "../member-table.ts";
import { saidAt } from "../said.ts";
import { Suspicions } from "../suspicion.ts";
import { Takeovers } from "../takeovers.ts";
import type { Takeover, TakeoversEffects } from "../takeovers.ts";
import { Transitions } from "../transitions.ts";
import { OWN_VERSIONS } from "../versions.ts";
import type { Alive, Dead, Suspect } from "../wire.ts";
import { TestPeers } from "./test-peers.ts";

/** Where everybody is, unless a test says otherwise: the number of the letter. */
export function addressOf(name: string): Address {
  return parseAddress(`10.0.0.${name.charCodeAt(0) - 96}:7946`);
}

export interface AliveDetails {
  readonly address?: Address;
  readonly meta?: readonly number[];
  readonly versions?: Uint8Array;
}

/**
 * The rules at node `a`, incarnation 10, with three others told alive under incarnation 1. Calls return what
 * was done as lines: `spread` to all, `event` to the application, `signal` to other tenants.
 */
export class ClaimsScene implements ClaimsEffects, TakeoversEffects {
  readonly peers = new TestPeers();
  readonly table: MemberTable;
  readonly suspicions: Suspicions;
  readonly local: LocalMember;
  readonly forgotten = new Forgotten({ maxForgotten: 2, forgottenMs: 60_000 });
  readonly lost = new LostMembers({ maxLost: 100, reconnectTimeoutMs: 60_000 });
  readonly history = new History({ historyEntries: 4, maxHistoryBytes: 10_000 });
  readonly takeovers: Takeovers;
  readonly transitions: Transitions;
  readonly claims: Claims;
  readonly rng = new Sfc32(1);
  /** Every event so far. */
  readonly events: MembershipEvent[] = [];
  now = 0 as Instant;
  #seq = 0;
  #lines: string[] = [];

  constructor(
    others = "bcd",
    deadNodeReclaimMs = 0,
    maxMembers = 100,
    admit?: MembershipHooks["admit"],
  ) {
    this.table = new MemberTable({ maxMembers, gossipToTheDeadMs: 30_000 }, this.peers);
    const address = addressOf("a");
    const said = saidAt("a", address, 10 as Incarnation);
    const self = this.table.addSelf(said, address, { type: "started" }, this.now);
    this.local = new LocalMember(self);
    // Confirmations are the suspicions' affair: here they run for a fixed time.
    this.suspicions = new Suspicions({
      ...MEMBERSHIP_PRESETS.lan,
      confirmations: false,
      lastCall: false,
    });
    const { table, suspicions, local, peers } = this;
    this.transitions = new Transitions({
      table,
      suspicions,
      local,
      peers,
      lost: this.lost,
      history: this.history,
    });
    this.takeovers = new Takeovers(MEMBERSHIP_PRESETS.lan, {
      nextSeq: () => ++this.#seq as ProbeSeq,
    });
    const { transitions, forgotten, takeovers } = this;
    this.claims = new Claims(
      { deadNodeReclaimMs, maxNameBytes: 16, probeIntervalMs: 1000, conflictIntervalMs: 60_000 },
      {
        table,
        peers,
        suspicions,
        local,
        transitions,
        forgotten,
        lost: this.lost,
        takeovers,
        admit,
      },
    );
    for (const name of others) this.alive(name, 1);
  }

  alive(node: string, incarnation: number, details: AliveDetails = {}): string[] {
    const { address = addressOf(node), meta = [], versions = OWN_VERSIONS } = details;
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    const claim: Alive = {
      type: "alive",
      incarnation: incarnation as Incarnation,
      node,
      addr: addressBytes(address),
      port,
      meta: Uint8Array.from(meta),
      versions,
    };
    return this.#run(() => this.hear(claim));
  }

  suspect(node: string, incarnation: number, from: string): string[] {
    return this.#run(() =>
      this.hear({ type: "suspect", incarnation: incarnation as Incarnation, node, from }),
    );
  }

  dead(node: string, incarnation: number, from: string): string[] {
    return this.#run(() =>
      this.hear({ type: "dead", incarnation: incarnation as Incarnation, node, from }),
    );
  }

  rumour(node: string, incarnation: number, state: "suspect" | "dead"): string[] {
    const told = { via: "pushPull", address: addressOf("d") } as const;
    const claim = { node, incarnation: incarnation as Incarnation };
    return this.#run(() => this.claims.handleRumour(claim, state, told, this.now, this));
  }

  /** Whoever was asked for last answers. */
  answer(): string[] {
    return this.#run(() => this.takeovers.handleAck(this.#seq as ProbeSeq, this));
  }

  /** Nobody answers the pings for a name that is claimed elsewhere. */
  silence(): string[] {
    return this.#run(() => {
      while (this.takeovers.deadline < NEVER) {
        this.now = this.takeovers.deadline;
        this.takeovers.handleTimeout(this.now, this);
      }
    });
  }

  pingAt(address: Address, name: string): void {
    this.#lines.push(`ping ${name} at ${address}`);
  }

  examined(takeover: Takeover, answered: boolean): void {
    this.claims.handleExamined(takeover, answered, this.now, this);
  }

  /** Lets time pass. */
  wait(ms: number): string[] {
    this.now = (this.now + ms) as Instant;
    return this.#run(() =>
      this.suspicions.handleTimeout(this.now, {
        lastCall: () => {},
        drop: (reason) => this.drop(reason),
        expired: (member, suspicion) =>
          this.claims.handleExpired(member, suspicion, this.now, this),
      }),
    );
  }

  act(what: (claims: Claims, transitions: Transitions) => void): string[] {
    return this.#run(() => what(this.claims, this.transitions));
  }

  /** `b suspect@2`, ordered by name. */
  view(): string[] {
    return this.table.sorted().map(({ name, state, incarnation }) => {
      return `${name} ${state}@${incarnation}`;
    });
  }

  hear(claim: Alive | Suspect | Dead): void {
    const told = { via: "gossip", address: addressOf("c") } as const;
    switch (claim.type) {
      case "alive":
        return this.claims.handleAlive(claim, told, this.now, this.rng, this);
      case "suspect":
        return this.claims.handleSuspect(claim, told, this.now, this);
      case "dead":
        return this.claims.handleDead(claim, told, this.now, this);
    }
  }

  spread(claim: Alive | Suspect | Dead): void {
    const { type, node, incarnation } = claim;
    const place = claim.type === "alive" ? ` at ${formatAddress(claim.addr, claim.port)}` : "";
    const by = claim.type === "alive" ? "" : ` by ${claim.from}`;
    this.#lines.push(`spread ${type} ${node}@${incarnation}${by}${place}`);
  }

  tellAccused(address: Address, { node, incarnation }: Suspect): void {
    this.#lines.push(`tell ${address} of suspect ${node}@${incarnation}`);
  }

  refuted(): void {
    this.#lines.push("refuted");
  }

  notify(event: NodeEvent): void {
    const told = event as MembershipEvent;
    this.events.push(told);
    this.#lines.push(`event ${told.type} ${told.member.name} (${told.reason.type})`);
  }

  signal(signal: NodeSignal): void {
    const reason = signal.type === "peerDown" ? ` ${signal.reason}` : "";
    this.#lines.push(`signal ${signal.type} ${this.peers.nameOf(signal.peer)}${reason}`);
  }

  drop(reason: string): void {
    this.#lines.push(`drop ${reason}`);
  }

  #run(act: () => void): string[] {
    this.#lines = [];
    act();
    return this.#lines;
  }
}
