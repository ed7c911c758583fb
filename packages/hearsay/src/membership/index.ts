/**
 * Who is there: SWIM membership on memberlist's wire.
 * @module
 */
export { MEMBERSHIP_PRESETS, resolveMembershipConfig } from "./config.ts";
export type {
  ClusterOptions,
  MembershipConfig,
  MembershipOptions,
  MembershipPreset,
  NodeOptions as MembershipNodeOptions,
} from "./config.ts";
export type {
  ConflictEvent,
  FailedAddress,
  JoinFailure,
  MemberEvent,
  MembershipCommand,
  MembershipEvent,
  MembershipOutcome,
  ProbedEvent,
  SeedsWantedEvent,
} from "./events.ts";
export type { Explanation, RunningSuspicion } from "./explanation.ts";
export type { Candidate, MembershipHooks } from "./hooks.ts";
export { pushPullScale, suspicionTimeout } from "./formulas.ts";
export type { HealingOptions } from "./healing-options.ts";
export type { HistoryEntry } from "./history.ts";
export type { LifeguardOptions } from "./lifeguard-options.ts";
export type { LostMember } from "./lost-members.ts";
export type { MemberState, MemberView } from "./member.ts";
export { Membership } from "./membership.ts";
export type { MembershipInit } from "./membership-parts.ts";
export type { Informant, Reason } from "./reasons.ts";
export { CAPABILITY_TAG, channelsIn, decodeTags, encodeTags, MAX_META_BYTES } from "./tags.ts";
export type { Tags } from "./tags.ts";
export type { Conflict } from "./claims.ts";
export type { PathTried } from "./path-trials.ts";
export type { UdpBlockedEvent, UdpRestoredEvent } from "./udp-watch.ts";
export { LATEST_PROTOCOL, ownVersions } from "./versions.ts";
export type { ApplicationVersions } from "./versions.ts";
export { explainInWords, reasonWords } from "./words.ts";
export * from "./wire.ts";
