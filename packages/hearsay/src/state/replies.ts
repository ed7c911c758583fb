/**
 * What is said to a peer, in as many messages as it takes.
 * @module
 */
import type { Instant, PeerId, TenantEffects } from "../kernel/index.ts";
import type { StateConfig } from "./config.ts";
import { packDeltas } from "./delta-packing.ts";
import type { Debt } from "./delta-packing.ts";
import { ACK, ACK2, digestSize } from "./wire.ts";
import type { Ack, Ack2, Digest, OwnerDelta, StateMessage } from "./wire.ts";

/** Makes a message of deltas; the first has what else there is to say as well. */
export type ReplyMaker = (
  deltas: readonly OwnerDelta[],
  stream: boolean,
  isFirst: boolean,
) => Ack | Ack2;

/** Sends what is owed, within the budget; nothing, where there is nothing to say. */
export function sendReplies(
  to: PeerId,
  debts: readonly Debt[],
  config: StateConfig,
  now: Instant,
  effects: TenantEffects<StateMessage>,
  make: ReplyMaker,
): void {
  const head = make([], false, true);
  const size = head.type === "ack" ? ACK.sizeOf(head) : ACK2.sizeOf(head);
  const isEmpty = head.wants.length === 0 && (head.type === "ack2" || head.ranges.length === 0);
  const { packets, stream } = packDeltas(debts, config, config.packetBytes - size, now);
  if (packets.length === 0 && (!isEmpty || stream)) packets.push([]);
  for (const [i, deltas] of packets.entries()) {
    // The first packet had no room for a delta, and there is nothing else in it.
    if (i === 0 && deltas.length === 0 && isEmpty && packets.length > 1) continue;
    const isLast = i === packets.length - 1;
    effects.send(to, make(deltas, stream && isLast, i === 0));
  }
}

/** As many digests as there is room for, and what room is left. */
export function fit(
  digests: readonly Digest[],
  room: number,
): { readonly fitting: Digest[]; readonly left: number } {
  const fitting: Digest[] = [];
  let left = room;
  for (const digest of digests) {
    const size = digestSize(digest);
    if (size > left) break;
    left -= size;
    fitting.push(digest);
  }
  return { fitting, left };
}
