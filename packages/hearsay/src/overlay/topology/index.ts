export { parseEdgeList } from "./edge-list.ts";
export type { NamedGraph } from "./edge-list.ts";
export { NeighbourSampler } from "./neighbour-sampler.ts";
export { sitesByHops, SpatialSampler, spatialWeights } from "./spatial-sampler.ts";
export type { Site } from "./spatial-sampler.ts";
export { grid, line, randomRegular, ring, smallWorld } from "./topologies.ts";
