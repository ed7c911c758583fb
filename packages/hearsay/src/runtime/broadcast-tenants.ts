/**
 * What carries topics in a node: an overlay of links, and the tree that grows on it.
 *
 *     publish ─▶ plumtree ─▶ links of the overlay ─▶ plumtree of the neighbours ─▶ delivered
 *                              randomLinks   chosen from the whole membership (some hundred nodes)
 *                              hyparview     partial views that keep themselves (thousands)
 *
 * @module
 */
import { Plumtree } from "../broadcast/index.ts";
import type { PlumtreeConfig } from "../broadcast/index.ts";
import type { PeerId, Tenant } from "../kernel/index.ts";
import { optionError } from "../kernel/index.ts";
import { HYPARVIEW, HyParView, RANDOM_LINKS, RandomLinks } from "../overlay/index.ts";
import type { HyParViewConfig, RandomLinksConfig } from "../overlay/index.ts";
import type { TenantContext } from "./tenant-context.ts";

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
}

/**
 * What differs from Plumtree's own defaults: announcements of some messages travel together, the tree reacts within a
 * blink on links that take milliseconds, and whoever comes late is told what it has missed.
 */
const PLUMTREE_ON_SOCKETS: Partial<PlumtreeConfig> = {
  announceEveryMs: 50,
  graftAfterMs: 500,
  graftAgainMs: 200,
  replaceParent: true,
  recallCount: 256,
  maxKept: 4096,
};

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

/** The tenants that carry topics, in one hand. */
export class BroadcastTenants {
  readonly plumtree: Plumtree;
  readonly #overlay: RandomLinks | HyParView;
  readonly #peers: TenantContext["peers"];

  /** @throws HearsayError `ERR_OPTION` */
  constructor(options: TopicsOptions, { name, address, epoch, peers, sampler }: TenantContext) {
    const { overlay = RANDOM_LINKS } = options;
    const config = { ...PLUMTREE_ON_SOCKETS, ...options.plumtree };
    this.#peers = peers;
    this.plumtree = new Plumtree({ name, epoch, overlay, config });
    this.#overlay =
      overlay === HYPARVIEW
        ? new HyParView({
            self: { name, address },
            peers,
            sampler,
            config: options.hyparview ?? {},
          })
        : new RandomLinks({ peers, sampler, config: options.randomLinks ?? {} });
  }

  get all(): readonly Tenant[] {
    return [this.#overlay, this.plumtree] as readonly Tenant[];
  }

  /** Name of the tenant that wants a command `wake`, if one does. */
  get sleeper(): string | undefined {
    return this.#overlay instanceof RandomLinks ? this.#overlay.name : undefined;
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
  return topics;
}
