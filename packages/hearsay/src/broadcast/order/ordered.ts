/**
 * Order per sender: what a node publishes is delivered everywhere in the order in which it was published.
 *
 *     comes      1  2     4  5        3
 *     delivered  1  2  .  .  .  3 4 5           the gap is waited for
 *     or         1  2  .  .  .  skipped 3, 4 5      … for `waitMs`, or until too much is held back
 *
 * Promise: ordered per sender. Of one boot of one origin nothing is delivered behind what was published after it; what
 * has been given up is told by the event `skipped`, and dropped if it comes later. Between origins nothing is promised,
 * and what the machine inside loses stays lost, after a wait: put `Repaired` in between.
 *
 * It stands around any broadcast machine and says nothing to anybody: who does not care for order may speak to it.
 * @module
 */
import {
  checkInteger,
  Deadlines,
  earlier,
  later,
  NEVER,
  ORIGIN_SILENT_MS,
} from "../../kernel/index.ts";
import type {
  Instant,
  Message,
  NodeEvent,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { DivertedEffects } from "../diverted-effects.ts";
import type { Delivered, Publication, PublishCommand } from "../publication.ts";

export interface OrderOptions {
  /** Ms that a gap is waited for: longer than whatever fills it takes. Range 1..86,400,000. @default 10,000 */
  readonly waitMs?: number;
  /** Publications held back. Range 1..1,048,576. @default 1024 */
  readonly maxHeld?: number;
  /** The same by bytes. Range 1024..1,073,741,824. @default 16 MiB */
  readonly maxHeldBytes?: number;
  /** Origins whose order is kept. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins?: number;
}

/** These publications of an origin are not waited for any longer. */
export interface Skipped extends NodeEvent {
  readonly type: "skipped";
  readonly origin: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

interface SavedOrdered {
  readonly inner: Saved;
  readonly lines: readonly {
    readonly origin: string;
    readonly epoch: number;
    readonly next: number;
    readonly at: Instant;
    readonly held: readonly Delivered[];
  }[];
  readonly deadlines: readonly (readonly [origin: string, at: Instant])[];
}

/** What waits of one origin. */
interface Line {
  readonly epoch: number;
  /** The number that is delivered next. */
  next: number;
  /** When it was heard last. */
  at: Instant;
  readonly held: Map<number, Delivered>;
}

/** What one that is held back costs beside its payload, about. */
const OVERHEAD_BYTES = 200;

export class Ordered<M extends Message> implements Broadcaster<M> {
  readonly name: string;
  readonly wire: TenantWire<M>;
  readonly #inner: Broadcaster<M>;
  readonly #options: Required<OrderOptions>;
  /** The origin that has been silent longest first. */
  readonly #lines = new Map<string, Line>();
  /** When the gap of an origin is given up, the longest waited for first. */
  readonly #gaps = new Deadlines<string>();
  readonly #diverted: DivertedEffects<M>;
  #held = 0;
  #heldBytes = 0;
  /** Those of the turn at hand. */
  #now = 0 as Instant;
  #effects: TenantEffects<M> | undefined;

  constructor(inner: Broadcaster<M>, options: OrderOptions = {}) {
    const { waitMs = 10_000, maxHeld = 1024, maxHeldBytes = 16 << 20 } = options;
    const { maxOrigins = 4096 } = options;
    checkInteger("waitMs", waitMs, 1, 86_400_000);
    checkInteger("maxHeld", maxHeld, 1, 1 << 20);
    checkInteger("maxHeldBytes", maxHeldBytes, 1024, 1 << 30);
    checkInteger("maxOrigins", maxOrigins, 1, 1 << 20);
    this.name = inner.name;
    this.wire = inner.wire;
    this.#inner = inner;
    this.#options = { waitMs, maxHeld, maxHeldBytes, maxOrigins };
    this.#diverted = new DivertedEffects<M>((event) => this.#onEvent(event));
  }

  get deadline(): Instant {
    return earlier(this.#inner.deadline, this.#gaps.next);
  }

  /** Publications that wait for others before them. */
  get held(): number {
    return this.#held;
  }

  save(): SavedOrdered {
    const lines = [...this.#lines].map(([origin, { epoch, next, at, held }]) => {
      return { origin, epoch, next, at, held: [...held.values()] };
    });
    return { inner: this.#inner.save?.(), lines, deadlines: this.#gaps.entries() };
  }

  restore(saved: Saved): void {
    const { inner, lines, deadlines } = saved as SavedOrdered;
    this.#inner.restore?.(inner);
    for (const { origin, epoch, next, at, held } of lines) {
      const line: Line = { epoch, next, at, held: new Map() };
      this.#lines.set(origin, line);
      for (const event of held) this.#hold(line, event);
    }
    for (const [origin, at] of deadlines) this.#gaps.set(origin, at);
  }

  takeUp(publication: Publication, hops: number, now: Instant, effects: TenantEffects<M>): boolean {
    return this.#inner.takeUp(publication, hops, now, this.#divert(now, effects));
  }

  handle(
    input: TenantInput<M, PublishCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<M>,
  ): void {
    this.#inner.handle(input, now, rng, this.#divert(now, effects));
    if (input.type !== "timeout") return;
    for (;;) {
      const origin = this.#gaps.takeDue(now);
      const line = origin === undefined ? undefined : this.#lines.get(origin);
      if (origin === undefined || line === undefined) return;
      this.#skip(origin, line);
    }
  }

  #divert(now: Instant, effects: TenantEffects<M>): TenantEffects<M> {
    this.#now = now;
    this.#effects = effects;
    return this.#diverted.to(effects);
  }

  #onEvent(event: NodeEvent): void {
    if (event.type === "delivered") this.#onDelivered(event as Delivered);
    else this.#effects?.notify(event);
  }

  #onDelivered(event: Delivered): void {
    const { origin, epoch, number } = event;
    if (epoch < (this.#lines.get(origin)?.epoch ?? 0)) return this.#effects?.drop("tooLate");
    const line = this.#lineOf(origin, epoch);
    if (line === undefined) return this.#effects?.drop("tooManyOrigins");
    if (number < line.next) return this.#effects?.drop("tooLate");
    if (number > line.next) {
      this.#hold(line, event);
      if (line.held.size === 1) this.#wait(origin);
      return this.#makeRoom();
    }
    line.next++;
    this.#effects?.notify(event);
    this.#release(origin, line);
  }

  /** The line of an origin's boot, which ends that of an earlier one. */
  #lineOf(origin: string, epoch: number): Line | undefined {
    const known = this.#lines.get(origin);
    if (known?.epoch === epoch) {
      known.at = this.#now;
      this.#lines.delete(origin);
      this.#lines.set(origin, known);
      return known;
    }
    if (known !== undefined) this.#end(origin, known);
    else if (!this.#makePlace()) return undefined;
    const line: Line = { epoch, next: 1, at: this.#now, held: new Map() };
    this.#lines.set(origin, line);
    return line;
  }

  /** Gives up the origin that has been silent longest, if it has been so for long enough and nothing waits. */
  #makePlace(): boolean {
    if (this.#lines.size < this.#options.maxOrigins) return true;
    for (const [origin, { at, held }] of this.#lines) {
      if (this.#now - at < ORIGIN_SILENT_MS || held.size > 0) return false;
      this.#lines.delete(origin);
      return true;
    }
    return false;
  }

  /** What waits of an origin that has begun anew: in order, its gaps told. */
  #end(origin: string, line: Line): void {
    while (line.held.size > 0) this.#skip(origin, line);
    this.#lines.delete(origin);
  }

  #hold(line: Line, event: Delivered): void {
    line.held.set(event.number, event);
    this.#held++;
    this.#heldBytes += OVERHEAD_BYTES + event.payload.length;
  }

  #makeRoom(): void {
    const { maxHeld, maxHeldBytes } = this.#options;
    while (this.#held > maxHeld || this.#heldBytes > maxHeldBytes) {
      const origin = this.#gaps.takeDue(NEVER);
      const line = origin === undefined ? undefined : this.#lines.get(origin);
      if (origin === undefined || line === undefined) return;
      this.#skip(origin, line);
    }
  }

  /** Goes on behind the first gap. */
  #skip(origin: string, line: Line): void {
    let first = Infinity;
    for (const number of line.held.keys()) first = Math.min(first, number);
    if (first === Infinity) return;
    const { epoch, next } = line;
    line.next = first;
    const skipped: Skipped = { type: "skipped", origin, epoch, from: next, to: first - 1 };
    this.#effects?.notify(skipped);
    this.#release(origin, line);
  }

  /** Delivers what follows without a gap, and waits for the next. */
  #release(origin: string, line: Line): void {
    if (line.held.size === 0) return;
    const { next } = line;
    for (;;) {
      const event = line.held.get(line.next);
      if (event === undefined) break;
      line.held.delete(line.next++);
      this.#held--;
      this.#heldBytes -= OVERHEAD_BYTES + event.payload.length;
      this.#effects?.notify(event);
    }
    if (line.held.size === 0) this.#gaps.delete(origin);
    else if (line.next > next || this.#gaps.get(origin) === NEVER) this.#wait(origin);
  }

  #wait(origin: string): void {
    this.#gaps.set(origin, later(this.#now, this.#options.waitMs));
  }
}
