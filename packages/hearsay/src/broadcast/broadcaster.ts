/**
 * What all broadcast machines are to those that stand around them.
 * @module
 */
import type { Instant, Message, Tenant, TenantEffects } from "../kernel/index.ts";
import type { Publication, PublishCommand } from "./publication.ts";

export interface Broadcaster<M extends Message = Message> extends Tenant<M, PublishCommand> {
  /**
   * Takes up what has come another way, after `hops`: new, it is delivered and spread as if a peer had sent it; else it
   * is dropped and counted. False if it has neither been delivered now nor before.
   */
  takeUp(publication: Publication, hops: number, now: Instant, effects: TenantEffects<M>): boolean;
}
