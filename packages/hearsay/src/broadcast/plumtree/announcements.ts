/**
 * Announcements on their way out: each at once, or those to one peer together.
 * @module
 */
import { later, NEVER } from "../../kernel/index.ts";
import type { Instant, PeerId, TenantEffects } from "../../kernel/index.ts";
import { MAX_ANNOUNCED } from "./wire.ts";
import type { Announcement, PlumtreeMessage } from "./wire.ts";

type Effects = TenantEffects<PlumtreeMessage>;

export interface SavedAnnouncements {
  readonly waiting: ReadonlyMap<PeerId, readonly Announcement[]>;
  readonly flushAt: Instant;
}

export class Announcements {
  readonly #everyMs: number;
  /** By peer, made with the first that waits. */
  #waiting: Map<PeerId, Announcement[]> | undefined;
  #flushAt: Instant = NEVER;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get deadline(): Instant {
    return this.#flushAt;
  }

  add(peer: PeerId, announcement: Announcement, now: Instant, effects: Effects): void {
    if (this.#everyMs === 0) return send(peer, [announcement], effects);
    this.#waiting ??= new Map();
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) this.#waiting.set(peer, [announcement]);
    else waiting.push(announcement);
    if (this.#flushAt === NEVER) this.#flushAt = later(now, this.#everyMs);
    if (waiting === undefined || waiting.length < MAX_ANNOUNCED) return;
    this.#waiting.delete(peer);
    send(peer, waiting, effects);
  }

  flush(now: Instant, effects: Effects): void {
    if (now < this.#flushAt || this.#waiting === undefined) return;
    for (const [peer, waiting] of this.#waiting) send(peer, waiting, effects);
    this.#waiting.clear();
    this.#flushAt = NEVER;
  }

  save(): SavedAnnouncements {
    const waiting = [...(this.#waiting ?? [])];
    return {
      waiting: new Map(waiting.map(([peer, announcements]) => [peer, [...announcements]])),
      flushAt: this.#flushAt,
    };
  }

  restore({ waiting, flushAt }: SavedAnnouncements): void {
    this.#waiting = new Map();
    for (const [peer, announcements] of waiting) this.#waiting.set(peer, [...announcements]);
    this.#flushAt = flushAt;
  }

  forget(peer: PeerId): void {
    this.#waiting?.delete(peer);
  }
}

function send(peer: PeerId, announcements: readonly Announcement[], effects: Effects): void {
  effects.sendLinked(peer, { type: "announce", announcements });
}
