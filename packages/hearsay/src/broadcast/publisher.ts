/**
 * The numbers of a node's own publications, and what it has seen of others'.
 * @module
 */
import { SeenOrigins } from "../kernel/index.ts";
import type { Instant, SavedSeenOrigins, Sighting } from "../kernel/index.ts";
import type { Publication, PublicationId, PublishCommand } from "./publication.ts";

export interface PublisherOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Origins whose publications are remembered. */
  readonly maxOrigins: number;
}

export interface SavedPublisher {
  readonly seen: SavedSeenOrigins | undefined;
  readonly published: number;
}

export class Publisher {
  readonly #name: string;
  readonly #epoch: number;
  readonly #maxOrigins: number;
  /** Made when the first publication comes: most nodes of a large experiment never see one. */
  #seen: SeenOrigins | undefined;
  #published = 0;

  constructor({ name, epoch, maxOrigins }: PublisherOptions) {
    this.#name = name;
    this.#epoch = epoch;
    this.#maxOrigins = maxOrigins;
  }

  /** The name of what is published next. */
  get next(): PublicationId {
    return { origin: this.#name, epoch: this.#epoch, number: this.#published + 1 };
  }

  /** Gives what is published its name, and remembers it. */
  publish({ topic, payload }: PublishCommand, now: Instant): Publication {
    const number = ++this.#published;
    const publication = { origin: this.#name, epoch: this.#epoch, number, topic, payload };
    this.see(publication, now);
    return publication;
  }

  save(): SavedPublisher {
    return { seen: this.#seen?.save(), published: this.#published };
  }

  restore({ seen, published }: SavedPublisher): void {
    this.#published = published;
    if (seen === undefined) return;
    this.#seen = new SeenOrigins(this.#maxOrigins);
    this.#seen.restore(seen);
  }

  see({ origin, epoch, number }: PublicationId, now: Instant): Sighting {
    this.#seen ??= new SeenOrigins(this.#maxOrigins);
    return this.#seen.see(origin, epoch, number, now);
  }

  hasSeen({ origin, epoch, number }: PublicationId): boolean {
    return this.#seen?.has(origin, epoch, number) ?? false;
  }
}
