/**
 * Direct mail: who publishes sends it to everybody it knows, once.
 *
 *     origin ──▶ b   ──▶ c   ──▶ d   ──✗ e   …      one packet for each, no answer
 *
 * Promise: best effort. Whoever the origin knows gets it with the probability that one packet comes through; nothing
 * is sent again, whoever the origin does not know gets nothing, and so does who comes later. Nothing is promised of
 * the order. `Repaired` brings what is missing.
 *
 * What does not fit a packet is refused.
 * @see Demers et al. 1987, section 1.2
 * @module
 */
import { channelMessage } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Channel,
  Instant,
  Message,
  PeerSampler,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { delivered, PUBLICATION_FIELDS } from "../publication.ts";
import type { Publication, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";
import { resolveMailConfig } from "./config.ts";
import type { MailConfig } from "./config.ts";
import { Postman } from "./postman.ts";
import type { SavedPostman } from "./postman.ts";

export interface MailOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot: tells our publications from those of an earlier run. */
  readonly epoch: number;
  /** Those who get mail: all of them. */
  readonly sampler: PeerSampler;
  readonly config?: Partial<MailConfig>;
}

export interface Mail extends Message, Publication {
  readonly type: "mail";
  readonly hops: number;
}

export const MAIL_CHANNEL: Channel = channel("d");
const MAIL: WireMessage<Mail> = channelMessage<Mail>(MAIL_CHANNEL, 1, "mail", PUBLICATION_FIELDS);
const WIRE: TenantWire<Mail> = { channel: MAIL_CHANNEL, messages: [MAIL] };

interface SavedMail {
  readonly publisher: SavedPublisher;
  readonly postman: SavedPostman<Mail> | undefined;
}

export class DirectMail implements Broadcaster<Mail> {
  readonly name: string = "mail";
  readonly wire: TenantWire<Mail> = WIRE;
  readonly #config: MailConfig;
  readonly #sampler: PeerSampler;
  readonly #publisher: Publisher;
  #postman: Postman<Mail> | undefined;

  constructor({ name, epoch, sampler, config }: MailOptions) {
    this.#config = resolveMailConfig(config);
    this.#sampler = sampler;
    this.#publisher = new Publisher({ name, epoch, maxOrigins: this.#config.maxOrigins });
  }

  get deadline(): Instant {
    return this.#postman?.deadline ?? NEVER;
  }

  save(): SavedMail {
    return { publisher: this.#publisher.save(), postman: this.#postman?.save() };
  }

  restore(saved: Saved): void {
    const { publisher, postman } = saved as SavedMail;
    this.#publisher.restore(publisher);
    if (postman !== undefined) (this.#postman = new Postman(this.#config)).restore(postman);
  }

  handle(
    input: TenantInput<Mail, PublishCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<Mail>,
  ): void {
    switch (input.type) {
      case "message":
        this.takeUp(input.message, input.message.hops, now, effects);
        return;
      case "timeout":
        return this.#postman?.onTimeout(now, effects);
      case "command":
        return this.#publish(input.command, now, rng, effects);
      default:
        return;
    }
  }

  /** Delivers it, and that is all: mail is not passed on. */
  takeUp(
    publication: Publication,
    hops: number,
    now: Instant,
    effects: TenantEffects<Mail>,
  ): boolean {
    const sighting = this.#publisher.see(publication, now);
    if (sighting === "new") effects.notify(delivered(publication, hops));
    else effects.drop(sighting);
    return sighting !== "tooManyOrigins";
  }

  #publish(command: PublishCommand, now: Instant, rng: Rng, effects: TenantEffects<Mail>): void {
    const { topic, payload } = command;
    const mail: Mail = { ...this.#publisher.next, type: "mail", topic, payload, hops: 1 };
    if (MAIL.sizeOf(mail) > this.#config.packetBytes) return effects.drop("mailTooLarge");
    this.#postman ??= new Postman(this.#config);
    if (this.#postman.isFull) return effects.drop("tooMuchMail");
    effects.notify(delivered(this.#publisher.publish(command, now), 0));
    const everybody = this.#sampler.sample(this.#sampler.size, NO_PEER, rng);
    this.#postman.post(mail, everybody, now, effects);
  }
}
