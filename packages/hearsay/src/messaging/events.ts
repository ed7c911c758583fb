/**
 * What an application can ask of user messages, and what it hears.
 * @module
 */
import type { Address, ErrorCode, Instant } from "../kernel/index.ts";

export type MessagingCommand =
  /** `id` comes back in the outcome, a `SendOutcome`. The bytes are the tenant's from here on. */
  | {
      readonly type: "send";
      readonly id: number;
      readonly to: string;
      readonly payload: Uint8Array;
      readonly reliable: boolean;
    }
  /** Must fit: see `maxBroadcastBytes`. */
  | { readonly type: "broadcast"; readonly payload: Uint8Array };

export type MessagingEvent = MessageEvent | SendOutcome;

/** A message for the application. */
export interface MessageEvent {
  readonly type: "message";
  /** Name of the sender or origin, as it says. */
  readonly from: string;
  readonly address: Address;
  readonly payload: Uint8Array;
  readonly carrier: "datagram" | "stream" | "broadcast";
  readonly at: Instant;
}

/** What became of a `send`. */
export type SendOutcome =
  | { readonly type: "sent"; readonly id: number }
  | {
      readonly type: "sendFailed";
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    };
