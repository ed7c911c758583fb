/**
 * What nodes tell of membership, as the sentences of a story.
 * @module
 */
import type { Address, NodeEvent } from "../kernel/index.ts";
import { CAPABILITY_TAG } from "../membership/index.ts";
import type {
  FailedAddress,
  MembershipEvent,
  MembershipOutcome,
  MemberView,
  SeedsWantedEvent,
  UdpBlockedEvent,
  UdpRestoredEvent,
} from "../membership/index.ts";
import type { WorldEvent } from "./world-options.ts";

/** Names of those who live at addresses, for outcomes that speak of addresses. */
export type NameOf = (address: Address) => string;

/** What `node` says, or `undefined` for an event that is no news. */
export function sentence({ node, event }: WorldEvent, nameOf: NameOf): string | undefined {
  const known = event as
    | MembershipEvent
    | UdpBlockedEvent
    | UdpRestoredEvent
    | MembershipOutcome
    | SeedsWantedEvent;
  switch (known.type) {
    case "join":
      return joins(node, known);
    case "suspect":
      return `suspects ${known.member.name}${suspicionOf(known, nameOf)}`;
    case "alive":
      if (known.member.name === node) return `refutes, incarnation ${known.member.incarnation}`;
      return `${known.member.name} is alive again, incarnation ${known.member.incarnation}`;
    case "update":
      if (known.member.name === node) return `takes the tags ${tagsText(known.member)}`;
      return `${known.member.name} has the tags ${tagsText(known.member)}`;
    case "leave":
      return known.member.name === node ? "leaves" : `${known.member.name} has left`;
    case "fail":
      return fails(known);
    case "conflict":
      return `${known.member.name} is two: at ${known.address} and at ${known.claimed}`;
    case "joined":
      return joined(known.contacted, known.failed, nameOf);
    case "leaveDone":
      return known.complete ? "is gone" : "is gone, perhaps unheard";
    case "udpBlocked":
      return `reaches ${known.member.name} by streams alone`;
    case "udpRestored":
      return `reaches ${known.member.name} by datagrams again`;
    case "pathTried":
    case "tagsSet":
    case "forcedOut":
    case "seedsWanted":
      return undefined;
    case "commandFailed":
      return `cannot: ${known.message}`;
    default:
      return (event as NodeEvent).type;
  }
}

/** The tags that an application has set: `role=db zone=1`. */
export function tagsText({ tags }: MemberView): string {
  const own = [...tags].filter(([key]) => key !== CAPABILITY_TAG);
  return own.length === 0 ? "(none)" : own.map(([key, value]) => `${key}=${value}`).join(" ");
}

type EventOf<Type extends MembershipEvent["type"]> = Extract<
  MembershipEvent,
  { readonly type: Type }
>;

function joins(node: string, { member, reason }: EventOf<"join">): string | undefined {
  if (member.name === node) return undefined;
  const where = reason.type === "moved" ? ` at ${member.address}` : "";
  return `sees ${member.name} join${where}, incarnation ${member.incarnation}`;
}

function suspicionOf({ reason }: EventOf<"suspect">, nameOf: NameOf): string {
  switch (reason.type) {
    case "probeFailed":
      return reason.relays.length === 0
        ? ": no ack"
        : `: no ack, nor to ${reason.relays.join(", ")}`;
    case "accused":
      return `, accused by ${reason.by}`;
    case "toldByState":
      return `, ${reason.state} to ${nameOf(reason.from.address)}`;
    default:
      return "";
  }
}

function fails({ member, reason }: EventOf<"fail">): string {
  switch (reason.type) {
    case "suspicionExpired":
      return `declares ${member.name} dead after ${Math.round(reason.timeoutMs)}ms`;
    case "declaredDead":
      return `hears that ${member.name} is dead, declared by ${reason.by}`;
    default:
      return `takes ${member.name} for dead`;
  }
}

function joined(
  contacted: readonly Address[],
  failed: readonly FailedAddress[],
  nameOf: NameOf,
): string {
  const good = contacted.length === 0 ? [] : [`joins through ${contacted.map(nameOf).join(", ")}`];
  const bad = failed.map(
    ({ address, reason }) => `cannot join through ${nameOf(address)}: ${reason}`,
  );
  return [...good, ...bad].join("; ");
}
