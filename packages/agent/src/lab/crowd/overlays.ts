/**
 * Overlays under a broadcast: how a crowd's nodes come to have neighbours.
 *
 *     hyparview      nodes join one after the other through the first, then shuffle for some cycles
 *     randomLinks    a few links to any of the live nodes: what a cluster with full membership keeps
 *     line, ring, …  links of a graph that stays as it is
 *
 * @module
 */
import type { PeerId, Rng, Tenant } from "hearsay/kernel";
import {
  HYPARVIEW,
  HYPARVIEW_DEFAULTS,
  HyParView,
  RANDOM_LINKS,
  RANDOM_LINKS_DEFAULTS,
  RandomLinks,
  resolveHyParViewConfig,
} from "hearsay/overlay";
import type { Graph, HyParViewConfig, RandomLinksConfig } from "hearsay/overlay";
import type { Crowd, CrowdContext } from "hearsay/sim";
import { number, share, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";
import { FIXED_LINKS, FixedLinks, topologyOf } from "./graphs.ts";

const D = HYPARVIEW_DEFAULTS;

export const HYPARVIEW_OPTIONS = {
  activeSize: whole(D.activeSize, "links that a node keeps"),
  passiveSize: whole(D.passiveSize, "spares that it knows beside them"),
  activeWalk: whole(D.activeWalk, "hops of a join's walk (ARWL)"),
  passiveWalk: whole(D.passiveWalk, "hops to go where the walk leaves a spare (PRWL)"),
  shuffleActive: whole(D.shuffleActive, "neighbours in a shuffle (ka)"),
  shufflePassive: whole(D.shufflePassive, "spares in a shuffle (kp)"),
  shuffleIntervalMs: number(D.shuffleIntervalMs, "ms between two shuffles: one cycle"),
  neighbourTimeoutMs: number(D.neighbourTimeoutMs, "ms that a peer has to become a neighbour"),
  keepAliveMs: number(D.keepAliveMs, "ms between signs of life on links; 0 is none"),
  swapMs: number(D.swapMs, "ms between two neighbours that are replaced by spares; 0 is never"),
} satisfies Record<keyof HyParViewConfig, OptionSpec>;

export const JOIN_OPTIONS = {
  joinEveryMs: number(20, "ms between two joins"),
  joinThrough: word("first", ["first", "any"], "who is asked to let a newcomer in"),
  settleCycles: whole(50, "cycles before anything is measured"),
} satisfies Record<string, OptionSpec>;

const R = RANDOM_LINKS_DEFAULTS;

const RANDOM_LINKS_OPTIONS = {
  spareLinks: whole(R.spareLinks, "random links beyond ln n that a node looks for"),
  maxWanted: whole(R.maxWanted, "random links that it looks for, whatever n"),
  retryMs: number(R.retryMs, "ms until a node without anybody to ask looks again"),
  renewMs: number(R.renewMs, "ms after which a random link is replaced; 0 is never"),
} satisfies Record<keyof Omit<RandomLinksConfig, "neighbourTimeoutMs">, OptionSpec>;

export const OVERLAY_OPTIONS = {
  overlay: word(
    "hyparview",
    ["hyparview", "randomLinks", "line", "ring", "grid", "regular", "smallWorld"],
    "whose links carry it",
  ),
  degree: whole(4, "links of a node, in the graphs that have a choice", { least: 2 }),
  rewiring: share(0.1, "part of the links of a small world that lead anywhere"),
  ...HYPARVIEW_OPTIONS,
  ...JOIN_OPTIONS,
  ...RANDOM_LINKS_OPTIONS,
} satisfies Record<string, OptionSpec>;

type OverlayParameters = ParametersOf<typeof OVERLAY_OPTIONS> & { readonly n: number };

/** An overlay of a crowd: its first tenant. */
export interface Overlay {
  /** As it is called in signals. */
  readonly name: string;
  /** Nodes that a crowd begins with; the others are to join. */
  readonly size: number;
  readonly tenant: (context: CrowdContext) => Tenant;
  /** Lets the overlay come about. */
  form(crowd: Crowd, pick: () => PeerId): void;
}

export function overlayOf(parameters: OverlayParameters, rng: Rng): Overlay {
  const { overlay, n, settleCycles, shuffleIntervalMs } = parameters;
  const settle = (crowd: Crowd): void => crowd.run(settleCycles * shuffleIntervalMs);
  if (overlay === "hyparview") {
    const tenant = hyparviewTenants(parameters);
    return {
      name: HYPARVIEW,
      size: 1,
      tenant,
      form: (crowd, pick) => joinAll(crowd, parameters, pick),
    };
  }
  if (overlay === "randomLinks") {
    const { spareLinks, maxWanted, retryMs, renewMs, neighbourTimeoutMs } = parameters;
    const config = { spareLinks, maxWanted, retryMs, renewMs, neighbourTimeoutMs };
    return {
      name: RANDOM_LINKS,
      size: n,
      tenant: ({ peers, oracle }) => new RandomLinks({ peers, sampler: oracle, config }),
      form: (crowd) => {
        for (const node of crowd.live) crowd.command(node, RANDOM_LINKS, { type: "wake" });
        settle(crowd);
      },
    };
  }
  const graph = topologyOf(overlay, parameters, rng);
  return {
    name: FIXED_LINKS,
    size: graph.length,
    tenant: ({ self }) => new FixedLinks((graph[self] ?? []) as readonly PeerId[]),
    form: settle,
  };
}

export type HyParViewParameters = ParametersOf<typeof HYPARVIEW_OPTIONS>;
export type JoinParameters = ParametersOf<typeof JOIN_OPTIONS>;

/** Makes the tenants of all nodes: they share what does not change. */
export function hyparviewTenants(
  parameters: HyParViewParameters,
): (context: CrowdContext) => Tenant {
  const names = Object.keys(HYPARVIEW_OPTIONS) as (keyof HyParViewConfig)[];
  const given = Object.fromEntries(names.map((option) => [option, parameters[option]]));
  const config = resolveHyParViewConfig(given);
  return ({ self, name, peers }) =>
    new HyParView({ self: { name, address: peers.addressOf(self) }, peers, config });
}

/** Lets nodes join one after the other, until there are `n`, and then settle. */
export function joinAll(
  crowd: Crowd,
  {
    n,
    joinEveryMs,
    joinThrough,
    settleCycles,
    shuffleIntervalMs,
  }: HyParViewParameters & JoinParameters & { readonly n: number },
  pick: () => PeerId,
): void {
  while (crowd.peers.size < n) {
    const contact = joinThrough === "first" ? (0 as PeerId) : pick();
    const { peers } = crowd;
    const contacts = [{ name: peers.nameOf(contact), address: peers.addressOf(contact) }];
    const join = { type: "join", contacts };
    crowd.command(crowd.add(), HYPARVIEW, join);
    crowd.run(joinEveryMs);
  }
  crowd.run(settleCycles * shuffleIntervalMs);
}

/** Who has whom in a view, the living numbered as they stand in the crowd's list; the dead are -1. */
export function viewsOf(crowd: Crowd, view: "active" | "passive", index = 0): Graph {
  const places = new Map(crowd.live.map((node, place) => [node, place]));
  return crowd.live.map((node) =>
    (crowd.tenant(node, index) as HyParView)[view].members.map((peer) => places.get(peer) ?? -1),
  );
}
