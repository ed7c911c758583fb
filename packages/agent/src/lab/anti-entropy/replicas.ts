/**
 * A crowd of replicas: each node hosts one keyed store, and compares it in rounds with any other node that is there.
 *
 *     node   sampler ─▶ AntiEntropy ─▶ store "db"      who is away meets nobody, and nobody meets it
 *
 * @module
 */
import { text } from "hearsay/codec";
import { AntiEntropy, KeyedComparison, KeyedStore } from "hearsay/anti-entropy";
import type {
  AntiEntropyCommand,
  KeyedComparisonOptions,
  KeyedMutation,
  KeyedStoreOptions,
} from "hearsay/anti-entropy";
import type { PeerId, PeerSampler, Rng, Tenant } from "hearsay/kernel";
import { Crowd } from "hearsay/sim";
import type { CrowdNetworkOptions } from "hearsay/sim";

export const STORE = "db";
/** Largest messages: a crowd has no streams. */
const MAX_BYTES = 65_000;

export interface ReplicasOptions {
  readonly n: number;
  readonly seed: number;
  readonly cycleMs: number;
  readonly newsFanout: number;
  readonly newsHops: number;
  readonly network?: CrowdNetworkOptions;
  readonly comparison: KeyedComparisonOptions;
  readonly store?: Partial<KeyedStoreOptions<string>>;
}

export class Replicas {
  readonly crowd: Crowd;
  readonly away = new Set<PeerId>();
  #id = 0;

  constructor(options: ReplicasOptions) {
    const { n, seed, cycleMs, newsFanout, newsHops, network, comparison, store } = options;
    const config = {
      intervalMs: cycleMs,
      newsFanout,
      newsHops,
      packetBytes: MAX_BYTES,
      maxWordsBytes: MAX_BYTES,
    };
    this.crowd = new Crowd({
      seed,
      size: n,
      ...network,
      tenants: ({ self, name, peers, oracle }) => {
        const sampler = this.#present(self, oracle);
        const drawSites = (count: number, rng: Rng): string[] =>
          oracle.sample(count, self, rng).map((peer) => peers.nameOf(peer));
        const make = () => {
          const keyed = new KeyedStore<string>({
            origin: name,
            value: text(65_536),
            drawSites,
            ...store,
          });
          return { store: keyed, comparison: new KeyedComparison(keyed, comparison) };
        };
        return [new AntiEntropy({ peers, sampler, make, epoch: 1, config }) as unknown as Tenant];
      },
    });
  }

  /** Every node opens its store. In rounds, that needs one to begin with. */
  open(inRounds: boolean): void {
    if (inRounds) this.crowd.round(0);
    for (const node of this.crowd.live) {
      this.#command(node, { type: "open", id: ++this.#id, store: STORE, kind: "" });
    }
  }

  mutate(node: number, mutation: KeyedMutation<string>): void {
    const wallMs = 1000 + this.crowd.now;
    const id = ++this.#id;
    this.#command(node as PeerId, { type: "mutate", id, store: STORE, mutation, wallMs });
  }

  store(node: number): KeyedStore<string> {
    const machine = this.crowd.tenant(node as PeerId, 0) as unknown as AntiEntropy;
    return machine.store(STORE) as unknown as KeyedStore<string>;
  }

  /** How many nodes have a value of this key, or this one. */
  having(key: string, value?: string): number {
    return this.crowd.live.filter((node) => {
      const known = this.store(node).get(key);
      return value === undefined ? known !== undefined : known === value;
    }).length;
  }

  #command(node: PeerId, command: AntiEntropyCommand): void {
    this.crowd.command(node, "antiEntropy", command);
  }

  #present(self: PeerId, oracle: PeerSampler): PeerSampler {
    return {
      get size() {
        return oracle.size;
      },
      sample: (count, except, rng) => {
        if (this.away.has(self)) return [];
        const drawn = oracle.sample(count + this.away.size, except, rng);
        return drawn.filter((peer) => !this.away.has(peer)).slice(0, count);
      },
    };
  }
}
