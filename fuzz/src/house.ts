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
  Coordinated,
  DirectMail,
  Flood,
  Ordered,
  Plumtree,
  Repaired,
  RumorMongering,
  SpanningTree,
} from "hearsay/broadcast";
import { NodeMachine, PeerTable, RecordedNodeEffects } from "hearsay/composition";
import type { NodeEffect, NodeInput, SavedNode, SavedPeers } from "hearsay/composition";
import { NO_PEER, Sfc32 } from "hearsay/kernel";
import type { Address, Incarnation, Instant, MessageType, Tenant } from "hearsay/kernel";
import { Membership } from "hearsay/membership";
import { Messaging } from "hearsay/messaging";
import { HYPARVIEW, HyParView, PeerSampling, RANDOM_LINKS, RandomLinks } from "hearsay/overlay";

/** Seconds since 1970 at boot, as houses have it. */
const EPOCH = 1_700_000_000;

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
