/**
 * What overlays tell the application.
 * @module
 */
import type { NodeEvent } from "../kernel/index.ts";

/** A link that an overlay keeps has come or gone. */
export interface NeighbourEvent extends NodeEvent {
  readonly type: "neighbourUp" | "neighbourDown";
  readonly overlay: "hyparview" | "randomLinks";
  readonly name: string;
}
