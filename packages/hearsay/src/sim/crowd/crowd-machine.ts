/**
 * What hosts a million nodes: one machine for all of them, which keeps what each has in a table.
 *
 *     tenants     an object for each node      any protocol
 *     machines    one for all                  those that have `at`: looking at a node is a number
 *
 * @module
 */
import type { PeerId, Peers, PeerSampler, Tenant } from "../../kernel/index.ts";

/**
 * A machine that can stand for any node of a crowd, one at a time: it keeps what each has side by side, where looking at
 * another node costs little. A million objects cost more than what is done with them.
 */
export interface CrowdMachine extends Tenant {
  /** From here on it is that node's. */
  at(node: PeerId): void;
  /**
   * The nodes in this part of a list have their turns next. To read something of each here is to wait for memory once, and
   * not at every turn; nothing may come of it.
   */
  fetch?(nodes: Uint32Array, from: number, to: number): void;
}

/** What the maker of machines is told. */
export interface CrowdMachineContext {
  readonly peers: Peers;
  /** Knows every live node but the one whose turn it is. */
  readonly oracle: PeerSampler;
}
