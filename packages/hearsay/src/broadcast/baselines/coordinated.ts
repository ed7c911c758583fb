/**
 * Centralised multicast: whoever publishes hands it to one coordinator, and that one sends it to all.
 *
 *     origin ── post ──▶ coordinator ── copy ──▶ b, c, d, the origin …
 *
 * Promise: best effort, and none without the coordinator: while it is away, nobody gets anything. A baseline to compare
 * with: n packets at one node, a latency of two hops, no knowledge of each other.
 * @module
 */
import { channelMessage } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  Message,
  PeerId,
  PeerSampler,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { resolveMailConfig } from "../mail/config.ts";
import type { MailConfig } from "../mail/config.ts";
import { Postman } from "../mail/postman.ts";
import type { SavedPostman } from "../mail/postman.ts";
import { delivered, MAX_HOPS, PUBLICATION_FIELDS } from "../publication.ts";
import type { Publication, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";

export interface CoordinatedOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Who sends to all; `NO_PEER` at the coordinator itself. */
  readonly coordinator: PeerId;
  /** Whom the coordinator sends to: all of them. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<MailConfig>;
}

export interface Post extends Message, Publication {
  readonly type: "post" | "copy";
  readonly hops: number;
}

const COORDINATED_CHANNEL = channel("c");
const POST: WireMessage<Post> = channelMessage<Post>(
  COORDINATED_CHANNEL,
  1,
  "post",
  PUBLICATION_FIELDS,
);
const COPY: WireMessage<Post> = channelMessage<Post>(
  COORDINATED_CHANNEL,
  2,
  "copy",
  PUBLICATION_FIELDS,
);
const WIRE: TenantWire<Post> = { channel: COORDINATED_CHANNEL, messages: [POST, COPY] };

interface SavedCoordinated {
  readonly publisher: SavedPublisher;
  readonly postman: SavedPostman<Post> | undefined;
}

export class Coordinated implements Broadcaster<Post> {
  readonly name: string = "coordinated";
  readonly wire: TenantWire<Post> = WIRE;
  readonly #config: MailConfig;
  readonly #coordinator: PeerId;
  readonly #sampler: PeerSampler;
  readonly #publisher: Publisher;
  #postman: Postman<Post> | undefined;

  constructor({ name, epoch, coordinator, sampler, config }: CoordinatedOptions) {
    this.#config = resolveMailConfig(config);
    this.#coordinator = coordinator;
    this.#sampler = sampler;
    this.#publisher = new Publisher({ name, epoch, maxOrigins: this.#config.maxOrigins });
  }

  get deadline(): Instant {
    return this.#postman?.deadline ?? NEVER;
  }

  save(): SavedCoordinated {
    return { publisher: this.#publisher.save(), postman: this.#postman?.save() };
  }

  restore(saved: Saved): void {
    const { publisher, postman } = saved as SavedCoordinated;
    this.#publisher.restore(publisher);
    if (postman !== undefined) (this.#postman = new Postman(this.#config)).restore(postman);
  }

  handle(
    input: TenantInput<Post, PublishCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<Post>,
  ): void {
    switch (input.type) {
      case "message": {
        const { message, peer } = input;
        if (message.type === "post") return this.#onPost(message, peer, now, rng, effects);
        this.takeUp(message, message.hops, now, effects);
        return;
      }
      case "timeout":
        return this.#postman?.onTimeout(now, effects);
      case "command":
        return this.#publish(input.command, now, rng, effects);
      default:
        return;
    }
  }

  /** Delivers it; only the coordinator passes on. */
  takeUp(
    publication: Publication,
    hops: number,
    now: Instant,
    effects: TenantEffects<Post>,
  ): boolean {
    const sighting = this.#publisher.see(publication, now);
    if (sighting === "new") effects.notify(delivered(publication, hops));
    else effects.drop(sighting);
    return sighting !== "tooManyOrigins";
  }

  #publish(command: PublishCommand, now: Instant, rng: Rng, effects: TenantEffects<Post>): void {
    const { topic, payload } = command;
    const post: Post = { ...this.#publisher.next, type: "post", topic, payload, hops: 1 };
    if (POST.sizeOf(post) > this.#config.packetBytes) return effects.drop("mailTooLarge");
    effects.notify(delivered(this.#publisher.publish(command, now), 0));
    if (this.#coordinator === NO_PEER) this.#copy({ ...post, hops: 0 }, NO_PEER, now, rng, effects);
    else effects.send(this.#coordinator, post);
  }

  #onPost(post: Post, from: PeerId, now: Instant, rng: Rng, effects: TenantEffects<Post>): void {
    if (this.#coordinator !== NO_PEER) return effects.drop("notTheCoordinator");
    const sighting = this.#publisher.see(post, now);
    if (sighting !== "new") return effects.drop(sighting);
    effects.notify(delivered(post, post.hops));
    this.#copy(post, from, now, rng, effects);
  }

  #copy(post: Post, except: PeerId, now: Instant, rng: Rng, effects: TenantEffects<Post>): void {
    this.#postman ??= new Postman(this.#config);
    if (this.#postman.isFull) return effects.drop("tooMuchMail");
    const others = this.#sampler.sample(this.#sampler.size, except, rng);
    const copy: Post = { ...post, type: "copy", hops: Math.min(post.hops, MAX_HOPS - 1) + 1 };
    this.#postman.post(copy, others, now, effects);
  }
}
