/**
 * User messages between members.
 * @module
 */
export * from "./config.ts";
export * from "./events.ts";
export * from "./messaging.ts";
export { BROADCAST, DIRECT, MESSAGING_CHANNEL, MESSAGING_MESSAGES } from "./wire.ts";
export type { Broadcast, Direct, MessagingMessage } from "./wire.ts";
