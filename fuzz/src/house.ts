/**
 * A node with every tenant there is, in virtual time: what hostile input is tried on, and what real input is taken from.
 *
 *     three houses ── talk for some seconds ──▶ packets, streams and frames of every protocol: seeds
 *     one of them, as it stands then ─────────▶ each hostile input meets a copy of it
 *
 * @module
 */
import { Averaging, PushSum } from "hearsay/aggregation";
import {
  ANTI_ENTROPY_CHANNEL,
  AntiEntropy,
  KeyedComparison,
  KeyedStore,
} from "hearsay/anti-entropy";
import type { StoreMaker } from "hearsay/anti-entropy";
import {
  Coordinated,
  DirectMail,
  Flood,
  Ordered,
  Plumtree,
  Repaired,
  RumorMongering,
  SpanningTree,
} from "hearsay/broadcast";
import { text } from "hearsay/codec";
import { NodeMachine, PeerTable, RecordedNodeEffects } from "hearsay/composition";
import type { NodeEffect, NodeInput, SavedNode, SavedPeers } from "hearsay/composition";
import { HEARTBEAT_CHANNEL, HeartbeatDetection } from "hearsay/detection";
import { NO_PEER, Sfc32 } from "hearsay/kernel";
import type { Address, Channel, Incarnation, Instant, MessageType, Tenant } from "hearsay/kernel";
import { Membership } from "hearsay/membership";
import { Messaging } from "hearsay/messaging";
import {
  HYPARVIEW,
  HyParView,
  PeerSampling,
  RANDOM_LINKS,
  RandomLinks,
  Speakers,
} from "hearsay/overlay";
import { mapMaker } from "hearsay/runtime";
import { STATE_CHANNEL, ThreeWayExchange } from "hearsay/state";

/** Seconds since 1970 at boot, as houses have it. */
const EPOCH = 1_700_000_000;
/** The same in ms. */
export const WALL_MS: number = 1000 * EPOCH;

/** What anti-entropy carries beside maps. */
export const KEYED_KIND = "keyed";
/** Small enough that inputs come to what is beyond them. */
export const STORE_LIMITS = { maxEntries: 64, maxOrigins: 16, maxDepth: 8 };
export const MAP_OPTIONS = {
  replica: "ann.1",
  limits: { maxEntries: 64, maxReplicas: 16, maxRuns: 64 },
  maxDriftMs: 60_000,
  forgetAfterMs: 86_400_000,
};

/** Rounds of what speaks in rounds: some in each conversation. */
const ROUND_MS = 500;

export interface SavedHouse {
  readonly peers: SavedPeers;
  readonly node: SavedNode;
}

export class House {
  readonly name: string;
  readonly address: Address;
  readonly membership: Membership;
  readonly machine: NodeMachine;
  /** What all its tenants read and write in packets and on links. */
  readonly messages: readonly MessageType[];
  readonly #peers = new PeerTable();
  readonly #rng: Sfc32;
  readonly #effects = new RecordedNodeEffects();
  now: Instant;

  constructor(name: string, address: Address, now: Instant) {
    const peers = this.#peers;
    const self = { name, address };
    const membership = new Membership({
      ...self,
      peers,
      config: { preset: "local" },
      firstIncarnation: EPOCH as Incarnation,
      now,
    });
    const { sampler } = membership;
    const origin = { name, epoch: EPOCH };
    const speakers = (channel: Channel) => new Speakers(channel, peers, sampler);
    const links = new RandomLinks({ peers, sampler, awake: true });
    const tree = new Plumtree({ ...origin, overlay: RANDOM_LINKS });
    const tenants = [
      membership,
      new Messaging({ ...origin, peers }),
      links,
      new HyParView({ self, peers, sampler }),
      new PeerSampling({ self, peers }),
      new Ordered(new Repaired(tree, { sampler: links.neighbours })),
      new Flood({ ...origin, overlay: HYPARVIEW }),
      new RumorMongering({ ...origin, sampler }),
      new DirectMail({ ...origin, sampler }),
      new Coordinated({ ...origin, coordinator: NO_PEER, sampler }),
      new SpanningTree({ ...origin, branches: [] }),
      new Averaging({ sampler }),
      new PushSum({ aggregate: "load", value: 1, sampler }),
      new AntiEntropy({
        peers,
        sampler: speakers(ANTI_ENTROPY_CHANNEL),
        make: storeMaker(name),
        epoch: EPOCH,
        config: { intervalMs: ROUND_MS },
      }),
      new ThreeWayExchange({
        ...origin,
        peers,
        sampler: speakers(STATE_CHANNEL),
        config: { intervalMs: ROUND_MS },
      }),
      // As soon as anybody is silent it has something to say of them.
      new HeartbeatDetection({
        ...origin,
        peers,
        sampler: speakers(HEARTBEAT_CHANNEL),
        config: { detector: "gems", intervalMs: ROUND_MS, failMs: ROUND_MS },
      }),
    ] as unknown as readonly Tenant[];
    this.name = name;
    this.address = address;
    this.now = now;
    this.membership = membership;
    this.messages = tenants.flatMap(({ wire }) => wire.messages);
    this.machine = new NodeMachine({ ...self, peers, tenants });
    this.#rng = new Sfc32(name.length);
  }

  /** What it asks of its host because of an input. */
  handle(input: NodeInput): NodeEffect[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    return this.#effects.take();
  }

  save(): SavedHouse {
    return { peers: this.#peers.save(), node: this.machine.save() };
  }

  restore({ peers, node }: SavedHouse): void {
    this.#peers.restore(peers);
    this.machine.restore(node);
  }
}

function storeMaker(holder: string): StoreMaker {
  const makeMap = mapMaker(holder);
  return (spec) => {
    if (spec.kind !== KEYED_KIND) return makeMap(spec);
    const store = new KeyedStore<string>({
      origin: holder,
      value: text(1000),
      limits: STORE_LIMITS,
    });
    return { store, comparison: new KeyedComparison(store) };
  };
}
