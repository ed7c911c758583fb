/**
 * One call of the node machine, as its parts see it.
 * @module
 */
import type { Instant, TenantInput } from "../kernel/index.ts";
import type { NodeEffects } from "./host.ts";

export interface Turn {
  readonly now: Instant;
  readonly host: NodeEffects;
  /** Queues an input for the tenant with this index; it is handled before the turn is over. */
  deliver(tenant: number, input: TenantInput): void;
  /** Counts something that was not done. */
  drop(reason: string): void;
}
