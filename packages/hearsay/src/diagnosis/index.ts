/**
 * What is wrong with a cluster, and what to do about it.
 * @module
 */
export { diagnose, RECENT_MS } from "./diagnose.ts";
export { FINDING_CODES } from "./finding.ts";
export type { Finding, FindingCode } from "./finding.ts";
export { PAUSE_MS, RecentTroubles } from "./recent-troubles.ts";
export type * from "./report.ts";
export { reportOf } from "./write-report.ts";
export type { ReportedMembership, Trial } from "./write-report.ts";
