/**
 * Membership that never changes: everybody is there from the start, and nobody finds out who is not.
 *
 * For tenants that stand on a membership and are to be watched without one: it tells them of all, once, and lets
 * them choose from all, the dead among them.
 * @module
 */
import { NEVER } from "../kernel/index.ts";
import type {
  Instant,
  PeerId,
  PeerSampler,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
} from "../kernel/index.ts";

export class Roster implements Tenant, PeerSampler {
  readonly name: string = "roster";
  readonly wire: Tenant["wire"] = { messages: [] };
  readonly deadline: Instant = NEVER;
  readonly #others: readonly PeerId[];

  /** @param others everybody but the node itself */
  constructor(others: readonly PeerId[]) {
    this.#others = others;
  }

  get size(): number {
    return this.#others.length;
  }

  sample(count: number, except: PeerId, rng: Rng): PeerId[] {
    const left = this.#others.filter((peer) => peer !== except);
    const chosen: PeerId[] = [];
    while (chosen.length < count && left.length > 0) {
      const at = rng.below(left.length);
      chosen.push(left[at] as PeerId);
      left[at] = left.at(-1) as PeerId;
      left.pop();
    }
    return chosen;
  }

  handle(input: TenantInput, _now: Instant, _rng: Rng, effects: TenantEffects): void {
    if (input.type !== "start") return;
    for (const peer of this.#others) effects.signal({ type: "peerUp", peer });
  }

  save(): null {
    return null;
  }

  restore(): void {}
}
