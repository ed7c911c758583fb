/**
 * Maps in snapshots: read when they are opened, written when they have changed.
 *
 *     open ──▶ read ──▶ checked ──▶ what can be read of it
 *                          └──▶ trouble: put aside, and reported
 *     every so often ──▶ changed? ──▶ write ──▶ failed? reported once, tried again the next time
 *
 * Nothing here makes a map fail: a node without its disk is a node as good as any, as long as others live.
 * @module
 */
import type { Crc32 } from "../../codec/index.ts";
import { readSnapshot, snapshotPieces } from "../../crdt/index.ts";
import type { Delta, Snapshot, SnapshotForm } from "../../crdt/index.ts";
import { HearsayError } from "../../kernel/index.ts";
import type { MapStore } from "./map-store.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface SnapshotsPorts {
  readonly store: SnapshotStore;
  readonly trouble: (error: HearsayError) => void;
  readonly wallMs: () => number;
  readonly crc32: Crc32 | undefined;
}

export class Snapshots {
  readonly #ports: SnapshotsPorts;
  /** Maps that cannot be written at present: that was reported. */
  readonly #failing = new Set<string>();

  constructor(ports: SnapshotsPorts) {
    this.#ports = ports;
  }

  /** Of which maps something is kept. */
  async maps(): Promise<readonly string[]> {
    try {
      return await this.#ports.store.maps();
    } catch (error) {
      this.#report("the snapshots of maps cannot be listed", error);
      return [];
    }
  }

  /** What was kept of a map, or what is left of it. Never rejects. */
  async read(store: MapStore): Promise<Delta<unknown> | undefined> {
    const map = store.name;
    let snapshot: Snapshot<unknown>;
    try {
      const bytes = await this.#ports.store.read(map);
      if (bytes === undefined) return undefined;
      snapshot = readSnapshot(bytes, this.#form(store));
    } catch (error) {
      await this.#setAside(map, "cannot be read", error);
      return undefined;
    }
    const { head, damage, saved } = snapshot;
    if (head !== undefined && head.of !== map) {
      await this.#setAside(map, `is one of map ${head.of}`);
      return undefined;
    }
    if (damage !== undefined) {
      await this.#setAside(
        map,
        `is damaged (${damage}), and ${saved.rows.length} keys are left of it`,
      );
    }
    return saved;
  }

  /** Never rejects; false if it could not be written. */
  async write(store: MapStore): Promise<boolean> {
    const head = { of: store.name, writtenAtMs: Math.max(0, Math.floor(this.#ports.wallMs())) };
    const pieces = snapshotPieces(store.map.save(), head, this.#form(store));
    try {
      await this.#ports.store.write(store.name, pieces);
      this.#failing.delete(store.name);
      return true;
    } catch (error) {
      if (!this.#failing.has(store.name)) {
        this.#report(
          `the snapshot of map ${store.name} cannot be written, and is tried again`,
          error,
        );
      }
      this.#failing.add(store.name);
      return false;
    }
  }

  #form(store: MapStore): SnapshotForm<unknown> {
    return { value: store.kind.value, limits: store.map.limits, crc32: this.#ports.crc32 };
  }

  async #setAside(map: string, what: string, error?: unknown): Promise<void> {
    const where = await this.#ports.store.setAside?.(map).catch(() => undefined);
    const kept = where === undefined ? "" : `; it is kept at ${where}`;
    this.#report(`the snapshot of map ${map} ${what}${kept}`, error);
  }

  #report(message: string, cause?: unknown): void {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    this.#ports.trouble(new HearsayError("ERR_SNAPSHOT", `${message}${why}`, { cause }));
  }
}
