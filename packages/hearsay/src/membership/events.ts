/**
 * What an application hears of membership, and what it can ask.
 *
 * Events about members come in the order in which they happened; whoever applies them to an empty table has
 * the member table, but for the forgetting of members that are long gone. Commands carry an `id` of the
 * caller's choice, which comes back with the outcome.
 * @module
 */
import type { Address, ErrorCode, Instant } from "../kernel/index.ts";
import type { MemberView } from "./member.ts";
import type { PathTried } from "./path-trials.ts";
import type { Reason } from "./reasons.ts";
import type { Tags } from "./tags.ts";

interface MemberEventOf<Type extends string> {
  readonly type: Type;
  /** The member after the event. */
  readonly member: MemberView;
  readonly reason: Reason;
  /** On the host's monotonic clock. */
  readonly at: Instant;
}

export type MemberEvent =
  /** Is alive, for the first time or again after it was gone. */
  | MemberEventOf<"join">
  /** Has not answered; has time to prove us wrong. */
  | MemberEventOf<"suspect">
  /** Has proved us wrong; of ourselves, that we have contradicted somebody. */
  | MemberEventOf<"alive">
  /** Has other tags. */
  | MemberEventOf<"update">
  /** Has left on purpose. */
  | MemberEventOf<"leave">
  /** Was declared dead. */
  | MemberEventOf<"fail">;

/** Another node uses the name of a member that is there. The member stays; nobody is stopped. */
export interface ConflictEvent extends MemberEventOf<"conflict"> {
  /** Where the member is. */
  readonly address: Address;
  /** Where the other claims to be. */
  readonly claimed: Address;
}

/**
 * A member has answered a probe of ours directly and in time. Told only with the option `probeEvents`, and not of
 * a probe during which we were late ourselves: its time would be ours.
 */
export interface ProbedEvent {
  readonly type: "probed";
  readonly member: MemberView;
  /** From our ping to its ack. */
  readonly rttMs: number;
  /** What its application has put on its acks; `undefined` for nothing. */
  readonly payload: Uint8Array | undefined;
  /** On the host's monotonic clock. */
  readonly at: Instant;
}

/**
 * The node would ask its seeds whether they know more than it does: the host resolves them anew and answers with
 * `askSeeds`. Only told to a host that has some.
 */
export interface SeedsWantedEvent {
  readonly type: "seedsWanted";
}

export type MembershipEvent = MemberEvent | ConflictEvent;

export type MembershipCommand =
  /** Exchanges the whole state with whoever is at these addresses. Outcome: `joined`. */
  | { readonly type: "join"; readonly id: number; readonly addresses: readonly Address[] }
  /** Where the seeds are now: some who are no members are asked for their state. No outcome. */
  | { readonly type: "askSeeds"; readonly addresses: readonly Address[] }
  /** Says goodbye, once and for all: a node that comes back is a new machine. Outcome: `leaveDone`. */
  | { readonly type: "leave"; readonly id: number }
  /**
   * Declares a suspect or dead member gone for good: all hold it for left and ask for it no more. It comes
   * back as any that has left does, if it lives after all. Outcome: `forcedOut`.
   */
  | { readonly type: "forceLeave"; readonly id: number; readonly name: string }
  /** Tries what gets through to a member, and which way. Outcome: `pathTried`. */
  | { readonly type: "tryPath"; readonly id: number; readonly name: string }
  /** Pings a member once, now. Outcome: `pinged`. */
  | { readonly type: "ping"; readonly id: number; readonly name: string }
  /**
   * What rides on our acks to the pings of members from now on, at most `MAX_OWN_ACK_PAYLOAD_BYTES`: more
   * is a counted drop and changes nothing. The bytes are the tenant's from here on. No outcome.
   */
  | { readonly type: "setAckPayload"; readonly payload: Uint8Array | undefined }
  /** Replaces our own tags. Outcome: `tagsSet`. */
  | { readonly type: "setTags"; readonly id: number; readonly tags: Tags };

/** Why an address was not joined. */
export type JoinFailure =
  /** The stream could not be opened, or broke. */
  | "refused"
  | "reset"
  | "timedOut"
  | "overLimit"
  | "stopped"
  /** What the peer says could not be opened: its label, keys or encryption differ from ours. */
  | "undecryptable"
  /** The peer ended the stream before its state was whole. */
  | "closed"
  /** The peer answered with an error; its text is in `detail`. */
  | "remoteError"
  /** The answer was no state, or broke a rule; `detail` says which. */
  | "malformed"
  /** The versions of the two clusters do not go together. */
  | "incompatible"
  /** Our own application has turned the other cluster away. */
  | "vetoed";

export interface FailedAddress {
  readonly address: Address;
  readonly reason: JoinFailure;
  readonly detail?: string;
}

export type MembershipOutcome =
  | {
      readonly type: "joined";
      readonly id: number;
      /** Those whose state was taken over. */
      readonly contacted: readonly Address[];
      readonly failed: readonly FailedAddress[];
    }
  /** `complete` unless the time was up before the news had been sent often enough. */
  | { readonly type: "leaveDone"; readonly id: number; readonly complete: boolean }
  | { readonly type: "tagsSet"; readonly id: number }
  | { readonly type: "forcedOut"; readonly id: number }
  | {
      readonly type: "pinged";
      readonly id: number;
      readonly rttMs: number;
      readonly payload: Uint8Array | undefined;
    }
  | PathTried
  /** Nothing was done. */
  | {
      readonly type: "commandFailed";
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    };
