/**
 * Why a member is what it is: each change of state says who told us, or what we saw ourselves.
 *
 * Later steps add to these records; nothing is taken away from them. `words.ts` makes sentences of them.
 * @module
 */
import type { Address, Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import type { TcpPingResult } from "./tcp-pinger.ts";

/** Who brought a piece of news: not who it is about, nor who said it first. */
export interface Informant {
  readonly via: "gossip" | "pushPull";
  /** Where the packet or stream came from; an address proves nothing about who speaks. */
  readonly address: Address;
  /** The member at that address, if we know one. */
  readonly name: string | undefined;
}

export type Reason =
  /** This node itself has started. */
  | { readonly type: "started" }
  /** First word of a member, or a higher incarnation of one that was gone. */
  | { readonly type: "heardAlive"; readonly from: Informant }
  /** The member has taken back a suspicion of `was` by a higher incarnation. */
  | { readonly type: "refuted"; readonly was: Incarnation; readonly from: Informant }
  /** We have contradicted what is said of us: that we are suspect or dead, or something that we never said. */
  | {
      readonly type: "refuting";
      readonly claim: "suspect" | "dead" | "alive";
      /** The incarnation that it was said of. */
      readonly was: Incarnation;
      /** Who said it first, if the claim tells. */
      readonly by: string | undefined;
      readonly from: Informant;
    }
  /** A member has come back under another address. */
  | { readonly type: "moved"; readonly previous: Address; readonly from: Informant }
  /** The member has changed its tags. */
  | { readonly type: "tagsChanged"; readonly from: Informant }
  /** We have changed our own. */
  | { readonly type: "tagsSet" }
  /** Our own probe had no answer, nor had the members that we asked to try. */
  | {
      readonly type: "probeFailed";
      readonly seq: ProbeSeq;
      readonly startedAt: Instant;
      /** What it had for a direct ack, and for any. */
      readonly timeoutMs: number;
      readonly intervalMs: number;
      /** Names of the members asked. */
      readonly relays: readonly string[];
      /** How many of them were to say that they had no answer either, and how many did. */
      readonly nacksExpected: number;
      readonly nacksReceived: number;
      /** What became of the ping over a stream. */
      readonly tcp: TcpPingResult;
      /** How slow we took ourselves to be when we asked; 0 is not at all. */
      readonly localHealth: number;
      /** Time added because we were late ourselves. */
      readonly excusedMs: number;
    }
  /** Somebody else suspects it. */
  | { readonly type: "accused"; readonly by: string; readonly from: Informant }
  /** A state exchange said so. A state of `dead` is only suspicion to us: the member may refute. */
  | {
      readonly type: "toldByState";
      readonly state: "suspect" | "dead";
      readonly from: Informant;
    }
  /** Nobody has refuted in time. */
  | {
      readonly type: "suspicionExpired";
      readonly startedAt: Instant;
      /** Who suspected first. */
      readonly by: string;
      /** Who else did, and how many could have shortened it. */
      readonly confirmedBy: readonly string[];
      readonly confirmationsNeeded: number;
      readonly timeoutMs: number;
      /** Time added because we were late ourselves. */
      readonly excusedMs: number;
    }
  /** Somebody else's suspicion has run out. */
  | { readonly type: "declaredDead"; readonly by: string; readonly from: Informant }
  /** It said goodbye. */
  | { readonly type: "left"; readonly from: Informant }
  /** We said goodbye ourselves. */
  | { readonly type: "leaving" }
  /** An operator has declared it gone. */
  | { readonly type: "forcedOut" }
  /** Another node claims the name of a member that is there. */
  | { readonly type: "nameTaken"; readonly from: Informant };
