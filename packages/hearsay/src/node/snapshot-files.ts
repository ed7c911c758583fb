/**
 * Snapshots of maps as files of a directory, one for each map.
 *
 *     flags.map                      the snapshot, always a whole one
 *     flags.map.4711-1.new           the next, until it is on the disk; then it becomes flags.map
 *     flags.map.damaged              one that could not be read, for a person to look at
 *
 * A crash in the middle of a write leaves the old file as it was; what it leaves behind beside it is removed at the next
 * start. Files are readable by their owner alone.
 * @module
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { optionError } from "../kernel/index.ts";
import type { SnapshotStore } from "../runtime/index.ts";

const ENDING = ".map";
const OWNER_ALONE = 0o600;
/** Pieces are gathered until there are so many bytes: fewer, larger writes. */
const WRITE_BYTES = 1 << 18;

export class SnapshotFiles implements SnapshotStore {
  readonly directory: string;
  #drafts = 0;
  #isReady = false;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(directory: string) {
    if (typeof directory !== "string" || directory === "") {
      throw optionError("snapshots", "the path of a directory", directory);
    }
    this.directory = directory;
  }

  async maps(): Promise<string[]> {
    await this.#prepare();
    const files = await readdir(this.directory);
    return files.flatMap((file) => (file.endsWith(ENDING) ? nameOf(file) : [])).toSorted();
  }

  async read(map: string): Promise<Uint8Array | undefined> {
    await this.#prepare();
    try {
      return await readFile(this.#path(map));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async write(map: string, pieces: Iterable<Uint8Array>): Promise<void> {
    await this.#prepare();
    const path = this.#path(map);
    const draft = `${path}.${process.pid}-${++this.#drafts}.new`;
    try {
      const file = await open(draft, "wx", OWNER_ALONE);
      try {
        await writeAll(file, pieces);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
    await this.#syncDirectory();
  }

  async setAside(map: string): Promise<string> {
    const path = this.#path(map);
    const aside = `${path}.damaged`;
    await rename(path, aside);
    return aside;
  }

  /** Makes the directory, and removes what a crash has left half written. */
  async #prepare(): Promise<void> {
    if (this.#isReady) return;
    await mkdir(this.directory, { recursive: true });
    this.#isReady = true;
    for (const file of await readdir(this.directory)) {
      if (DRAFT.test(file)) await rm(join(this.directory, file), { force: true });
    }
  }

  #path(map: string): string {
    return join(this.directory, `${fileNameOf(map)}${ENDING}`);
  }

  /** Otherwise a power cut could take back the renaming. Not every file system can do that, and none needs it to be whole. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.directory, "r").catch(() => undefined);
    await directory?.sync().catch(() => {});
    await directory?.close();
  }
}

const DRAFT = /\.map\.\d+-\d+\.new$/u;

async function writeAll(file: FileHandle, pieces: Iterable<Uint8Array>): Promise<void> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (bytes > 0) await file.writeFile(Buffer.concat(gathered));
    gathered = [];
    bytes = 0;
  };
  for (const piece of pieces) {
    gathered.push(piece);
    bytes += piece.length;
    if (bytes >= WRITE_BYTES) await flush();
  }
  await flush();
}

/** Letters, digits, `-` and `_` as they are, all else as `%` and its bytes: no name leads out of the directory. */
function fileNameOf(map: string): string {
  const text = encodeURIComponent(map);
  return text.replace(/[.!'()*~]/gu, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function nameOf(file: string): string[] {
  try {
    return [decodeURIComponent(file.slice(0, -ENDING.length))];
  } catch {
    // Somebody else's file.
    return [];
  }
}
