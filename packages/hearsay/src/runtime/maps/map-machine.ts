/**
 * The machine that carries maps: anti-entropy whose stores are maps.
 * @module
 */
import { ANTI_ENTROPY_CHANNEL, AntiEntropy } from "../../anti-entropy/index.ts";
import type { StoreMaker } from "../../anti-entropy/index.ts";
import { optionError } from "../../kernel/index.ts";
import { Speakers } from "../../overlay/index.ts";
import type { TenantContext } from "../tenant-context.ts";
import { MapComparison } from "./map-comparison.ts";
import type { MapsConfig } from "./map-options.ts";
import { LAST_WRITER } from "./kinds/last-writer.ts";
import { MapStore } from "./map-store.ts";
import type { MapStoreOptions } from "./map-store.ts";

/** What anti-entropy calls a store that is a map. */
export const MAP_KIND: string = LAST_WRITER.name;

/** Of the node of this name. */
export function mapMaker(holder: string): StoreMaker {
  return ({ store: name, kind, options }) => {
    if (kind !== MAP_KIND) throw optionError("kind", MAP_KIND, kind);
    const store = new MapStore(name, LAST_WRITER, options as MapStoreOptions);
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
