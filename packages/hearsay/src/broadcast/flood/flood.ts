/**
 * Flooding: whoever hears something new tells all its neighbours but the one it has it from.
 *
 * Promise: reaches everybody whom the overlay connects while it spreads, at a copy for each link and direction.
 * The baseline that trees are compared with.
 * @module
 */
import { channelMessage } from "../../codec/index.ts";
import { channel, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Instant,
  Message,
  PeerId,
  Rng,
  Saved,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { Broadcaster } from "../broadcaster.ts";
import { Neighbours } from "../neighbours.ts";
import { delivered, MAX_HOPS, PUBLICATION_FIELDS } from "../publication.ts";
import type { Publication, PublishCommand } from "../publication.ts";
import { Publisher } from "../publisher.ts";
import type { SavedPublisher } from "../publisher.ts";

export interface FloodOptions {
  /** Our own name. */
  readonly name: string;
  /** Seconds since 1970 at boot. */
  readonly epoch: number;
  /** Name of the overlay whose links it floods. @default "hyparview" */
  readonly overlay?: string;
  /** Origins whose publications are remembered. @default 4096 */
  readonly maxOrigins?: number;
}

interface FloodMessage extends Message, Publication {
  readonly type: "flood";
  readonly hops: number;
}

const FLOOD_CHANNEL = channel("f");
const FLOOD = channelMessage<FloodMessage>(FLOOD_CHANNEL, 1, "flood", PUBLICATION_FIELDS);

const WIRE: TenantWire<FloodMessage> = { channel: FLOOD_CHANNEL, messages: [FLOOD] };

interface SavedFlood {
  readonly publisher: SavedPublisher;
  readonly neighbours: readonly PeerId[];
}

export class Flood implements Broadcaster<FloodMessage> {
  readonly name = "flood";
  readonly wire: TenantWire<FloodMessage> = WIRE;
  readonly deadline: Instant = NEVER;
  readonly #publisher: Publisher;
  readonly #neighbours: Neighbours;

  constructor({ name, epoch, overlay = "hyparview", maxOrigins = 4096 }: FloodOptions) {
    this.#publisher = new Publisher({ name, epoch, maxOrigins });
    this.#neighbours = new Neighbours(overlay);
  }

  save(): SavedFlood {
    return { publisher: this.#publisher.save(), neighbours: [...this.#neighbours.members] };
  }

  restore(saved: Saved): void {
    const { publisher, neighbours } = saved as SavedFlood;
    this.#publisher.restore(publisher);
    this.#neighbours.restore(neighbours);
  }

  handle(
    input: TenantInput<FloodMessage, PublishCommand>,
    now: Instant,
    _rng: Rng,
    effects: TenantEffects<FloodMessage>,
  ): void {
    switch (input.type) {
      case "message": {
        const { message, peer } = input;
        return this.#hear(message, message.hops, peer, now, effects);
      }
      case "command":
        return this.#spread(this.#publisher.publish(input.command, now), 0, NO_PEER, effects);
      case "signal":
        this.#neighbours.onSignal(input.signal);
        return;
      default:
        return;
    }
  }

  takeUp(
    publication: Publication,
    hops: number,
    now: Instant,
    effects: TenantEffects<FloodMessage>,
  ): boolean {
    this.#hear(publication, hops, NO_PEER, now, effects);
    return this.#publisher.hasSeen(publication);
  }

  #hear(
    { topic, origin, epoch, number, payload }: Publication,
    hops: number,
    from: PeerId,
    now: Instant,
    effects: TenantEffects<FloodMessage>,
  ): void {
    const publication = { topic, origin, epoch, number, payload };
    const sighting = this.#publisher.see(publication, now);
    if (sighting !== "new") return effects.drop(sighting);
    this.#spread(publication, Math.min(hops, MAX_HOPS - 1) + 1, from, effects);
  }

  #spread(
    publication: Publication,
    hops: number,
    from: PeerId,
    effects: TenantEffects<FloodMessage>,
  ): void {
    effects.notify(delivered(publication, hops));
    const message: FloodMessage = { ...publication, type: "flood", hops };
    for (const peer of this.#neighbours.members) {
      if (peer !== from) effects.sendLinked(peer, message);
    }
  }
}
