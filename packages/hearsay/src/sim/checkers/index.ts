/**
 * Checkers: what must hold in every run.
 * @module
 */
export type { Checker, Violation } from "./checker.ts";
export { Incarnations, Selves } from "./identities.ts";
export { Limits } from "./limits.ts";
export { agreementBoundMs } from "./liveness.ts";
export { Replay, Stories } from "./stories.ts";
export { allCheckers, Watch } from "./watch.ts";
