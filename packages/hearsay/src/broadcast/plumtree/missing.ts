/**
 * What has been announced and has not come: whom to ask for it, and when.
 *
 *     announced ── graftAfterMs ──▶ first announcer asked ── graftAgainMs ──▶ the next … until none is left
 *         └───────────── it comes ─────────────┴───────────────────▶ forgotten
 *
 * @module
 */
import { Deadlines, later, NEVER } from "../../kernel/index.ts";
import type { Instant, PeerId } from "../../kernel/index.ts";
import { keyOf } from "../publication.ts";
import type { PublicationId } from "../publication.ts";
import type { PlumtreeConfig } from "./config.ts";

interface Announcer {
  readonly peer: PeerId;
  readonly hops: number;
}

interface Missing {
  readonly id: PublicationId;
  /** Who has announced it first. */
  readonly owner: PeerId;
  readonly announcers: Announcer[];
}

/** Whom to ask for what. */
export interface Request {
  readonly id: PublicationId;
  readonly peer: PeerId;
}

export interface SavedMissing {
  readonly missing: readonly Missing[];
  readonly deadlines: readonly (readonly [key: string, at: Instant])[];
}

/** One neighbour's announcements may fill so much of the table: whoever announces what never was does not fill it all. */
const SHARE = 4;

export class MissingPublications {
  readonly #config: PlumtreeConfig;
  /** How many each neighbour has announced first. */
  #owned: Map<PeerId, number> | undefined;
  /** Both made with the first announcement of something unknown. */
  #missing: Map<string, Missing> | undefined;
  #deadlines: Deadlines<string> | undefined;

  constructor(config: PlumtreeConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#missing?.size ?? 0;
  }

  get deadline(): Instant {
    return this.#deadlines?.next ?? NEVER;
  }

  /** `peer` has what we have not; false when too much is missing already, of this peer's or of all. */
  announced(id: PublicationId, peer: PeerId, hops: number, now: Instant): boolean {
    this.#missing ??= new Map();
    const key = keyOf(id);
    const known = this.#missing.get(key);
    if (known !== undefined) {
      if (!known.announcers.some((one) => one.peer === peer)) known.announcers.push({ peer, hops });
      return true;
    }
    const { maxMissing } = this.#config;
    const owned = this.#owned?.get(peer) ?? 0;
    if (this.#missing.size >= maxMissing || owned >= Math.ceil(maxMissing / SHARE)) return false;
    (this.#owned ??= new Map()).set(peer, owned + 1);
    this.#missing.set(key, { id, owner: peer, announcers: [{ peer, hops }] });
    this.#deadlines ??= new Deadlines();
    this.#deadlines.set(key, later(now, this.#config.graftAfterMs));
    return true;
  }

  /** It has come: who has announced it, the first first. */
  came(id: PublicationId): readonly Announcer[] {
    if (this.#missing === undefined || this.#missing.size === 0) return NOBODY;
    const key = keyOf(id);
    const missing = this.#missing.get(key);
    if (missing === undefined) return NOBODY;
    this.#delete(key, missing);
    this.#deadlines?.delete(key);
    return missing.announcers;
  }

  /** Takes a request that is due; nothing when none is. What nobody is left to ask for is given up. */
  takeDue(now: Instant): Request | undefined {
    for (;;) {
      const key = this.#deadlines?.takeDue(now);
      const missing = key === undefined ? undefined : this.#missing?.get(key);
      if (key === undefined || missing === undefined) return undefined;
      const next = missing.announcers.shift();
      if (next === undefined) this.#delete(key, missing);
      else {
        this.#deadlines?.set(key, later(now, this.#config.graftAgainMs));
        return { id: missing.id, peer: next.peer };
      }
    }
  }

  save(): SavedMissing {
    const missing = [...(this.#missing?.values() ?? [])].map(copyOf);
    return { missing, deadlines: this.#deadlines?.entries() ?? [] };
  }

  restore({ missing, deadlines }: SavedMissing): void {
    if (missing.length === 0) return;
    this.#missing = new Map(missing.map((one) => [keyOf(one.id), copyOf(one)]));
    this.#deadlines = new Deadlines();
    for (const [key, at] of deadlines) this.#deadlines.set(key, at);
    this.#owned = new Map();
    for (const { owner } of missing) this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1);
  }

  /** A neighbour is gone: what it has announced it cannot send. */
  forget(peer: PeerId): void {
    for (const { announcers } of this.#missing?.values() ?? []) {
      const index = announcers.findIndex((one) => one.peer === peer);
      if (index >= 0) announcers.splice(index, 1);
    }
  }

  #delete(key: string, { owner }: Missing): void {
    this.#missing?.delete(key);
    const left = (this.#owned?.get(owner) ?? 0) - 1;
    if (left > 0) this.#owned?.set(owner, left);
    else this.#owned?.delete(owner);
  }
}

const NOBODY: readonly Announcer[] = [];

function copyOf({ id, owner, announcers }: Missing): Missing {
  return { id, owner, announcers: [...announcers] };
}
