/**
 * Takeovers: a name is claimed from another address, under a newer incarnation.
 *
 *     claim ──▶ ping the old address, by name, up to three times ──ack──▶ two nodes have one name: a conflict
 *                                                                └─silence─▶ the member has moved
 *
 * A process that comes back on another host, or a container with another address, is an ordinary restart;
 * waiting until its old self is declared dead and forgotten would keep it out for minutes. Two processes
 * under one name are a mistake, and the first of them must not be put out by the second. One question
 * tells them apart.
 *
 * Of our own name it is the claimed address that is asked: a node whose clock was set back while it was down
 * is spoken of under a higher incarnation at the address of its former self.
 * @see docs/protocols/healing.md, moves and conflicts
 * @module
 */
import { Deadlines, later } from "../kernel/index.ts";
import type { Address, Instant, ProbeSeq } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Teller } from "./transitions.ts";
import { Throttle } from "./throttle.ts";
import type { Alive } from "./wire.ts";

export type TakeoversConfig = Pick<MembershipConfig, "probeTimeoutMs" | "probeIntervalMs">;

/** Pings to the old address: that all are lost is rare. */
const PINGS = 3;
/** Claims under examination at the same time; further ones are dropped, and come again. */
const MAX_TAKEOVERS = 64;
/** Probe intervals between two examinations of one claim. */
const QUIET_INTERVALS = 5;

export interface Takeover {
  readonly claim: Alive;
  /** Where the claim says that the member is. */
  readonly claimed: Address;
  /** Where we ask whether somebody of this name is there. */
  readonly asked: Address;
  readonly teller: Teller;
}

interface Examination extends Takeover {
  readonly seq: ProbeSeq;
  pingsLeft: number;
}

export interface SavedTakeovers {
  readonly examinations: readonly Examination[];
  readonly deadlines: readonly (readonly [seq: ProbeSeq, at: Instant])[];
  readonly begun: ReadonlyMap<string, Instant>;
}

export interface TakeoversEffects {
  /** A ping to whoever is there, if that is its name. */
  pingAt(address: Address, name: string, seq: ProbeSeq): void;
  /** The name is answered for at the address that was asked, or not. */
  examined(takeover: Takeover, answered: boolean): void;
  drop(reason: string): void;
}

export class Takeovers {
  readonly #config: TakeoversConfig;
  readonly #nextSeq: () => ProbeSeq;
  readonly #bySeq = new Map<ProbeSeq, Examination>();
  readonly #seqByName = new Map<string, ProbeSeq>();
  readonly #deadlines = new Deadlines<ProbeSeq>();
  readonly #begun: Throttle;

  constructor(config: TakeoversConfig, numbers: { nextSeq(): ProbeSeq }) {
    this.#config = config;
    this.#nextSeq = () => numbers.nextSeq();
    this.#begun = new Throttle(QUIET_INTERVALS * config.probeIntervalMs, MAX_TAKEOVERS);
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  /** Asks, unless the same is being asked or was a moment ago. `examined` follows. */
  examine(takeover: Takeover, now: Instant, effects: Omit<TakeoversEffects, "examined">): void {
    const { claim, claimed } = takeover;
    if (this.#seqByName.has(claim.node)) return;
    const isNew = this.#begun.passes(`${claim.node} ${claimed}`, now);
    if (!isNew) return effects.drop("takeoverWaits");
    const examination = { ...takeover, seq: this.#nextSeq(), pingsLeft: PINGS };
    this.#bySeq.set(examination.seq, examination);
    this.#seqByName.set(claim.node, examination.seq);
    this.#ping(examination, now, effects);
  }

  /** An ack that may be for us; returns whether it was. */
  handleAck(seq: ProbeSeq, effects: TakeoversEffects): boolean {
    const examination = this.#bySeq.get(seq);
    if (examination === undefined) return false;
    this.#end(examination);
    effects.examined(examination, true);
    return true;
  }

  handleTimeout(now: Instant, effects: TakeoversEffects): void {
    for (;;) {
      const seq = this.#deadlines.takeDue(now);
      if (seq === undefined) return;
      const examination = this.#bySeq.get(seq) as Examination;
      if (examination.pingsLeft > 0) this.#ping(examination, now, effects);
      else {
        this.#end(examination);
        effects.examined(examination, false);
      }
    }
  }

  /** We were late ourselves by `lateMs`: the answers may be waiting in our socket. */
  excuse(lateMs: number, now: Instant): void {
    const { probeTimeoutMs } = this.#config;
    for (const seq of this.#bySeq.keys()) {
      const due = this.#deadlines.get(seq);
      const moved = later(due, lateMs);
      const least = later(now, probeTimeoutMs);
      this.#deadlines.set(seq, moved < least ? least : moved);
    }
  }

  save(): SavedTakeovers {
    return {
      examinations: [...this.#bySeq.values()].map(copyOf),
      deadlines: this.#deadlines.entries(),
      begun: this.#begun.save(),
    };
  }

  restore({ examinations, deadlines, begun }: SavedTakeovers): void {
    for (const examination of examinations) {
      this.#bySeq.set(examination.seq, { ...examination });
      this.#seqByName.set(examination.claim.node, examination.seq);
    }
    for (const [seq, at] of deadlines) this.#deadlines.set(seq, at);
    this.#begun.restore(begun);
  }

  #ping(examination: Examination, now: Instant, effects: Pick<TakeoversEffects, "pingAt">): void {
    examination.pingsLeft--;
    this.#deadlines.set(examination.seq, later(now, this.#config.probeTimeoutMs));
    effects.pingAt(examination.asked, examination.claim.node, examination.seq);
  }

  #end({ seq, claim }: Examination): void {
    this.#bySeq.delete(seq);
    this.#seqByName.delete(claim.node);
    this.#deadlines.delete(seq);
  }
}

function copyOf(examination: Examination): Examination {
  return { ...examination };
}
