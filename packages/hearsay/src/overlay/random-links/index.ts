export { RANDOM_LINKS_DEFAULTS } from "./config.ts";
export type { RandomLinksConfig } from "./config.ts";
export { RANDOM_LINKS, RandomLinks } from "./random-links.ts";
export type { RandomLinksOptions, WakeCommand } from "./random-links.ts";
