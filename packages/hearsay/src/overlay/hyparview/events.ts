/**
 * What an application asks of HyParView, and what it is told.
 * @module
 */
import type { PeerEntry } from "../peer-entry.ts";

export type HyParViewCommand =
  /** Enters the overlay by one of these, tried in turn; they are asked again when all others are lost. */
  { readonly type: "join"; readonly contacts: readonly PeerEntry[] };
