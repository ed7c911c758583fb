/**
 * Where an agent's recording goes: two files, so that there is always a whole one to run again.
 *
 *     FILE        the one that is being written
 *     FILE.old    the one before it, or what an agent before this one has left
 *     FILE.new    the next, until its state is on the disk; then it becomes FILE, and FILE becomes FILE.old
 *
 * Lines are written when the event loop has nothing else to do, so that a process that is killed loses those of one turn
 * at most. What goes wrong with the disk ends the recording, not the node.
 * @module
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { RecordingSink } from "hearsay/recording";

/** What waits to be written at most; more is written at once. */
const MAX_WAITING_CHARS = 1 << 20;

/** Readable by the agent's user alone: it holds what the cluster's members say. */
const MODE = 0o600;

export class RecordingFile implements RecordingSink {
  readonly #path: string;
  readonly #onTrouble: (error: Error) => void;
  #fd: number | undefined;
  /** The next `write` begins a recording. */
  #begins = false;
  #isOver = false;
  #waiting: string[] = [];
  #waitingChars = 0;
  #timer: NodeJS.Immediate | undefined;

  /**
   * @param onTrouble told once, when the recording ends because it cannot be written
   * @throws the system's error when no file can be made there
   */
  constructor(path: string, onTrouble: (error: Error) => void) {
    this.#path = path;
    this.#onTrouble = onTrouble;
    // An agent was killed between two renames: its last recording is the one that was to be.
    if (!existsSync(path) && existsSync(this.#next)) renameSync(this.#next, path);
    closeSync(openSync(this.#next, "w", MODE));
    rmSync(this.#next);
    process.on("exit", this.#flush);
  }

  begin(): void {
    this.#flush();
    this.#begins = true;
  }

  write(text: string): void {
    if (this.#isOver) return;
    if (this.#begins) return this.#attempt(() => this.#turn(text));
    this.#waiting.push(text);
    this.#waitingChars += text.length;
    if (this.#waitingChars > MAX_WAITING_CHARS) this.#flush();
    else this.#timer ??= setImmediate(this.#flush);
  }

  /** Nothing is written any more. */
  close(): void {
    this.#flush();
    this.#end();
  }

  get #next(): string {
    return `${this.#path}.new`;
  }

  /** Puts a new file in the place of the one that is full; `text` is all that it needs to be run again. */
  #turn(text: string): void {
    const fd = openSync(this.#next, "w", MODE);
    const full = this.#fd;
    this.#fd = fd;
    this.#begins = false;
    if (full !== undefined) closeSync(full);
    writeAll(fd, text);
    fsyncSync(fd);
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.old`);
    renameSync(this.#next, this.#path);
  }

  readonly #flush = (): void => {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    const text = this.#waiting.join("");
    this.#waiting = [];
    this.#waitingChars = 0;
    const fd = this.#fd;
    if (text !== "" && fd !== undefined) this.#attempt(() => writeAll(fd, text));
  };

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#end();
      this.#onTrouble(error as Error);
    }
  }

  #end(): void {
    this.#isOver = true;
    process.off("exit", this.#flush);
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}

/** A disk may take less than it is given. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
