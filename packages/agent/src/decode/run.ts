/**
 * `hearsay decode`: packets as hex in, what is in them as JSON out, a line for a line.
 * @module
 */
import { createReadStream } from "node:fs";
import { DecodeError } from "hearsay/kernel";
import { describePacket, describeStream, parseKey } from "hearsay/codec";
import type { Description, DescribeOptions } from "hearsay/codec";
import { decodeTags } from "hearsay/membership";
import { nodeAead } from "hearsay/node";
import type { DecodeSettings } from "../settings.ts";
import { readLines } from "../lines.ts";
import { CommandError, EXIT, written } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import {
  HexError,
  MAX_PACKET_BYTES,
  MAX_STREAM_BYTES,
  maxLineChars,
  parseHexLine,
  tooLong,
} from "./hex-line.ts";

/**
 * Decodes the packets given as arguments, then those of the file; without either, those on standard input.
 * @returns the exit status: 1 if there was a line that did not decode
 * @throws CommandError if the file cannot be read
 */
export async function runDecode(
  packets: readonly string[],
  settings: DecodeSettings,
  terminal: Terminal,
): Promise<number> {
  const maxBytes = settings.stream ? MAX_STREAM_BYTES : MAX_PACKET_BYTES;
  const describe = describer(settings);
  let status: number = EXIT.ok;
  for await (const line of inputLines(packets, settings.file, terminal, maxLineChars(maxBytes))) {
    const answer = decodeLine(line, maxBytes, describe);
    if (answer === undefined) continue;
    if ("error" in answer) status = EXIT.failed;
    if (!(await written(terminal.stdout, `${JSON.stringify(answer)}\n`))) break;
  }
  return status;
}

type Describe = (bytes: Uint8Array) => Description;

function describer({ key, label, stream }: DecodeSettings): Describe {
  const options: DescribeOptions = {
    keys: key.map((base64) => ({ base64, key: nodeAead.importKey(parseKey(base64)) })),
    tagsOf: decodeTags,
    ...(label !== undefined && { label }),
  };
  return stream
    ? (bytes) => describeStream(bytes, options)
    : (bytes) => describePacket(bytes, options);
}

/** What to print for a line; nothing for one that is blank or a comment. */
function decodeLine(
  line: string | undefined,
  maxBytes: number,
  describe: Describe,
): Description | undefined {
  try {
    if (line === undefined) throw tooLong(maxBytes);
    const bytes = parseHexLine(line, maxBytes);
    return bytes === undefined ? undefined : describe(bytes);
  } catch (error) {
    if (error instanceof HexError) return failure("ERR_HEX", error.message);
    if (error instanceof DecodeError) {
      return failure(error.code, `${error.reason}: ${error.message}`);
    }
    throw error;
  }
}

function failure(code: string, message: string): Description {
  return { error: { code, message } };
}

async function* inputLines(
  packets: readonly string[],
  file: string | undefined,
  terminal: Terminal,
  maxChars: number,
): AsyncGenerator<string | undefined> {
  for (const packet of packets) yield packet.length > maxChars ? undefined : packet;
  if (packets.length > 0 && file === undefined) return;
  if (file === undefined || file === "-") yield* readLines(terminal.stdin, maxChars);
  else yield* fileLines(file, maxChars);
}

async function* fileLines(file: string, maxChars: number): AsyncGenerator<string | undefined> {
  try {
    yield* readLines(createReadStream(file), maxChars);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CommandError(`--file: cannot read ${file}: ${(error as Error).message}`);
  }
}
