/**
 * A node's maps, put together from its options and what it runs on.
 * @module
 */
import type { AntiEntropyCommand } from "../anti-entropy/index.ts";
import type { Command } from "../kernel/index.ts";
import type { Ports } from "./clock.ts";
import { Maps } from "./maps/index.ts";
import type { MapCarrier, MapStore } from "./maps/index.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import type { RunningNode } from "./running-node.ts";

export interface MapReports {
  readonly trouble: (error: Error) => void;
  readonly undecodable: () => void;
}

export function makeMaps(
  { maps, logger, eventBuffer }: Omit<ResolvedNodeOptions, "metadataCodec">,
  { clock, rng, crc32, snapshots: inDirectory }: Ports,
  { trouble, undecodable }: MapReports,
): Maps | undefined {
  if (maps === undefined) return undefined;
  const { snapshots } = maps;
  return new Maps({
    options: maps,
    snapshots: typeof snapshots === "string" ? inDirectory?.(snapshots) : snapshots,
    clock,
    rng,
    crc32,
    trouble,
    undecodable: (map, key, error) => {
      logger.warn({ map, key, err: error }, "a value of a map does not decode");
      undecodable();
    },
    onError: (error) => logger.error({ err: error }, "a watcher threw"),
    buffer: eventBuffer,
  });
}

/** The machine of maps, as they ask it. */
export function mapCarrier(
  { antiEntropy, driver, membership }: RunningNode,
  seeds: readonly string[],
  request: (tenant: string, command: (id: number) => Command & { id: number }) => Promise<unknown>,
): MapCarrier {
  const name = "antiEntropy";
  return {
    request: (command) => request(name, command),
    tell: (command: AntiEntropyCommand) => driver.command(name, command),
    store: (map) => antiEntropy?.store(map) as MapStore | undefined,
    get isAlone() {
      return seeds.length === 0 && membership.members().length === 1;
    },
  };
}
