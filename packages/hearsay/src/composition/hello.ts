/**
 * The first frame on a link, each way: who speaks, where it is reached, what it understands.
 * @module
 */
import { fixedBytes, Reader, record, text, uint16, Writer } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import {
  addressBytes,
  addressPort,
  DecodeError,
  formatAddress,
  formatChannels,
  parseChannels,
} from "../kernel/index.ts";
import type { Address, ChannelSet } from "../kernel/index.ts";

export interface Hello {
  readonly name: string;
  readonly address: Address;
  readonly channels: ChannelSet;
}

interface HelloRecord {
  readonly name: string;
  readonly ip: Uint8Array;
  readonly port: number;
  readonly channels: string;
}

const MAX_NAME_BYTES = 128;
const MAX_CHANNELS = 26;

/** Fields are added at the end; who does not know them skips them. */
const HELLO: Field<HelloRecord> = record<HelloRecord>({
  name: text(MAX_NAME_BYTES),
  ip: fixedBytes(4, 16),
  port: uint16(),
  channels: text(MAX_CHANNELS),
});

export function writeHello(hello: Hello): Uint8Array {
  const value: HelloRecord = {
    name: hello.name,
    ip: addressBytes(hello.address),
    port: addressPort(hello.address),
    channels: formatChannels(hello.channels),
  };
  const bytes = new Uint8Array(HELLO.sizeOf(value));
  HELLO.write(new Writer(bytes, 0), value);
  return bytes;
}

/** @throws DecodeError when the bytes are not a hello with a name and an address */
export function readHello(bytes: Uint8Array): Hello {
  const { name, ip, port, channels } = HELLO.read(new Reader(bytes));
  const address = formatAddress(ip, port);
  if (name === "" || address === undefined || port === 0) {
    throw new DecodeError("malformed", "a hello without a name or an address");
  }
  return { name, address, channels: parseChannels(channels) };
}
