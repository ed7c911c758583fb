/**
 * Trials of the way to a member: what gets through, of what size, and which way.
 *
 *     trying      small pings, large pings, a ping over TCP ──all answered, or time is up──▶ listening or done
 *     listening   does any datagram of the member reach us? It is asked to ping us, if a link leads there
 *
 * A probe asks whether a member lives, and any way will do. A trial asks about the way: its pings are datagrams, whatever is
 * known of the member, and no relay helps. It judges nobody; but a member that only the stream has reached counts as
 * blocked from then on, as it does for the prober.
 *
 * A large ping is a ping with an ack behind it that nobody waits for, as long as the packet has room. A member that is asked to
 * ping the one who asks does so by datagram: then it is seen whether its datagrams reach us, although ours do not reach it.
 * @see docs/doctor.md
 * @module
 */
import { Deadlines, HearsayError, later } from "../kernel/index.ts";
import type { Address, Instant, PeerId, ProbeSeq } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Member } from "./member.ts";
import type { TcpPingResult } from "./tcp-pinger.ts";

export type PathTrialsConfig = Pick<MembershipConfig, "probeTimeoutMs" | "probeIntervalMs">;

/** Trials under way at the same time; further ones are refused. */
export const MAX_TRIALS = 64;
/** Pings of each size: that most of them are lost by chance is rare. */
const PINGS = 10;
/** Probe timeouts until pings count as lost. */
const PATIENCE = 2;
/** Until a stream does: TCP itself tries again after one second and after three. */
const STREAM_PATIENCE_MS = 4000;
/** Least time to listen for a ping that the member was asked for: a link may have to be dialed first. */
const ASKED_MS = 1000;
/** Longest time to listen for a probe of the member's own. */
const LISTEN_MS = 5000;

export interface TriedCount {
  readonly sent: number;
  readonly answered: number;
}

/** What came of a trial. Outcome of the command `tryPath`. */
export interface PathTried {
  readonly type: "pathTried";
  readonly id: number;
  readonly name: string;
  readonly address: Address;
  /** None are sent where one of the two knows no datagrams. */
  readonly packets: TriedCount;
  readonly largePackets: TriedCount;
  readonly rttMs: number | undefined;
  /** `taken` is a connection over which nothing has come. */
  readonly stream: TcpPingResult | "taken";
  /** Whether a datagram of the member has reached us meanwhile. */
  readonly heard: boolean;
}

export interface PathTrialsNeeds {
  nextSeq(): ProbeSeq;
  /** Members known, oneself included. */
  known(): number;
  /** The member of this name: it may be forgotten while a trial is under way. */
  member(name: string): Member | undefined;
  /** Whether datagrams are out of the question. */
  areStreamsOnly(member: Member): boolean;
}

export interface PathTrialsEffects {
  /** A ping as a datagram, in a packet of its own size or in one as large as may be. */
  tryPing(target: Member, seq: ProbeSeq, large: boolean): void;
  tcpPing(target: Member, seq: ProbeSeq): void;
  /** Ends the ping over TCP; returns whether its connection had come about. */
  endTrialStream(seq: ProbeSeq): boolean;
  /** Only the stream has reached the member: from here on packets go there on a link, if they did not already. */
  foundBlocked(target: Member): void;
  /** Asks the member to send us a datagram, if packets get there at all. */
  askBack(target: Member): void;
  notify(event: PathTried): void;
}

interface Trial {
  readonly id: number;
  readonly name: string;
  readonly address: Address;
  readonly peer: PeerId;
  readonly startedAt: Instant;
  readonly isDatagramTried: boolean;
  readonly small: Set<ProbeSeq>;
  readonly large: Set<ProbeSeq>;
  readonly streamSeq: ProbeSeq;
  stream: TcpPingResult | "taken";
  rttMs: number | undefined;
  heard: boolean;
  isListening: boolean;
}

interface SavedTrial extends Omit<Trial, "small" | "large"> {
  readonly small: readonly ProbeSeq[];
  readonly large: readonly ProbeSeq[];
  readonly endsAt: Instant;
}

export interface SavedPathTrials {
  readonly trials: readonly SavedTrial[];
}

export class PathTrials {
  readonly #config: PathTrialsConfig;
  readonly #needs: PathTrialsNeeds;
  readonly #trials = new Map<number, Trial>();
  readonly #deadlines = new Deadlines<number>();
  /** Trials under way. A field: it is looked up at every input. */
  size = 0;

  constructor(config: PathTrialsConfig, needs: PathTrialsNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** When `handleTimeout` must next be called. */
  get deadline(): Instant {
    return this.#deadlines.next;
  }

  /** @throws HearsayError `ERR_QUEUE_FULL` */
  start(id: number, member: Member, now: Instant, effects: PathTrialsEffects): void {
    if (this.size >= MAX_TRIALS) {
      throw new HearsayError("ERR_QUEUE_FULL", `tryPath: ${MAX_TRIALS} are under way already`);
    }
    const isDatagramTried = !this.#needs.areStreamsOnly(member);
    const seqs = Array.from({ length: isDatagramTried ? PINGS : 0 }, () => {
      return [this.#needs.nextSeq(), this.#needs.nextSeq()] as const;
    });
    const trial: Trial = {
      id,
      name: member.name,
      address: member.address,
      peer: member.peer,
      startedAt: now,
      isDatagramTried,
      small: new Set(seqs.map(([small]) => small)),
      large: new Set(seqs.map(([, large]) => large)),
      streamSeq: this.#needs.nextSeq(),
      stream: "notTried",
      rttMs: undefined,
      heard: false,
      isListening: false,
    };
    this.#trials.set(id, trial);
    this.size = this.#trials.size;
    this.#deadlines.set(id, this.#packetsDue(trial));
    for (const [small, large] of seqs) {
      effects.tryPing(member, small, false);
      effects.tryPing(member, large, true);
    }
    effects.tcpPing(member, trial.streamSeq);
  }

  /** An ack that may be for a trial; returns whether it was. */
  handleAck(seq: ProbeSeq, now: Instant, effects: PathTrialsEffects): boolean {
    for (const trial of this.#trials.values()) {
      const isSmall = trial.small.delete(seq);
      if (!isSmall && !trial.large.delete(seq)) continue;
      trial.heard = true;
      if (isSmall) trial.rttMs ??= now - trial.startedAt;
      this.#settle(trial, effects);
      return true;
    }
    return false;
  }

  /** What has come of a ping over TCP that may be a trial's; returns whether it was. */
  handleTcpPinged(seq: ProbeSeq, result: TcpPingResult, effects: PathTrialsEffects): boolean {
    for (const trial of this.#trials.values()) {
      if (trial.streamSeq !== seq) continue;
      trial.stream = result;
      // The time for packets may be over, and the trial have waited for this alone.
      if (!trial.isListening) this.#deadlines.set(trial.id, this.#packetsDue(trial));
      this.#settle(trial, effects);
      return true;
    }
    return false;
  }

  /** A datagram of a peer has reached us. */
  hear(peer: PeerId, effects: PathTrialsEffects): void {
    for (const trial of this.#trials.values()) {
      if (trial.peer !== peer) continue;
      trial.heard = true;
      this.#settle(trial, effects);
    }
  }

  handleTimeout(now: Instant, effects: PathTrialsEffects): void {
    for (;;) {
      const id = this.#deadlines.takeDue(now);
      if (id === undefined) return;
      const trial = this.#trials.get(id) as Trial;
      const { isListening, small, large } = trial;
      const streamDue = later(trial.startedAt, STREAM_PATIENCE_MS);
      if (!isListening && trial.stream === "notTried" && now < streamDue) {
        this.#deadlines.set(id, streamDue);
        continue;
      }
      const isSilent = trial.isDatagramTried && small.size + large.size === 2 * PINGS;
      if (isListening || !isSilent) this.#end(trial, effects);
      else this.#listen(trial, now, effects);
    }
  }

  /** We were `lateMs` late ourselves: the answers may still wait in our socket. */
  excuse(lateMs: number): void {
    for (const id of this.#trials.keys()) {
      this.#deadlines.set(id, later(this.#deadlines.get(id), lateMs));
    }
  }

  save(): SavedPathTrials {
    const trials: SavedTrial[] = [];
    for (const { small, large, ...trial } of this.#trials.values()) {
      const seqs = { small: [...small], large: [...large] };
      const endsAt = this.#deadlines.get(trial.id);
      trials.push({ ...trial, ...seqs, endsAt });
    }
    return { trials };
  }

  restore({ trials }: SavedPathTrials): void {
    for (const { small, large, endsAt, ...trial } of trials) {
      const sets = { small: new Set(small), large: new Set(large) };
      this.#trials.set(trial.id, { ...trial, ...sets });
      this.#deadlines.set(trial.id, endsAt);
    }
    this.size = trials.length;
  }

  #packetsDue({ startedAt }: Trial): Instant {
    return later(startedAt, PATIENCE * this.#config.probeTimeoutMs);
  }

  /** Nothing has come as a datagram. Is it the way there, or the way back? */
  #listen(trial: Trial, now: Instant, effects: PathTrialsEffects): void {
    const { probeIntervalMs, probeTimeoutMs } = this.#config;
    const member = this.#needs.member(trial.name);
    trial.isListening = true;
    if (trial.stream === "answered" && member !== undefined) effects.foundBlocked(member);
    if (trial.heard || member === undefined) return this.#end(trial, effects);
    if (trial.stream === "answered") {
      effects.askBack(member);
      const patienceMs = Math.max(PATIENCE * probeTimeoutMs, ASKED_MS);
      this.#deadlines.set(trial.id, later(now, patienceMs));
    } else {
      // Nobody can be asked; but the member probes each of the others in turn.
      const turnMs = this.#needs.known() * probeIntervalMs;
      this.#deadlines.set(trial.id, later(now, Math.min(turnMs, LISTEN_MS)));
    }
  }

  /** Ends a trial that has nothing more to wait for. */
  #settle(trial: Trial, effects: PathTrialsEffects): void {
    const { small, large, stream, isListening, heard } = trial;
    const isAnswered = small.size === 0 && large.size === 0 && stream !== "notTried";
    if (isAnswered || (isListening && heard)) this.#end(trial, effects);
  }

  #end(trial: Trial, effects: PathTrialsEffects): void {
    this.#trials.delete(trial.id);
    this.size = this.#trials.size;
    this.#deadlines.delete(trial.id);
    const wasTaken = trial.stream === "notTried" && effects.endTrialStream(trial.streamSeq);
    const { id, name, address, small, large, rttMs, heard } = trial;
    const sent = trial.isDatagramTried ? PINGS : 0;
    effects.notify({
      type: "pathTried",
      id,
      name,
      address,
      packets: { sent, answered: sent - small.size },
      largePackets: { sent, answered: sent - large.size },
      rttMs,
      stream: trial.stream !== "notTried" ? trial.stream : wasTaken ? "taken" : "silent",
      heard,
    });
  }
}
