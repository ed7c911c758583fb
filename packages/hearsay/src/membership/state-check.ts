/**
 * The check of a received state: it is taken over whole or not at all.
 * @module
 */
import { utf8Size } from "../codec/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { JoinFailure } from "./events.ts";
import type { Member } from "./member.ts";
import { incompatibleNode } from "./versions.ts";
import { NODE_STATE } from "./wire.ts";
import type { PushNodeState } from "./wire.ts";

/** What is wrong with a state, or why an exchange has failed. */
export interface ExchangeFailure {
  readonly reason: JoinFailure;
  readonly detail?: string;
}

/** The first rule that `rows` break beside the members that we know, or `undefined`. */
export function checkState(
  rows: readonly PushNodeState[],
  known: readonly Member[],
  config: Pick<MembershipConfig, "maxNameBytes">,
): ExchangeFailure | undefined {
  const names = new Set<string>();
  for (const { name, state } of rows) {
    if (name === "" || utf8Size(name) > config.maxNameBytes) {
      return malformed(`a member whose name is not of 1 to ${config.maxNameBytes} bytes`);
    }
    if (names.has(name)) return malformed(`two rows for ${name}`);
    if (state > NODE_STATE.left) return malformed(`${name} in an unknown state (${state})`);
    names.add(name);
  }
  const nodes = [
    ...rows.map(({ name, state, versions }) => {
      return { name, isAlive: state === NODE_STATE.alive, versions };
    }),
    ...known.map(({ name, state, versions }) => ({ name, isAlive: state === "alive", versions })),
  ];
  const stranger = incompatibleNode(nodes);
  if (stranger === undefined) return undefined;
  return { reason: "incompatible", detail: `${stranger} speaks a version that not all understand` };
}

function malformed(detail: string): ExchangeFailure {
  return { reason: "malformed", detail };
}
