/**
 * Files that an operator gives: read whole, of bounded size, with a look at who else may read them.
 *
 * Nothing that is thrown here shows what is in the file.
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "./terminal.ts";

const GROUP_AND_OTHERS = 0o077;

/** Far more than the largest keyring or configuration. */
const MAX_FILE_BYTES = 64 * 1024;

export interface SmallFile {
  readonly text: string;
  /** Whether others than its owner may read it; never on Windows, whose modes say nothing. */
  readonly isExposed: boolean;
}

/**
 * @param option which names the file, for messages
 * @returns `undefined` if there is no such file
 * @throws UsageError
 */
export function readSmallFile(option: string, file: string): SmallFile | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const { mode, size } = fstatSync(descriptor);
    if (size > MAX_FILE_BYTES) {
      throw new UsageError(
        `${option}: expected a file of at most ${MAX_FILE_BYTES} bytes, ${file} has ${size}`,
      );
    }
    const isExposed = process.platform !== "win32" && (mode & GROUP_AND_OTHERS) !== 0;
    return { text: readFileSync(descriptor, "utf8"), isExposed };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === undefined) throw error;
    throw new UsageError(`${option}: cannot read ${file}: ${message}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** What to tell whoever runs the agent of a file with secrets in it that others may read. */
export function exposure(
  file: string,
  what: string,
  { isExposed }: Pick<SmallFile, "isExposed">,
): string[] {
  return isExposed
    ? [`others than its owner may read ${file}, which has ${what} in it: chmod 600`]
    : [];
}
