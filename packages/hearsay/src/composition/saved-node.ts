/**
 * A node as it is written out: see `kernel/saved.ts`.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Saved, Tenant } from "../kernel/index.ts";
import type { SavedExchange } from "./exchanges.ts";
import type { SavedFerry } from "./ferry.ts";
import type { SavedLinks } from "./links.ts";
import type { SavedOutbox } from "./outbox.ts";
import type { SavedStreams } from "./streams.ts";

export interface SavedNode {
  /** By name, in their order. */
  readonly tenants: ReadonlyMap<string, Saved>;
  readonly newsTold: boolean;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly messagesReceived: number;
  readonly drops: ReadonlyMap<string, number>;
  readonly outbox: SavedOutbox;
  readonly streams: SavedStreams;
  readonly exchanges: readonly SavedExchange[];
  readonly links: SavedLinks;
  readonly ferry: SavedFerry;
}

/** @throws HearsayError `ERR_STATE` */
export function saveTenant(tenant: Tenant): Saved {
  if (tenant.save === undefined) throw stateError(tenant.name, "a method save", "none");
  return tenant.save();
}

/** @throws HearsayError `ERR_STATE` */
export function checkTenants(tenants: readonly Tenant[], saved: readonly string[]): void {
  const names = tenants.map(({ name }) => name);
  if (names.join() !== saved.join()) throw stateError("tenants", saved.join(), names.join());
  for (const { name, restore } of tenants) {
    if (restore === undefined) throw stateError(name, "a method restore", "none");
  }
}

function stateError(option: string, expected: string, received: string): HearsayError {
  const message = `a node cannot be saved or restored: ${option}: expected ${expected}, got ${received}`;
  return new HearsayError("ERR_STATE", message, { option, expected, received });
}
