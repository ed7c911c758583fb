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
export { RUMOR_CHANNEL } from "./rumor/wire.ts";
export type { RumorMessage } from "./rumor/wire.ts";
export { Coordinated } from "./baselines/coordinated.ts";
export type { CoordinatedOptions } from "./baselines/coordinated.ts";
export { branchesOf, SpanningTree } from "./baselines/spanning-tree.ts";
export type { SpanningTreeOptions } from "./baselines/spanning-tree.ts";
export { resolveTreeConfig, TREE_DEFAULTS } from "./baselines/tree-config.ts";
export type { TreeConfig } from "./baselines/tree-config.ts";
export type { Broadcaster } from "./broadcaster.ts";
export { MAIL_DEFAULTS, resolveMailConfig } from "./mail/config.ts";
export type { MailConfig } from "./mail/config.ts";
export { DirectMail, MAIL_CHANNEL } from "./mail/direct-mail.ts";
export type { MailOptions } from "./mail/direct-mail.ts";
export { Ordered } from "./order/ordered.ts";
export type { OrderOptions, Skipped } from "./order/ordered.ts";
export { RecentLog } from "./repair/recent-log.ts";
export type { LogDigest, RecentLogLimits, Reconcilable } from "./repair/recent-log.ts";
export { Repaired } from "./repair/repaired.ts";
export type { RepairOptions } from "./repair/repaired.ts";
