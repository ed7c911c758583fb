/**
 * The neighbours that an overlay keeps links to, learnt from its signals.
 * @module
 */
import type { NodeSignal, PeerId } from "../kernel/index.ts";

export class Neighbours {
  readonly #overlay: string;
  readonly #members: PeerId[] = [];

  constructor(overlay: string) {
    this.#overlay = overlay;
  }

  get members(): readonly PeerId[] {
    return this.#members;
  }

  has(peer: PeerId): boolean {
    return this.#members.includes(peer);
  }

  restore(members: readonly PeerId[]): void {
    this.#members.push(...members);
  }

  /** Takes what a signal says of our overlay; what has changed, if anything. */
  onSignal(signal: NodeSignal): "up" | "down" | undefined {
    if (signal.type !== "neighbourUp" && signal.type !== "neighbourDown") return undefined;
    if (signal.overlay !== this.#overlay) return undefined;
    const index = this.#members.indexOf(signal.peer);
    if (signal.type === "neighbourUp") {
      if (index < 0) this.#members.push(signal.peer);
      return index < 0 ? "up" : undefined;
    }
    if (index < 0) return undefined;
    this.#members.splice(index, 1);
    return "down";
  }
}
