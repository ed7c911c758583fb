/**
 * Overlays: who talks to whom. Samplers of peers, partial views that keep themselves, fixed topologies, and what
 * they all look like from above.
 * @module
 */
export type { NeighbourEvent } from "./events.ts";
export * from "./graph.ts";
export * from "./hyparview/index.ts";
export type { PeerEntry } from "./peer-entry.ts";
export * from "./random-links/index.ts";
export { samplerConformance } from "./sampler-conformance.ts";
export type { SamplerCase, SamplerStage, SamplerSubject } from "./sampler-conformance.ts";
export * from "./sampling/index.ts";
export * from "./topology/index.ts";
export { Speakers } from "./speakers.ts";
