/**
 * Where maps are kept while their node is down: the contract of a store of the user's.
 *
 *     map ── changed, every some seconds, and at stop ──▶ write ──▶ file, bucket, database …
 *     map ◀── once, at the next start ─────────────────── read
 *
 * `map` is what it is called in the cluster: `flags`, and of other kinds `~or~carts`, `~set~tags`, `~sum~hits`.
 *
 * Bytes are checked by whoever reads them: a store need not tell a torn snapshot from a whole one. It should put the new
 * one in the place of the old as a whole or not at all. What it throws is reported as trouble, and the node runs on.
 * @module
 */

export interface SnapshotStore {
  /** What was kept of a map; nothing if there is nothing. Rejects when it cannot be read. */
  read(map: string): Promise<Uint8Array | undefined>;
  /** Keeps this in the place of what was kept. The pieces are made while they are asked for. */
  write(map: string, pieces: Iterable<Uint8Array>): Promise<void>;
  /** Of which maps something is kept. */
  maps(): Promise<readonly string[]>;
  /**
   * What was read is damaged, or of a newer format: puts it aside, where the next `write` does not reach it. Returns
   * where that is, for a person to read. @default it is written over
   */
  setAside?(map: string): Promise<string>;
}
