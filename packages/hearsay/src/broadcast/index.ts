/**
 * Broadcast: what one publishes, all get. Each machine says in its first lines what it promises.
 * @module
 */
export { Flood } from "./flood/flood.ts";
export type { FloodOptions } from "./flood/flood.ts";
export { MAX_PAYLOAD_BYTES, MAX_TOPIC_BYTES } from "./publication.ts";
export type { Delivered, Publication, PublicationId, PublishCommand } from "./publication.ts";
export { PLUMTREE_DEFAULTS, resolvePlumtreeConfig } from "./plumtree/config.ts";
export type { PlumtreeConfig } from "./plumtree/config.ts";
export { Plumtree } from "./plumtree/plumtree.ts";
export type { PlumtreeOptions } from "./plumtree/plumtree.ts";
export { resolveRumorConfig, RUMOR_DEFAULTS } from "./rumor/config.ts";
export type { RumorConfig, RumorExpiry } from "./rumor/config.ts";
export { RumorMongering } from "./rumor/rumor-mongering.ts";
export type { RumorOptions } from "./rumor/rumor-mongering.ts";
export type { RumorMessage } from "./rumor/wire.ts";
