/**
 * What a node finds on its disk when it starts again: snapshots of maps.
 *
 * Mutated bytes hardly ever have the checksums that they claim. So each input is tried as it comes, and with checksums that fit.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { createNode } from "hearsay";
import { crc32 } from "hearsay/codec";
import { HybridClock, LWWMap, readSnapshot, resolveCrdtLimits, snapshotPieces } from "hearsay/crdt";
import { mapValue, MemoryNetwork } from "hearsay/runtime";
import type { SnapshotStore } from "hearsay/runtime";
import { MAP_OPTIONS, WALL_MS } from "../house.ts";
import { promise, reasonOf } from "../target.ts";
import type { Target } from "../target.ts";

const LIMITS = resolveCrdtLimits(MAP_OPTIONS.limits);
const FORM = { value: mapValue, limits: LIMITS };
const MAP = "flags";
const HEAD = { of: MAP, writtenAtMs: WALL_MS };

/** `{ a: "1" }` in the first format, which has no head. */
const FORMAT_1 =
  "68736d61700a01" +
  "000000142a0d35fa01939192a3616e6e920000009195a161000101a131" +
  "0000000cda7875cf02939192a3616e6e9200000090";

function mapOf(keys: number): LWWMap<Uint8Array> {
  const map = new LWWMap({ replica: "ann.1", clock: new HybridClock(), ...FORM });
  for (let i = 0; i < keys; i++) map.set(`key ${i}`, Uint8Array.of(0x22, 0x22, i), WALL_MS + i);
  if (keys > 0) map.delete("key 0", WALL_MS);
  return map;
}

const written = (map: LWWMap<Uint8Array>): Uint8Array =>
  new Uint8Array(Buffer.concat([...snapshotPieces(map.save(), HEAD, FORM)]));

function seeds(): Uint8Array[] {
  const all = [0, 1, 40].map((keys) => written(mapOf(keys)));
  return [...all, new Uint8Array(Buffer.from(FORMAT_1, "hex")), new Uint8Array(0)];
}

const MAGIC_BYTES = 7;
const LENGTH_BYTES = 4;
const RECORD_HEAD_BYTES = 8;

/** Each record gets the checksum of what it says, as far as lengths lead to the next. */
function withChecksums(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  const view = new DataView(bytes.buffer);
  for (let at = MAGIC_BYTES; at + RECORD_HEAD_BYTES < bytes.length;) {
    const end = at + RECORD_HEAD_BYTES + 1 + view.getUint32(at);
    if (end > bytes.length) break;
    view.setUint32(at + LENGTH_BYTES, crc32(bytes.subarray(at + RECORD_HEAD_BYTES, end)));
    at = end;
  }
  return bytes;
}

const file: Target = {
  name: "snapshot",
  reads: "snapshots of maps, as they are and with checksums that fit",
  shape: "bytes",
  seeds,
  run(input) {
    for (const tried of [input, withChecksums(input)]) {
      reasonOf(() => {
        const { saved, damage } = readSnapshot(tried, FORM);
        const map = new LWWMap({ replica: "ann.2", clock: new HybridClock(), ...FORM });
        map.merge(saved, Infinity);
        promise(map.size + map.tombstones <= LIMITS.maxEntries, "a map holds no more than it may");
        if (damage !== undefined) return;
        const again = readSnapshot(written(map), FORM);
        promise(again.damage === undefined, `what is written is whole: ${again.damage}`);
        promise(isDeepStrictEqual(again.saved, map.save()), "it is read as it was written");
      });
    }
  },
};

/** One file, in memory. */
class OneFile implements SnapshotStore {
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  async maps(): Promise<string[]> {
    return [MAP];
  }

  async read(): Promise<Uint8Array> {
    return this.bytes;
  }

  async write(_: string, pieces: Iterable<Uint8Array>): Promise<void> {
    this.bytes = new Uint8Array(Buffer.concat([...pieces]));
  }
}

const restart: Target = {
  name: "restart",
  reads: "a node that starts with such a snapshot, takes it up, and writes its own",
  shape: "bytes",
  maxMs: 1000,
  seeds,
  async run(input) {
    const snapshots = new OneFile(withChecksums(input));
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const transport = network.transport("10.0.0.1:7946");
    const maps = { snapshots, limits: MAP_OPTIONS.limits };
    const node = createNode({ name: "ann", transport, maps });
    const troubles: string[] = [];
    node.on("trouble", ({ error }) => troubles.push(String((error as { code?: string }).code)));
    await node.start();
    const map = node.map<number>(MAP);
    await map.ready();
    const room = [...map.entries()].length < LIMITS.maxEntries / 2;
    await map.set("own", 1).catch(() => {});
    await node.stop();
    promise(
      troubles.every((code) => code === "ERR_SNAPSHOT" || code === "ERR_DECODE"),
      `a snapshot makes no other trouble: ${troubles.join()}`,
    );
    const { saved, damage } = readSnapshot(snapshots.bytes, FORM);
    promise(damage === undefined, `what it has written is whole: ${damage}`);
    promise(!room || saved.rows.some(({ key }) => key === "own"), "what was set is in it");
  },
};

export const SNAPSHOT_TARGETS: readonly Target[] = [file, restart];
