export { HYPARVIEW_DEFAULTS, resolveHyParViewConfig } from "./config.ts";
export type { HyParViewConfig } from "./config.ts";
export type { HyParViewCommand } from "./events.ts";
export { HYPARVIEW, HyParView } from "./hyparview.ts";
export type { HyParViewOptions } from "./hyparview.ts";
export { HYPARVIEW_CHANNEL } from "./wire.ts";
