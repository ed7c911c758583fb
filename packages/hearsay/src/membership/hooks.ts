/**
 * Hooks: where an application has a say in who becomes a member.
 *
 * They are called inside the machine, synchronously, and their answers are part of what the machine does: an
 * answer must depend on the arguments alone, be quick, and not throw. A hook that asks the clock or a
 * database makes a recording that cannot be replayed. A veto is a counted drop, and whoever is turned
 * away is not told.
 * @see memberlist's AliveDelegate and MergeDelegate
 * @module
 */
import { formatAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { tagsOf } from "./member.ts";
import type { MemberView } from "./member.ts";
import type { ExchangeFailure } from "./state-check.ts";
import type { RemoteState } from "./state-stream.ts";
import { channelsIn } from "./tags.ts";
import { NODE_STATE } from "./wire.ts";

/** What a node says of itself, before anybody believes it. */
export type Candidate = Pick<
  MemberView,
  "name" | "address" | "incarnation" | "tags" | "meta" | "versions" | "channels"
>;

export interface MembershipHooks {
  /**
   * Whether `candidate` may be a member; asked whenever news of it would be accepted, so also when a member
   * changes its tags, moves, or refutes. Without an accepted refutation a suspect dies: whoever is turned
   * away later than at its first word is gone after a while. @default yes
   */
  readonly admit?: ((candidate: Candidate) => boolean) | undefined;
  /**
   * Whether the state of a whole cluster may be taken over: asked when we join one or another joins us, with
   * all whom it holds for alive, not at regular exchanges. A veto fails the join. @default yes
   */
  readonly admitMerge?: ((candidates: readonly Candidate[], from: Address) => boolean) | undefined;
}

export function candidateOf(
  claim: Pick<MemberView, "name" | "incarnation" | "versions"> & {
    readonly meta: Uint8Array | undefined;
  },
  address: Address,
): Candidate {
  const { name, incarnation, versions } = claim;
  const meta = claim.meta ?? new Uint8Array(0);
  const channels = channelsIn(meta);
  return { name, address, incarnation, tags: tagsOf(meta), meta, versions, channels };
}

/** The veto on a received state, if there is one. */
export function mergeVeto(
  state: RemoteState,
  from: Address,
  { admitMerge }: MembershipHooks,
): ExchangeFailure | undefined {
  if (!state.join || admitMerge === undefined) return undefined;
  const candidates = state.rows.flatMap((row) => {
    const address = formatAddress(row.addr, row.port);
    const isAlive = row.state === NODE_STATE.alive && address !== undefined;
    return isAlive ? [candidateOf(row, address)] : [];
  });
  return admitMerge(candidates, from) ? undefined : { reason: "vetoed" };
}
