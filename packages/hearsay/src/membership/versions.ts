/**
 * Version vectors: which dialects of memberlist and of its application a member speaks.
 *
 *     01 05 02 │ 02 05 05      least, most and current protocol │ the same of the application (Serf's)
 *
 * Ours are those of a Serf agent, so that no peer takes us for a node of another age. A peer's features go by
 * the most that it understands, not by what it speaks.
 * @see docs/wire/memberlist.md, protocol versions
 * @module
 */
import { checkInteger } from "../kernel/index.ts";
import { equalBytes } from "./member.ts";
import { VERSION_BYTES } from "./wire.ts";

/** What we say of ourselves. */
export const OWN_VERSIONS: Uint8Array = /* @__PURE__ */ Uint8Array.of(1, 5, 2, 2, 5, 5);

/**
 * Which protocol of its own an application speaks on top of memberlist's, as memberlist's
 * `DelegateProtocolMin`, `Max` and `Version`. Two clusters whose ranges do not meet refuse each other.
 */
export interface ApplicationVersions {
  readonly least: number;
  readonly most: number;
  readonly current: number;
}

/** The latest version of memberlist's protocol that there is, and that we understand. */
export const LATEST_PROTOCOL = 5;

/**
 * The vector of a node whose application speaks these; a Serf agent's unless told otherwise.
 * @param protocol the latest version of memberlist's protocol that we say we understand
 */
export function ownVersions(
  application: ApplicationVersions | undefined,
  protocol: number = LATEST_PROTOCOL,
): Uint8Array {
  checkInteger("protocol", protocol, 1, LATEST_PROTOCOL);
  if (protocol < LATEST_PROTOCOL) {
    const [least = 1, , current = 1] = OWN_VERSIONS;
    const own = ownVersions(application).subarray(APPLICATION);
    return Uint8Array.of(least, protocol, Math.min(current, protocol), ...own);
  }
  if (application === undefined) return OWN_VERSIONS;
  const { least, most, current } = application;
  checkInteger("applicationVersions.least", least, 0, 255);
  checkInteger("applicationVersions.most", most, least, 255);
  checkInteger("applicationVersions.current", current, least, most);
  return Uint8Array.of(...OWN_VERSIONS.subarray(0, APPLICATION), least, most, current);
}

/** The place of each version in the vector. */
const LEAST = 0;
const MOST = 1;
const CURRENT = 2;
/** How much further on the application's versions are. */
const APPLICATION = 3;

const KNOWS_TCP_PINGS = 3;
const KNOWS_NACKS = 4;
const KNOWS_CHECKSUMS = 5;

/**
 * Whether a member with these versions can be taken in. A missing vector, or one of zeros, would make
 * every peer that hears of it refuse all further state exchanges.
 */
export function areSound(versions: Uint8Array): boolean {
  const least = versions[LEAST];
  const most = versions[MOST];
  if (least === undefined || most === undefined || versions.length !== VERSION_BYTES) return false;
  return least > 0 && most > 0 && least <= most;
}

/** The same vector, but for the most usual one always the same object: there is one in each row. */
export function sharedVersions(versions: Uint8Array): Uint8Array {
  return equalBytes(versions, OWN_VERSIONS) ? OWN_VERSIONS : versions;
}

/** Whether a member with these versions answers pings on streams. */
export function knowsTcpPings(versions: Uint8Array): boolean {
  return (versions[MOST] ?? 0) >= KNOWS_TCP_PINGS;
}

/** Whether a relay with these versions answers "no answer". */
export function knowsNacks(versions: Uint8Array): boolean {
  return (versions[MOST] ?? 0) >= KNOWS_NACKS;
}

/** Whether packets to a peer with these versions may carry a checksum. */
export function knowsChecksums(versions: Uint8Array): boolean {
  return (versions[MOST] ?? 0) >= KNOWS_CHECKSUMS;
}

/** What the check of versions needs to know of a node. */
export interface Versioned {
  readonly name: string;
  readonly isAlive: boolean;
  readonly versions: Uint8Array;
}

/**
 * The name of a node that does not speak what all the alive ones understand, or `undefined` if there is
 * none. A missing vector counts as zeros, as it does for memberlist.
 */
export function incompatibleNode(nodes: readonly Versioned[]): string | undefined {
  for (const first of [0, APPLICATION]) {
    let least = 0;
    let most = 0xff;
    for (const { isAlive, versions } of nodes) {
      if (!isAlive || versions.length === 0) continue;
      least = Math.max(least, versions[first + LEAST] ?? 0);
      most = Math.min(most, versions[first + MOST] ?? 0);
    }
    for (const { name, versions } of nodes) {
      const current = versions[first + CURRENT] ?? 0;
      if (current < least || current > most) return name;
    }
  }
  return undefined;
}
