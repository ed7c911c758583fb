/**
 * What the tenants of a node are made with.
 * @module
 */
import type { Address, PeerSampler, Peers } from "../kernel/index.ts";

/** What a tenant of your own can stand on. */
export interface TenantContext {
  readonly name: string;
  readonly address: Address;
  readonly peers: Peers;
  /** The live members. */
  readonly sampler: PeerSampler;
  /** Seconds since 1970 at boot. */
  readonly epoch: number;
}
