export function clusterStory(wire: "bytes" | "objects", seed: number): string;
export function crowdStory(seed: number): string;
export function stormStory(wire: "bytes" | "objects", seed: number): string;
