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
import type { Row } from "./heartbeat-table.ts";
import { Verdicts } from "./verdicts.ts";
import type { Judgement, SavedVerdicts } from "./verdicts.ts";
import { HEARTBEAT_CHANNEL, HEARTBEAT_MESSAGES } from "./wire.ts";
import type { HeartbeatMessage, Heartbeats } from "./wire.ts";

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

interface SavedDetection {
  readonly deadline: Instant;
  readonly round: number;
  readonly clock: SavedAwakeClock;
  readonly verdicts: SavedVerdicts;
}

type Effects = TenantEffects<HeartbeatMessage>;

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
  readonly #verdicts: Verdicts;
  #round = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ name, epoch, peers, sampler, config }: HeartbeatDetectionOptions) {
    this.#config = resolveDetectionConfig(config);
    this.#peers = peers;
    this.#sampler = sampler;
    // A clock may be set back behind the beginning of time.
    const firstHeartbeat = Math.max(0, Math.floor((1000 * epoch) / this.#config.intervalMs));
    this.#verdicts = new Verdicts(name, firstHeartbeat, this.#config);
  }

  /** Everybody who is watched. */
  judgements(now: Instant): Judgement[] {
    const awake = this.#clock.read(now);
    return Array.from(this.#verdicts.rows, (row) => this.#verdicts.judgementOf(row, awake));
  }

  judgement(name: string, now: Instant): Judgement | undefined {
    const row = this.#verdicts.get(name);
    return row && this.#verdicts.judgementOf(row, this.#clock.read(now));
  }

  save(): SavedDetection {
    return {
      deadline: this.deadline,
      round: this.#round,
      clock: this.#clock.save(),
      verdicts: this.#verdicts.save(),
    };
  }

  restore(saved: Saved): void {
    const { deadline, round, clock, verdicts } = saved as SavedDetection;
    this.deadline = deadline;
    this.#round = round;
    this.#clock.restore(clock);
    this.#verdicts.restore(verdicts);
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
        return this.#rearm(now, 1 + rng.below(this.#config.intervalMs));
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
    for (const row of this.#verdicts.settled(awake)) this.#forget(row);
    const events = this.#verdicts.look(awake);
    this.#tell(awake, rng, effects);
    notifyAll(events, effects);
  }

  #tell(awake: Instant, rng: Rng, effects: Effects): void {
    const { fanout, packetBytes } = this.#config;
    const chosen = this.#sampler.sample(fanout, NO_PEER, rng);
    if (chosen.length === 0) return;
    const tables = this.#verdicts.tables(this.#round);
    const suspicions = this.#verdicts.suspicions(this.#round, awake);
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

  #onMessage(message: HeartbeatMessage, from: PeerId, awake: Instant, effects: Effects): void {
    if (from === NO_PEER) return effects.drop("stranger");
    switch (message.type) {
      case "heartbeats":
        this.#remind(message, from, effects);
        return notifyAll(this.#verdicts.hear(message.entries, awake, effects), effects);
      case "suspicions": {
        const by = this.#peers.nameOf(from);
        return notifyAll(this.#verdicts.hearSuspicions(message, by, awake, effects), effects);
      }
      default:
        assertNever(message);
    }
  }

  /** Tells whoever does not know how far it was in an earlier life: nobody else does once it has failed. */
  #remind({ entries: [own] }: Heartbeats, from: PeerId, effects: Effects): void {
    const known = own && this.#verdicts.get(own.name);
    if (own === undefined || known?.peer !== from || own.heartbeat >= known.heartbeat) return;
    const { name, heartbeat } = known;
    effects.send(from, { type: "heartbeats", entries: [{ name, heartbeat }] });
  }

  #onSignal(signal: NodeSignal, awake: Instant): void {
    switch (signal.type) {
      case "peerUp":
      case "channelsLearnt":
        return this.#watch(signal.peer, awake);
      case "peerDown": {
        const row = this.#verdicts.get(this.#peers.nameOf(signal.peer));
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
    if (name === this.#verdicts.self) return;
    const known = this.#verdicts.get(name);
    if (known?.peer !== peer) this.#peers.retain(peer);
    if (known === undefined) return this.#verdicts.watch(name, peer, awake);
    // It may have moved.
    if (known.peer !== peer) this.#peers.release(known.peer);
    known.peer = peer;
    known.gone = false;
  }

  #forget(row: Row): void {
    this.#verdicts.forget(row);
    this.#peers.release(row.peer);
  }
}

function notifyAll(events: readonly DetectionEvent[], effects: Effects): void {
  for (const event of events) effects.notify(event);
}

function bytesOf(message: HeartbeatMessage | undefined): number {
  if (message === undefined) return 0;
  const type = HEARTBEAT_MESSAGES.find((one) => one.type === message.type);
  return type?.sizeOf(message) ?? 0;
}
