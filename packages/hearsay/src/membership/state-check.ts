/**
 * The check of a received state: it is taken over whole or not at all.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { JoinFailure } from "./events.ts";
import { equalBytes } from "./member.ts";
import type { Member } from "./member.ts";
import { ToldRow } from "./state-stream.ts";
import { incompatibleNode, OWN_VERSIONS } from "./versions.ts";
import type { Versioned } from "./versions.ts";
import { NODE_STATE } from "./wire.ts";
import type { PushNodeState } from "./wire.ts";

/** What is wrong with a state, or why an exchange has failed. */
export interface ExchangeFailure {
  readonly reason: JoinFailure;
  readonly detail?: string;
}

/** The members that we know. */
export interface KnownMembers {
  /** Whether all that we have ever known spoke the most usual dialect. */
  readonly areAlike: boolean;
  all(): Iterable<Member>;
}

/** The first rule that `rows` break beside the members that we know, or `undefined`. */
export function checkState(
  rows: readonly PushNodeState[],
  known: KnownMembers,
  config: Pick<MembershipConfig, "maxNameBytes">,
): ExchangeFailure | undefined {
  const names = new Set<string>();
  let areAlike = known.areAlike;
  for (const row of rows) {
    const { name, state, versions } = row;
    areAlike &&= versions === OWN_VERSIONS || equalBytes(versions, OWN_VERSIONS);
    if (name === "" || isLonger(name, config.maxNameBytes)) {
      return malformed(`a member whose name is not of 1 to ${config.maxNameBytes} bytes`);
    }
    // What was never encoded has come from a table, where each has one row.
    if (row instanceof ToldRow) continue;
    if (names.has(name)) return malformed(`two rows for ${name}`);
    if (state > NODE_STATE.left) return malformed(`${name} in an unknown state (${state})`);
    names.add(name);
  }
  if (areAlike) return undefined;
  const stranger = incompatibleNode(dialects(rows, known.all()));
  if (stranger === undefined) return undefined;
  return { reason: "incompatible", detail: `${stranger} speaks a version that not all understand` };
}

/** The first of each kind: nearly all speak the same, and all who do count as one. */
function dialects(rows: readonly PushNodeState[], known: Iterable<Member>): readonly Versioned[] {
  const found: Versioned[] = [];
  for (const { name, state, versions } of rows) {
    note(name, state === NODE_STATE.alive, versions, found);
  }
  for (const { name, state, versions } of known) note(name, state === "alive", versions, found);
  return found;
}

function note(name: string, isAlive: boolean, versions: Uint8Array, found: Versioned[]): void {
  for (const other of found) {
    const isSame = other.versions === versions || equalBytes(other.versions, versions);
    if (isSame && other.isAlive === isAlive) return;
  }
  found.push({ name, isAlive, versions });
}

/** A unit of UTF-16 is three bytes of UTF-8 at most. */
function isLonger(name: string, bytes: number): boolean {
  return 3 * name.length > bytes && utf8Size(name) > bytes;
}

function malformed(detail: string): ExchangeFailure {
  return { reason: "malformed", detail };
}
