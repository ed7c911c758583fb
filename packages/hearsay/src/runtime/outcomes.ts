/**
 * What became of commands: events with the number that the command had.
 * @module
 */
import type { AntiEntropyEvent } from "../anti-entropy/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { ErrorCode } from "../kernel/index.ts";
import type { MembershipOutcome } from "../membership/index.ts";
import type { MessagingEvent } from "../messaging/index.ts";
import type { Requests } from "./requests.ts";

export type Outcome = MembershipOutcome | MessagingEvent | AntiEntropyEvent;

/** Settles the request that an outcome belongs to; false for an event that is none. */
export function settle(event: Outcome, requests: Requests): boolean {
  switch (event.type) {
    case "joined":
      requests.resolve(event.id, { contacted: event.contacted, failed: event.failed });
      return true;
    case "leaveDone":
      requests.resolve(event.id, event.complete);
      return true;
    case "pinged":
      requests.resolve(event.id, { rttMs: event.rttMs, payload: event.payload });
      return true;
    case "pathTried":
      requests.resolve(event.id, event);
      return true;
    case "storeOpened":
    case "storeClosed":
    case "mutated":
    case "reconciling":
    case "tagsSet":
    case "forcedOut":
    case "sent":
      requests.resolve(event.id, undefined);
      return true;
    case "storeRefused":
    case "sendFailed":
    case "commandFailed":
      requests.reject(event.id, new HearsayError(event.code as ErrorCode, event.message));
      return true;
    default:
      return false;
  }
}
