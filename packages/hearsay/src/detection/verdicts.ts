/**
 * What a node makes of what it hears: who is alive, who is silent, who has failed.
 *
 *     heartbeats ──▶ HeartbeatTable ──▶ SilenceDetector ── level > limit ──▶ failed
 *                                                       └─ gems ─▶ suspected ─▶ SuspectMatrix ── all agree ──▶ failed
 *
 * Instants are of a clock that stands still while we are late ourselves. What is to be told comes back as a list, when
 * all is settled.
 * @module
 */
import { later } from "../kernel/index.ts";
import type { Instant, PeerId, Saved, TenantEffects } from "../kernel/index.ts";
import type { DetectionConfig } from "./config.ts";
import type { DetectionEvent } from "./events.ts";
import { HeartbeatTable } from "./heartbeat-table.ts";
import type { Row, SavedTable } from "./heartbeat-table.ts";
import { PhiDetector } from "./phi-accrual.ts";
import { TimeoutDetector } from "./silence-detector.ts";
import type { SilenceDetector } from "./silence-detector.ts";
import { SuspectMatrix } from "./suspect-matrix.ts";
import type { SavedMatrix } from "./suspect-matrix.ts";
import type { Heartbeat, Heartbeats, Suspicions } from "./wire.ts";

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

export interface SavedVerdicts {
  readonly table: SavedTable;
  readonly detector: Saved;
  readonly matrix: SavedMatrix | undefined;
}

type Failed = Extract<DetectionEvent, { type: "failed" }>;
type Counts = Pick<TenantEffects, "drop">;

/** T_cleanup is this many times T_fail. */
const CLEANUP = 2;
/** Rows of suspicions may come before the heartbeats that go with them: by as many rounds. */
const STAMPS_AHEAD = 64;

export class Verdicts {
  readonly #config: DetectionConfig;
  readonly #table: HeartbeatTable;
  readonly #detector: SilenceDetector;
  readonly #matrix: SuspectMatrix | undefined;

  constructor(self: string, firstHeartbeat: number, config: DetectionConfig) {
    const { detector, failMs, phi } = config;
    this.#config = config;
    this.#table = new HeartbeatTable(self, firstHeartbeat);
    this.#detector = detector === "phi" ? new PhiDetector(phi) : new TimeoutDetector(failMs);
    if (detector === "gems") this.#matrix = new SuspectMatrix(CLEANUP * failMs);
  }

  get self(): string {
    return this.#table.self;
  }

  get rows(): Iterable<Row> {
    return this.#table.rows;
  }

  get(name: string): Row | undefined {
    return this.#table.get(name);
  }

  judgementOf({ name, state, heartbeat, heardAt }: Row, now: Instant): Judgement {
    return {
      name,
      state,
      heartbeat: heartbeat < 0 ? undefined : heartbeat,
      silentMs: Math.max(0, now - heardAt),
      level: this.#detector.level(name, now),
      limit: this.#detector.limit,
    };
  }

  watch(name: string, peer: PeerId, now: Instant): void {
    this.#table.add(name, peer, now);
    this.#detector.watch(name, now);
  }

  forget(row: Row): void {
    this.#table.delete(row);
    this.#detector.forget(row.name);
    this.#matrix?.forget(row.name);
  }

  /** Whose failure is an old story, here and in membership. */
  settled(now: Instant): Row[] {
    return Array.from(this.#table.rows).filter(({ state, gone, settledAt }) => {
      return state === "failed" && gone && now >= settledAt;
    });
  }

  /** A round of ours: our heartbeat rises, and whoever is silent for too long is suspected, or has failed. */
  look(now: Instant): DetectionEvent[] {
    this.#table.beat();
    const { limit } = this.#detector;
    const events: DetectionEvent[] = [];
    for (const row of this.#table.rows) {
      if (row.state !== "alive") continue;
      const level = this.#detector.level(row.name, now);
      if (level <= limit) continue;
      const reason = { type: "silent", level, limit } as const;
      if (this.#matrix === undefined) {
        events.push(this.#fail(row, reason, now));
      } else {
        row.state = "suspected";
        events.push({ type: "suspected", ...this.#facts(row, now), reason });
      }
    }
    this.#matrix?.set(this.self, this.#table.heartbeat, this.#ownSuspects(now), now);
    this.#decide(now, events);
    return events;
  }

  /** What a peer knows; of each member the greater heartbeat stays. */
  hear(entries: readonly Heartbeat[], now: Instant, counts: Counts): DetectionEvent[] {
    const events: DetectionEvent[] = [];
    for (const entry of entries) {
      const merged = this.#table.merge(entry);
      if (merged === "unknownMember" || merged === "farAhead") counts.drop(merged);
      if (merged !== "newer") continue;
      const row = this.#table.get(entry.name) as Row;
      if (row.state !== "alive") {
        events.push({ type: "restored", ...this.#facts(row, now), reason: { type: "heard" } });
      }
      row.state = "alive";
      row.heardAt = now;
      this.#detector.heard(row.name, now);
    }
    return events;
  }

  /** Whom others suspect, as `by` has heard it. */
  hearSuspicions(message: Suspicions, by: string, now: Instant, counts: Counts): DetectionEvent[] {
    const matrix = this.#matrix;
    // A node with another detector makes up its mind alone.
    if (matrix === undefined) return [];
    const { suspects, rows, decided } = message;
    const among = suspects.map((name) => {
      return name === this.self || this.#table.get(name) !== undefined ? name : undefined;
    });
    if (among.includes(undefined)) counts.drop("unknownMember");
    for (const row of rows) {
      const voter = this.#table.get(row.by);
      if (voter === undefined || voter.state === "failed") continue;
      if (row.stamp > voter.heartbeat + STAMPS_AHEAD) counts.drop("farAhead");
      else matrix.merge(row, among, now);
    }
    const events: DetectionEvent[] = [];
    for (const name of decided) {
      const row = this.#table.get(name);
      // Who has not found it silent itself takes nobody's word for it.
      if (row?.state === "suspected") events.push(this.#fail(row, { type: "told", by }, now));
    }
    this.#decide(now, events);
    return events;
  }

  /** Our table, in packets; in each round other parts if it is large. */
  tables(round: number): Heartbeats[] {
    const { packetBytes, maxPackets } = this.#config;
    return this.#table.messages(packetBytes, maxPackets, round);
  }

  /** Suspicions, in packets; none as long as there are none. */
  suspicions(round: number, now: Instant): Suspicions[] {
    const { packetBytes, maxPackets } = this.#config;
    if (this.#matrix === undefined) return [];
    const decided: string[] = [];
    for (const { name, state, settledAt } of this.#table.rows) {
      if (state === "failed" && now < settledAt) decided.push(name);
    }
    return this.#matrix.messages(decided, packetBytes, maxPackets, round, now);
  }

  save(): SavedVerdicts {
    return {
      table: this.#table.save(),
      detector: this.#detector.save(),
      matrix: this.#matrix?.save(),
    };
  }

  restore({ table, detector, matrix }: SavedVerdicts): void {
    this.#table.restore(table);
    this.#detector.restore(detector);
    if (matrix !== undefined) this.#matrix?.restore(matrix);
  }

  #fail(row: Row, reason: Failed["reason"], now: Instant): Failed {
    row.state = "failed";
    row.settledAt = later(row.heardAt, CLEANUP * (now - row.heardAt));
    this.#matrix?.silence(row.name);
    return { type: "failed", ...this.#facts(row, now), reason };
  }

  #facts({ name, heardAt }: Row, now: Instant): Pick<Failed, "name" | "detector" | "silentMs"> {
    return { name, detector: this.#config.detector, silentMs: now - heardAt };
  }

  /** Those of whom we tell that they are silent: not those whose failure is an old story. */
  #ownSuspects(now: Instant): Set<string> {
    const suspects = new Set<string>();
    for (const { name, state, settledAt } of this.#table.rows) {
      if (state === "suspected" || (state === "failed" && now < settledAt)) suspects.add(name);
    }
    return suspects;
  }

  /** Consensus: do all whom we do not suspect find somebody silent whom we find so? */
  #decide(now: Instant, events: DetectionEvent[]): void {
    const matrix = this.#matrix;
    if (matrix === undefined) return;
    const suspected: Row[] = [];
    const voters = [this.self];
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
      if (matrix.agree(row.name, voters)) events.push(this.#fail(row, reason, now));
    }
  }
}
