/**
 * Checkers: what must hold in every run.
 * @module
 */
export type { Checker, Violation } from "./checker.ts";
export { Codec } from "./codec.ts";
export { Incarnations, Metadata, Selves } from "./identities.ts";
export { Keys } from "./keys.ts";
export { Limits } from "./limits.ts";
export { agreementBoundMs } from "./liveness.ts";
export { Replay, Stories } from "./stories.ts";
export { Traffic } from "./traffic.ts";
export { allCheckers, Watch } from "./watch.ts";
export { Convergence } from "./convergence.ts";
export { Counts } from "./counts.ts";
export { KeptValues } from "./kept-values.ts";
export { Promises } from "./promises.ts";
export { Totals } from "./totals.ts";
export type { TotalsSubject } from "./totals.ts";
