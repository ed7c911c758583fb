/**
 * The machine that carries what a cluster shares: anti-entropy whose stores are maps, of any kind.
 * @module
 */
import { ANTI_ENTROPY_CHANNEL, AntiEntropy } from "../../anti-entropy/index.ts";
import type { StoreMaker } from "../../anti-entropy/index.ts";
import { Speakers } from "../../overlay/index.ts";
import type { TenantContext } from "../tenant-context.ts";
import { kindNamed } from "./kinds/kinds.ts";
import { MapComparison } from "./map-comparison.ts";
import type { MapsConfig } from "./map-options.ts";
import { MapStore } from "./map-store.ts";
import type { MapStoreOptions } from "./map-store.ts";

/** Of the node of this name. */
export function mapMaker(holder: string): StoreMaker {
  return ({ store: name, kind, options }) => {
    const store = new MapStore(name, kindNamed(kind), options as MapStoreOptions);
    return { store, comparison: new MapComparison(holder, store) };
  };
}

export function mapMachine(
  { name, peers, sampler, epoch }: TenantContext,
  { antiEntropy }: Partial<Pick<MapsConfig, "antiEntropy">>,
  packetBytes: number,
): AntiEntropy {
  return new AntiEntropy({
    peers,
    sampler: new Speakers(ANTI_ENTROPY_CHANNEL, peers, sampler),
    make: mapMaker(name),
    epoch,
    config: { packetBytes, ...antiEntropy },
  });
}
