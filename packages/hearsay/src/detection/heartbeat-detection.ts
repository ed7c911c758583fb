/**
 * Failure detection by gossiped heartbeats: in each round a node raises its own and sends all that it knows to somebody.
 *
 *     tick ──▶ own heartbeat + 1 ──▶ who is silent? ──▶ table to a peer        table of a peer ──▶ the greater of each
 *
 *     heartbeat, phi   silent ───────────────────────────────────▶ failed
 *     gems             silent ──▶ suspected ── all agree ──▶ failed        all: those whom we do not suspect
 *                                                                          any ── heard ──▶ restored
 *
 * Promise: whoever has crashed is told as failed by every node that hears of others at all, T_fail and at most a round after
 * it was last heard of; how often one who lives is told so is a matter of chance, which T_fail or φ's threshold sets.
 * Our own pauses accuse nobody.
 *
 * Who there is says membership, by its signals; this is a second opinion on them, and membership does not hear it. Tables
 * are believed: a member that lies keeps the dead alive, and can call nobody dead who is heard.
 * @see van Renesse, Minsky, Hayden 1998; docs/protocols/heartbeat.md, phi-accrual.md, gems.md
 * @module
 */
import { assertNever, later, NEVER, NO_PEER } from "../kernel/index.ts";
import type {
  Instant,
  NodeSignal,
  PeerId,
  Peers,
  PeerSampler,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { AwakeClock } from "./awake-clock.ts";
import type { SavedAwakeClock } from "./awake-clock.ts";
import { resolveDetectionConfig } from "./config.ts";
import type { DetectionConfig, DetectionOptions } from "./config.ts";
import type { DetectionEvent } from "./events.ts";
import { HeartbeatTable } from "./heartbeat-table.ts";
import type { Row, SavedTable } from "./heartbeat-table.ts";
import { PhiDetector } from "./phi-accrual.ts";
import { TimeoutDetector } from "./silence-detector.ts";
import type { SilenceDetector } from "./silence-detector.ts";
import { SuspectMatrix } from "./suspect-matrix.ts";
import type { SavedMatrix } from "./suspect-matrix.ts";
import { HEARTBEAT_CHANNEL, HEARTBEAT_MESSAGES } from "./wire.ts";
import type { HeartbeatMessage, Heartbeats, Suspicions } from "./wire.ts";

export interface HeartbeatDetectionOptions {
  /** Our own. */
  readonly name: string;
  /** Seconds since 1970 at boot: heartbeats begin with the time, so that those of an earlier life are less. */
  readonly epoch: number;
  readonly peers: Peers;
  /** To whom tables are sent. */
  readonly sampler: PeerSampler;
  readonly config?: DetectionOptions;
}

/** What is thought of a member. */
export interface Judgement {
  readonly name: string;
  readonly state: "alive" | "suspected" | "failed";
  /** Its newest heartbeat; `undefined` before the first. */
  readonly heartbeat: number | undefined;
  /** How long nothing newer has come, our own pauses left out. */
  readonly silentMs: number;
  /** What speaks for its death: ms of silence, or φ. */
  readonly level: number;
  /** The level above which silence is too long. */
  readonly limit: number;
}

interface SavedDetection {
  readonly deadline: Instant;
  readonly round: number;
  readonly clock: SavedAwakeClock;
  readonly table: SavedTable;
  readonly detector: Saved;
  readonly matrix: SavedMatrix | undefined;
}

type Effects = TenantEffects<HeartbeatMessage>;

/** T_cleanup is this many times T_fail. */
const CLEANUP = 2;
/** Rows of suspicions may come before the heartbeats that go with them: by as many rounds. */
const STAMPS_AHEAD = 64;
const WIRE: TenantWire<HeartbeatMessage> = {
  channel: HEARTBEAT_CHANNEL,
  messages: HEARTBEAT_MESSAGES,
};

export class HeartbeatDetection implements Tenant<HeartbeatMessage> {
  readonly name: string = "detection";
  readonly wire: TenantWire<HeartbeatMessage> = WIRE;
  deadline: Instant = NEVER;
  readonly #config: DetectionConfig;
  readonly #peers: Peers;
  readonly #sampler: PeerSampler;
  readonly #clock = new AwakeClock();
  readonly #table: HeartbeatTable;
  readonly #detector: SilenceDetector;
  readonly #matrix: SuspectMatrix | undefined;
  #round = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ name, epoch, peers, sampler, config }: HeartbeatDetectionOptions) {
    const resolved = resolveDetectionConfig(config);
    const { detector, failMs, phi, intervalMs } = resolved;
    this.#config = resolved;
    this.#peers = peers;
    this.#sampler = sampler;
    this.#table = new HeartbeatTable(name, Math.floor((1000 * epoch) / intervalMs));
    this.#detector = detector === "phi" ? new PhiDetector(phi) : new TimeoutDetector(failMs);
    if (detector === "gems") this.#matrix = new SuspectMatrix(CLEANUP * failMs);
  }

  /** Everybody who is watched. */
  judgements(now: Instant): Judgement[] {
    return Array.from(this.#table.rows, (row) => this.#judgementOf(row, now));
  }

  judgement(name: string, now: Instant): Judgement | undefined {
    const row = this.#table.get(name);
    return row === undefined ? undefined : this.#judgementOf(row, now);
  }

  save(): SavedDetection {
    return {
      deadline: this.deadline,
      round: this.#round,
      clock: this.#clock.save(),
      table: this.#table.save(),
      detector: this.#detector.save(),
      matrix: this.#matrix?.save(),
    };
  }

  restore(saved: Saved): void {
    const { deadline, round, clock, table, detector, matrix } = saved as SavedDetection;
    this.deadline = deadline;
    this.#round = round;
    this.#clock.restore(clock);
    this.#table.restore(table);
    this.#detector.restore(detector);
    if (matrix !== undefined) this.#matrix?.restore(matrix);
  }

  handle(input: TenantInput<HeartbeatMessage>, now: Instant, rng: Rng, effects: Effects): void {
    const awake = this.#clock.at(now, this.deadline);
    switch (input.type) {
      case "message":
        return this.#onMessage(input.message, input.peer, awake, effects);
      case "timeout":
        return this.#onTimeout(now, awake, rng, effects);
      case "signal":
        return this.#onSignal(input.signal, awake);
      case "start":
        // Anywhere within a round, so that a cluster started at once does not speak at once.
        this.#rearm(now, 1 + rng.below(this.#config.intervalMs));
        return;
      default:
        return;
    }
  }

  #rearm(now: Instant, ms: number): void {
    this.deadline = later(now, ms);
    this.#clock.rearmed();
  }

  #onTimeout(now: Instant, awake: Instant, rng: Rng, effects: Effects): void {
    if (now < this.deadline) return;
    this.#rearm(now, this.#config.intervalMs);
    this.#round++;
    this.#table.beat();
    const events: DetectionEvent[] = [];
    for (const row of this.#table.rows) this.#judge(row, awake, events);
    this.#matrix?.set(this.#table.self, this.#table.heartbeat, this.#ownSuspects(awake), awake);
    this.#decide(awake, events);
    this.#tell(awake, rng, effects);
    for (const event of events) effects.notify(event);
  }

  /** One look at a member: whoever is silent for too long is suspected, or has failed. */
  #judge(row: Row, awake: Instant, events: DetectionEvent[]): void {
    if (row.state === "failed") {
      if (row.gone && awake >= row.settledAt) this.#forget(row);
      return;
    }
    if (row.state === "suspected") return;
    const { limit } = this.#detector;
    const level = this.#detector.level(row.name, awake);
    if (level <= limit) return;
    const reason = { type: "silent", level, limit } as const;
    if (this.#matrix === undefined) {
      events.push(this.#fail(row, reason, awake));
    } else {
      row.state = "suspected";
      events.push({ type: "suspected", ...this.#facts(row, awake), reason });
    }
  }

  #fail(
    row: Row,
    reason: Extract<DetectionEvent, { type: "failed" }>["reason"],
    awake: Instant,
  ): DetectionEvent {
    const silentMs = awake - row.heardAt;
    row.state = "failed";
    row.settledAt = later(row.heardAt, CLEANUP * silentMs);
    this.#matrix?.silence(row.name);
    return { type: "failed", ...this.#facts(row, awake), reason };
  }

  #facts(
    { name, heardAt }: Row,
    awake: Instant,
  ): Pick<DetectionEvent, "name" | "detector" | "silentMs"> {
    return { name, detector: this.#config.detector, silentMs: awake - heardAt };
  }

  /** Those of whom we tell that they are silent: not those whose failure is an old story. */
  #ownSuspects(awake: Instant): Set<string> {
    const suspects = new Set<string>();
    for (const { name, state, settledAt } of this.#table.rows) {
      if (state === "suspected" || (state === "failed" && awake < settledAt)) suspects.add(name);
    }
    return suspects;
  }

  /** Consensus: do all whom we do not suspect find somebody silent whom we find so? */
  #decide(awake: Instant, events: DetectionEvent[]): void {
    const matrix = this.#matrix;
    if (matrix === undefined) return;
    const suspected: Row[] = [];
    const voters = [this.#table.self];
    let members = 1;
    for (const row of this.#table.rows) {
      if (row.state === "failed") continue;
      members++;
      if (row.state === "suspected") suspected.push(row);
      else if (row.heartbeat >= 0) voters.push(row.name);
    }
    // Who hears nobody, by its own fault or by chance, suspects all, and would be the only voter left.
    if (this.#config.majority && 2 * voters.length <= members) return;
    const reason = { type: "consensus", voters: voters.length } as const;
    for (const row of suspected) {
      if (matrix.agree(row.name, voters)) events.push(this.#fail(row, reason, awake));
    }
  }

  #tell(awake: Instant, rng: Rng, effects: Effects): void {
    const { fanout, packetBytes, maxPackets } = this.#config;
    const chosen = this.#sampler.sample(fanout, NO_PEER, rng);
    if (chosen.length === 0) return;
    const tables = this.#table.messages(packetBytes, maxPackets, this.#round);
    const suspicions = this.#suspicions(awake);
    const [table] = tables;
    const [suspicion] = suspicions;
    // Nearly always one packet has room for both.
    const isOne = tables.length === 1 && suspicions.length === 1;
    const goTogether = isOne && bytesOf(table) + bytesOf(suspicion) <= packetBytes;
    for (const peer of chosen) {
      if (goTogether) effects.send(peer, table as Heartbeats, suspicion);
      else for (const message of [...tables, ...suspicions]) effects.send(peer, message);
    }
  }

  #suspicions(awake: Instant): Suspicions[] {
    const { packetBytes, maxPackets } = this.#config;
    if (this.#matrix === undefined) return [];
    const decided = Array.from(this.#table.rows)
      .filter(({ state, settledAt }) => state === "failed" && awake < settledAt)
      .map(({ name }) => name);
    return this.#matrix.messages(decided, packetBytes, maxPackets, this.#round, awake);
  }

  #onMessage(message: HeartbeatMessage, from: PeerId, awake: Instant, effects: Effects): void {
    if (from === NO_PEER) return effects.drop("stranger");
    switch (message.type) {
      case "heartbeats":
        return this.#onHeartbeats(message, from, awake, effects);
      case "suspicions":
        return this.#onSuspicions(message, this.#peers.nameOf(from), awake, effects);
      default:
        assertNever(message);
    }
  }

  #onHeartbeats({ entries }: Heartbeats, from: PeerId, awake: Instant, effects: Effects): void {
    const events: DetectionEvent[] = [];
    const own = entries[0];
    const known = own === undefined ? undefined : this.#table.get(own.name);
    if (own !== undefined && known?.peer === from && own.heartbeat < known.heartbeat) {
      // It does not know how far it was in an earlier life, and nobody tells of those who have failed.
      const { name, heartbeat } = known;
      effects.send(from, { type: "heartbeats", entries: [{ name, heartbeat }] });
    }
    for (const entry of entries) {
      const merged = this.#table.merge(entry);
      if (merged === "unknownMember" || merged === "farAhead") effects.drop(merged);
      if (merged !== "newer") continue;
      const row = this.#table.get(entry.name) as Row;
      if (row.state !== "alive") {
        events.push({ type: "restored", ...this.#facts(row, awake), reason: { type: "heard" } });
      }
      row.state = "alive";
      row.heardAt = awake;
      this.#detector.heard(row.name, awake);
    }
    for (const event of events) effects.notify(event);
  }

  #onSuspicions(message: Suspicions, by: string, awake: Instant, effects: Effects): void {
    const matrix = this.#matrix;
    // A node with another detector makes up its mind alone.
    if (matrix === undefined) return;
    const { suspects, rows, decided } = message;
    const isKnown = (name: string): boolean => this.#table.get(name) !== undefined;
    const among = suspects.map((name) => {
      return name === this.#table.self || isKnown(name) ? name : undefined;
    });
    if (among.includes(undefined)) effects.drop("unknownMember");
    for (const row of rows) {
      const voter = this.#table.get(row.by);
      if (voter === undefined || voter.state === "failed") continue;
      if (row.stamp > voter.heartbeat + STAMPS_AHEAD) effects.drop("farAhead");
      else matrix.merge(row, among, awake);
    }
    const events: DetectionEvent[] = [];
    for (const name of decided) {
      const row = this.#table.get(name);
      // Who has not found it silent itself takes nobody's word for it.
      if (row?.state === "suspected") events.push(this.#fail(row, { type: "told", by }, awake));
    }
    this.#decide(awake, events);
    for (const event of events) effects.notify(event);
  }

  #onSignal(signal: NodeSignal, awake: Instant): void {
    switch (signal.type) {
      case "peerUp":
      case "channelsLearnt":
        return this.#watch(signal.peer, awake);
      case "peerDown": {
        const row = this.#table.get(this.#peers.nameOf(signal.peer));
        if (row === undefined || row.peer !== signal.peer) return;
        // What membership takes for dead is judged on: a second opinion is one of its own.
        if (signal.reason === "failed") row.gone = true;
        else this.#forget(row);
        return;
      }
      default:
        return;
    }
  }

  #watch(peer: PeerId, awake: Instant): void {
    if (!this.#peers.understands(peer, HEARTBEAT_CHANNEL)) return;
    const name = this.#peers.nameOf(peer);
    if (name === this.#table.self) return;
    const known = this.#table.get(name);
    if (known?.peer === peer) {
      known.gone = false;
      return;
    }
    this.#peers.retain(peer);
    if (known === undefined) {
      this.#table.add(name, peer, awake);
      this.#detector.watch(name, awake);
      return;
    }
    // It has moved.
    this.#peers.release(known.peer);
    known.peer = peer;
    known.gone = false;
  }

  #forget(row: Row): void {
    this.#table.delete(row);
    this.#detector.forget(row.name);
    this.#matrix?.forget(row.name);
    this.#peers.release(row.peer);
  }

  #judgementOf({ name, state, heartbeat, heardAt }: Row, now: Instant): Judgement {
    const awake = this.#clock.read(now);
    return {
      name,
      state,
      heartbeat: heartbeat < 0 ? undefined : heartbeat,
      silentMs: Math.max(0, awake - heardAt),
      level: this.#detector.level(name, awake),
      limit: this.#detector.limit,
    };
  }
}

function bytesOf(message: HeartbeatMessage | undefined): number {
  if (message === undefined) return 0;
  const type = HEARTBEAT_MESSAGES.find((one) => one.type === message.type);
  return type?.sizeOf(message) ?? 0;
}
