/**
 * Broadcasts over an overlay, one after the other, while nodes die: the experiment that all who spread over links share.
 *
 *     form ──▶ cycle: kill (pauseMs) ─ publish, spread (spreadMs) ─ membership (restCycles) ──▶ … ──▶ cycle
 *
 * A protocol brings its options and how its tenant is made: `flood/flood.ts`, `plumtree/plumtree.ts`.
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import type { PeerId, Tenant } from "hearsay/kernel";
import type { Delivered } from "hearsay/broadcast";
import { Crowd } from "hearsay/sim";
import type { CrowdContext } from "hearsay/sim";
import { experiment } from "../experiment.ts";
import type { Experiment, PlotSpec, Sample } from "../experiment.ts";
import { number, whole, word } from "../option-table.ts";
import type { OptionSpec, OptionTable, ParametersOf } from "../option-table.ts";
import { anyOf, FAILURE_OPTIONS, killSome, NETWORK_OPTIONS, networkOf } from "./crowd-options.ts";
import { OVERLAY_OPTIONS, overlayOf } from "./overlays.ts";
import type { Overlay } from "./overlays.ts";

const COMMON_OPTIONS = {
  n: whole(1000, "nodes", { least: 2, most: 16_000_000 }),
  broadcasts: whole(20, "broadcasts, one a cycle", { least: 1 }),
  unmeasured: whole(0, "broadcasts that only prepare the tree for those that are measured"),
  senders: word("one", ["one", "any"], "who publishes: always the same node, or any"),
  payloadBytes: whole(8, "bytes of a payload"),
  pauseMs: number(0, "ms between deaths and the broadcast"),
  spreadMs: number(1000, "ms that a broadcast is given"),
  restCycles: number(1, "cycles of membership after each broadcast"),
  ...FAILURE_OPTIONS,
  ...NETWORK_OPTIONS,
  ...OVERLAY_OPTIONS,
} satisfies Record<string, OptionSpec>;

export type BroadcastParameters = ParametersOf<typeof COMMON_OPTIONS>;

interface Broadcaster<T extends OptionTable> {
  readonly name: string;
  readonly story: string;
  readonly options: T;
  /** Makes the tenants of all nodes: they share what does not change. */
  tenants(parameters: ParametersOf<T>, overlay: string): (context: CrowdContext) => Tenant;
  /** Which types of its messages carry payloads; all others are control. */
  readonly payloads: readonly string[];
  readonly plots?: readonly PlotSpec<BroadcastParameters>[];
}

const MEASURES = {
  reliability: "share of the living that a broadcast reached",
  payloads: "copies of payloads sent to the living, a broadcast",
  control: "other messages of the protocol, a broadcast",
  rmr: "relative message redundancy: those copies for each node reached, beyond one",
  sentRmr: "the same with copies sent to the dead",
  lastHops: "last delivery hop: links to the farthest node",
  lastMs: "until the last node had it, ms",
  wire: "messages of the overlay itself, a node and cycle",
  broadcast: "number of the broadcast",
  reached: "share of the living that it reached",
  redundancy: "its relative message redundancy",
  hop: "links crossed",
  within: "share of the living reached within so many links",
} as const;

const PLOTS: readonly PlotSpec<BroadcastParameters>[] = [
  { kind: "curve", title: "Reliability", x: "broadcast", y: "reached" },
  { kind: "curve", title: "Redundancy", x: "broadcast", y: "redundancy" },
];

/** The experiment of a protocol that spreads what is published over the links of an overlay. */
export function broadcastExperiment<const T extends OptionTable>(
  broadcaster: Broadcaster<T>,
): Experiment<ParametersOf<T> & BroadcastParameters> {
  const { name, story, options, plots = [] } = broadcaster;
  const made = experiment(
    { ...COMMON_OPTIONS, ...(options as OptionTable) },
    {
      name,
      story,
      measures: MEASURES,
      plots: [
        {
          kind: "curve",
          title: "Infection",
          x: "hop",
          y: "within",
          theory: { name: "random graph", at: randomGraphCurve },
        },
        ...PLOTS,
        ...plots,
      ] as PlotSpec[],
      check: (parameters) => {
        const { n } = parameters as unknown as BroadcastParameters;
        const few = { ...(parameters as object), n: Math.min(n, FEW) };
        return new BroadcastLab(broadcaster, few as never, 1);
      },
      run: (parameters, seed) => new BroadcastLab(broadcaster, parameters as never, seed).run(),
    },
  );
  return made as unknown as Experiment<ParametersOf<T> & BroadcastParameters>;
}

/** Nodes that show whether parameters go together. */
const FEW = 100;

/** What is known of the broadcast under way. */
class Watch {
  reached = 0;
  payloads = 0;
  sent = 0;
  control = 0;
  overlay = 0;
  lastAt = 0;
  /** Nodes by the links to them. */
  readonly hops: number[] = [];
}

class BroadcastLab<T extends OptionTable> {
  readonly #crowd: Crowd;
  readonly #overlay: Overlay;
  readonly #parameters: ParametersOf<T> & BroadcastParameters;
  readonly #rng: Sfc32;
  readonly #sender: PeerId;
  readonly #values: Record<keyof typeof MEASURES, number[]>;
  #watch = new Watch();

  constructor(
    { tenants, payloads }: Broadcaster<T>,
    parameters: ParametersOf<T> & BroadcastParameters,
    seed: number,
  ) {
    const isPayload = new Set(payloads);
    const isOwn = new Set<string>();
    const overlay = overlayOf(parameters, new Sfc32(seed, 2));
    const broadcaster = tenants(parameters, overlay.name);
    this.#overlay = overlay;
    this.#parameters = parameters;
    this.#rng = new Sfc32(seed, 1);
    this.#sender = 0 as PeerId;
    const names = Object.keys(MEASURES);
    this.#values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as never;
    this.#crowd = new Crowd({
      seed,
      size: overlay.size,
      ...networkOf(parameters),
      tenants: (context) => {
        const broadcast = broadcaster(context);
        for (const { type } of broadcast.wire.messages) isOwn.add(type);
        return [overlay.tenant(context), broadcast];
      },
      onMessage: (_from, to, { type }) => {
        const watch = this.#watch;
        if (!isOwn.has(type)) watch.overlay++;
        else if (!isPayload.has(type)) watch.control++;
        else {
          watch.sent++;
          if (this.#crowd.isAlive(to)) watch.payloads++;
        }
      },
      onEvent: (_, event) => {
        if (event.type !== "delivered") return;
        const { hops } = event as Delivered;
        const watch = this.#watch;
        watch.reached++;
        watch.lastAt = this.#crowd.now;
        watch.hops[hops] = (watch.hops[hops] ?? 0) + 1;
      },
    });
  }

  run(): Sample {
    const { broadcasts, unmeasured, pauseMs, spreadMs, restCycles, shuffleIntervalMs } =
      this.#parameters;
    const crowd = this.#crowd;
    this.#overlay.form(crowd, () => anyOf(crowd, this.#rng));
    for (let i = 0; i < unmeasured + broadcasts; i++) {
      this.#kill(i - unmeasured);
      crowd.run(pauseMs);
      this.#watch = new Watch();
      const began = crowd.now;
      this.#publish();
      crowd.run(spreadMs);
      const spread = this.#watch;
      this.#watch = new Watch();
      crowd.run(Math.max(0, restCycles * shuffleIntervalMs - spreadMs - pauseMs));
      if (i >= unmeasured) this.#note(spread, i - unmeasured, began);
    }
    return this.#values;
  }

  #kill(broadcast: number): void {
    const { n, killShare, killAt, killEach, killFor } = this.#parameters;
    if (broadcast === killAt) killSome(this.#crowd, Math.round(killShare * n), this.#rng);
    if (broadcast >= 0 && broadcast < killFor) killSome(this.#crowd, killEach, this.#rng);
  }

  #publish(): void {
    const { senders, payloadBytes } = this.#parameters;
    const crowd = this.#crowd;
    const isSame = senders === "one" && crowd.isAlive(this.#sender);
    const node = isSame ? this.#sender : anyOf(crowd, this.#rng);
    const payload = new Uint8Array(payloadBytes);
    const publish = { type: "publish", topic: "t", payload };
    crowd.command(node, crowd.tenant(node, 1).name, publish);
  }

  #note(watch: Watch, broadcast: number, began: number): void {
    const values = this.#values;
    const live = this.#crowd.live.length;
    const { restCycles } = this.#parameters;
    const others = Math.max(1, watch.reached - 1);
    const reached = watch.reached / live;
    const rmr = watch.payloads / others - 1;
    values.reliability.push(reached);
    values.payloads.push(watch.payloads);
    values.control.push(watch.control);
    values.rmr.push(rmr);
    values.sentRmr.push(watch.sent / others - 1);
    values.lastHops.push(watch.hops.length - 1);
    values.lastMs.push(watch.lastAt - began);
    values.wire.push((watch.overlay + this.#watch.overlay) / live / Math.max(1, restCycles));
    values.broadcast.push(broadcast);
    values.reached.push(reached);
    values.redundancy.push(rmr);
    let within = 0;
    for (let hop = 0; hop < watch.hops.length; hop++) {
      within += (watch.hops[hop] ?? 0) / live;
      values.hop.push(hop);
      values.within.push(within);
    }
  }
}

/**
 * Who is within so many links of a node of a random regular graph: a neighbour is not reached by another way with the
 * probability that none of its other neighbours is.
 */
function randomGraphCurve(
  { n, overlay, activeSize, degree: fixed }: BroadcastParameters,
  x: readonly number[],
): readonly number[] {
  if (overlay !== "hyparview" && overlay !== "regular") return x.map(() => NaN);
  const degree = overlay === "regular" ? fixed : activeSize;
  const most = x.at(-1) ?? 0;
  const notYet = 1 - 1 / n;
  const curve = [1 / n];
  let edge = notYet;
  for (let hop = 1; hop <= most; hop++) {
    curve.push(1 - notYet * edge ** degree);
    edge = notYet * edge ** (degree - 1);
  }
  return x.map((hop) => curve[hop] ?? NaN);
}
