/**
 * What carries topics in a node: an overlay of links with the tree that grows on it, and what needs no links.
 *
 *     tree     Ordered( Repaired( Plumtree ))    links of the overlay      everybody, in the end
 *     flood    Flood                             links of the overlay      everybody that is connected now
 *     rumor    RumorMongering                    datagrams                 nearly everybody
 *     mail     DirectMail                        datagrams from the origin whomever they reach
 *
 *     overlay  randomLinks   chosen from the whole membership (some hundred nodes)
 *              hyparview     partial views that keep themselves (thousands)
 *
 * Nobody is sent anything who does not understand it.
 * @module
 */
import {
  DirectMail,
  Flood,
  MAIL_CHANNEL,
  Ordered,
  Plumtree,
  Repaired,
  RUMOR_CHANNEL,
  RumorMongering,
} from "../broadcast/index.ts";
import type {
  MailConfig,
  OrderOptions,
  PlumtreeConfig,
  RepairOptions,
  RumorConfig,
} from "../broadcast/index.ts";
import { optionError } from "../kernel/index.ts";
import type { PeerId, Tenant } from "../kernel/index.ts";
import { HYPARVIEW, HyParView, RANDOM_LINKS, RandomLinks, Speakers } from "../overlay/index.ts";
import type { HyParViewConfig, RandomLinksConfig } from "../overlay/index.ts";
import type { TenantContext } from "./tenant-context.ts";

/** How a topic's publications travel, and so what is promised: see docs/topics.md. */
export type Delivery = "tree" | "flood" | "rumor" | "mail";

export interface TopicsOptions {
  /**
   * Which links carry topics, the same on every node: `randomLinks`, a few to members chosen uniformly, none as long as
   * nobody uses a topic; or `hyparview`, partial views that keep themselves, for clusters of thousands.
   * @default "randomLinks"
   */
  readonly overlay?: "randomLinks" | "hyparview";
  readonly randomLinks?: Partial<RandomLinksConfig>;
  readonly hyparview?: Partial<HyParViewConfig>;
  readonly plumtree?: Partial<PlumtreeConfig>;
  /**
   * `sender`: what one node publishes by the tree is delivered in the order in which it was published, and what is given
   * up is told by an event `skipped`; a gap holds back what is behind it, for ten seconds at most. @default "none"
   */
  readonly order?: "none" | "sender";
  readonly ordered?: OrderOptions;
  /** How what the tree has left out is found and mended. */
  readonly repair?: Omit<RepairOptions, "sampler">;
  readonly rumor?: Partial<RumorConfig>;
  readonly mail?: Partial<MailConfig>;
}

/**
 * What differs from Plumtree's own defaults: announcements of some messages travel together, and the tree reacts within
 * a blink on links that take milliseconds.
 */
const PLUMTREE_ON_SOCKETS: Partial<PlumtreeConfig> = {
  announceEveryMs: 50,
  graftAfterMs: 500,
  graftAgainMs: 200,
  replaceParent: true,
  maxKept: 4096,
};

/** Clusters in which nodes meet by membership can form two overlays whose views are full. */
const SWAPPING: Partial<HyParViewConfig> = { swapMs: 60_000 };

/** A link of an overlay, as an application sees it. */
export interface NeighbourView {
  readonly name: string;
  readonly address: string;
  /** Whether payloads travel to it, or announcements. */
  readonly push: "eager" | "lazy";
}

export interface OverlayView {
  readonly overlay: string;
  readonly neighbours: readonly NeighbourView[];
  /** Spares that are known and have no link; none where the whole membership is the spare. */
  readonly passive: readonly { readonly name: string; readonly address: string }[];
}

/** What a packet spends on a publication beside its payload, at most: names, a topic, numbers. */
const PACKET_MARGIN_BYTES = 320;

export interface CarrierBytes {
  /** Of a message in a packet. */
  readonly datagram: number;
  /** Of a payload on a link. */
  readonly linked: number;
}

/** The tenants that carry topics, in one hand. */
export class BroadcastTenants {
  readonly plumtree: Plumtree;
  readonly #overlay: RandomLinks | HyParView;
  readonly #carriers: Readonly<Record<Delivery, Tenant>>;
  readonly #bytes: CarrierBytes;
  readonly #peers: TenantContext["peers"];

  /** @throws HearsayError `ERR_OPTION` */
  constructor(options: TopicsOptions, context: TenantContext, bytes: CarrierBytes) {
    const { overlay = RANDOM_LINKS } = options;
    const { name, address, epoch, peers, sampler } = context;
    const packetBytes = bytes.datagram;
    const self = { name, address };
    const links =
      overlay === HYPARVIEW
        ? new HyParView({ self, peers, sampler, config: { ...SWAPPING, ...options.hyparview } })
        : new RandomLinks({ peers, sampler, config: options.randomLinks ?? {} });
    const neighbours = links instanceof HyParView ? links.active : links.neighbours;
    this.#peers = peers;
    this.#overlay = links;
    this.#bytes = bytes;
    const config = { ...PLUMTREE_ON_SOCKETS, ...options.plumtree };
    this.plumtree = new Plumtree({ name, epoch, overlay, config });
    const repair = { packetBytes, ...options.repair, sampler: neighbours };
    const repaired = new Repaired(this.plumtree, repair);
    this.#carriers = {
      tree: options.order === "sender" ? new Ordered(repaired, options.ordered) : repaired,
      flood: new Flood({ name, epoch, overlay }),
      rumor: new RumorMongering({
        name,
        epoch,
        sampler: new Speakers(RUMOR_CHANNEL, peers, sampler),
        config: { packetBytes, ...options.rumor },
      }),
      mail: new DirectMail({
        name,
        epoch,
        sampler: new Speakers(MAIL_CHANNEL, peers, sampler),
        config: { packetBytes, ...options.mail },
      }),
    };
  }

  get all(): readonly Tenant[] {
    return [this.#overlay as Tenant, ...Object.values(this.#carriers)];
  }

  /** Name of the tenant that wants a command `wake`, if one does. */
  get sleeper(): string | undefined {
    return this.#overlay instanceof RandomLinks ? this.#overlay.name : undefined;
  }

  /** The tenant that delivers so. */
  carrier(delivery: Delivery): { readonly name: string; readonly maxPayloadBytes: number } {
    const isLinked = delivery === "tree" || delivery === "flood";
    const packet = this.#bytes.datagram - PACKET_MARGIN_BYTES;
    return {
      name: this.#carriers[delivery].name,
      maxPayloadBytes: isLinked ? this.#bytes.linked : packet,
    };
  }

  view(): OverlayView {
    const overlay = this.#overlay;
    const lazy = new Set(this.plumtree.lazy);
    const [links, spares] =
      overlay instanceof RandomLinks
        ? [overlay.neighbours.members, []]
        : [overlay.active.members, overlay.passive.members];
    const neighbours = links.map((peer) => {
      const { name, address } = this.#named(peer);
      return { name, address, push: lazy.has(peer) ? "lazy" : "eager" } as const;
    });
    return {
      overlay: overlay.name,
      neighbours,
      passive: spares.map((peer) => this.#named(peer)),
    };
  }

  #named(peer: PeerId): { name: string; address: string } {
    return { name: this.#peers.nameOf(peer), address: this.#peers.addressOf(peer) };
  }
}

const OVERLAYS: ReadonlySet<unknown> = new Set([undefined, RANDOM_LINKS, HYPARVIEW]);

/**
 * Checks what can be checked before a node is made.
 * @throws HearsayError `ERR_OPTION`
 */
export function checkTopics(topics: TopicsOptions | false): TopicsOptions | undefined {
  if (topics === false) return undefined;
  if (typeof topics !== "object" || topics === null) {
    throw optionError("topics", "an object, or false for none", topics);
  }
  if (!OVERLAYS.has(topics.overlay)) {
    throw optionError("topics.overlay", `${RANDOM_LINKS} or ${HYPARVIEW}`, topics.overlay);
  }
  if (topics.order !== undefined && topics.order !== "none" && topics.order !== "sender") {
    throw optionError("topics.order", "none or sender", topics.order);
  }
  return topics;
}

const DELIVERIES: ReadonlySet<unknown> = new Set<Delivery>(["tree", "flood", "rumor", "mail"]);

/** @throws HearsayError `ERR_OPTION` */
export function checkDelivery(delivery: unknown): Delivery {
  if (DELIVERIES.has(delivery)) return delivery as Delivery;
  throw optionError("delivery", "tree, flood, rumor or mail", delivery);
}
