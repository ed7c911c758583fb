/**
 * Overlays: who talks to whom. Partial views that keep themselves, and what they look like from above.
 * @module
 */
export type { NeighbourEvent } from "./events.ts";
export * from "./graph.ts";
export * from "./hyparview/index.ts";
export type { PeerEntry } from "./peer-entry.ts";
export * from "./random-links/index.ts";
