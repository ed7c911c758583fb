/**
 * Inputs that have crashed other nodes, or filled their memory: what memberlist and Serf fell over, by what they claim.
 * They are tried first, before anything is made of them.
 * @see docs/wire/memberlist.md
 * @module
 */
import { compress } from "hearsay/codec";
import { encode } from "hearsay/kernel";
import type { Incarnation } from "hearsay/kernel";
import { ALIVE } from "hearsay/membership";
import { concat } from "./msgpack-mutations.ts";
import { checked, compoundOf } from "./packet-mutations.ts";
import { bytes } from "./vectors.ts";

const NOTHING = new Uint8Array(0);

const TEXT = new TextEncoder();

const alive = encode(ALIVE, {
  type: "alive",
  incarnation: 9 as Incarnation,
  node: "dan",
  addr: Uint8Array.of(10, 0, 0, 9),
  port: 7946,
  meta: undefined,
  versions: Uint8Array.of(1, 5, 2, 2, 5, 4),
});

/** A text in msgpack's short form. */
function raw(text: string): Uint8Array {
  return concat(Uint8Array.of(0xa0 + text.length), TEXT.encode(text));
}

/** A message whose fields are given as they stand on the wire. */
function message(
  type: number,
  ...fields: readonly (readonly [name: string, value: string])[]
): Uint8Array {
  const pairs = fields.map(([name, value]) => concat(raw(name), bytes(value)));
  return concat(Uint8Array.of(type, 0x80 + fields.length), ...pairs);
}

/** An alive with so many bytes of versions: 1 to 5 crash memberlist before 0.3. */
function shortVersions(count: number): Uint8Array {
  const value = `a${count} ${"05".repeat(count)}`;
  return message(
    4,
    ["Incarnation", "09"],
    ["Node", "a3 64616e"],
    ["Addr", "a4 0a000009"],
    ["Port", "cd1f0a"],
    ["Vsn", value],
  );
}

const header = (nodes: string, userState: string): Uint8Array => {
  return message(6, ["Nodes", nodes], ["UserStateLen", userState], ["Join", "c3"]);
};

/** As many bytes as LZW makes of the least input: some thousandfold. */
function lzwBomb(size: number): Uint8Array {
  return compress(new Uint8Array(size));
}

/** A state of one node with so many bytes of versions. */
function shortVersionsInState(count: number): Uint8Array {
  const node = message(
    0,
    ["Name", "a3 64616e"],
    ["Addr", "a4 0a000009"],
    ["Port", "cd1f0a"],
    ["Meta", "a0"],
    ["Incarnation", "09"],
    ["State", "00"],
    ["Vsn", `a${count} ${"05".repeat(count)}`],
  );
  return concat(header("01", "00"), node.subarray(1));
}

function times(count: number, part: Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, () => part);
}

export const PACKET_BOMBS: readonly Uint8Array[] = [
  NOTHING,
  ...[1, 2, 3, 4, 5].map(shortVersions),
  // Parts of no bytes, nothing but parts of no bytes, a count without parts.
  compoundOf([alive, NOTHING]),
  compoundOf(times(255, NOTHING)),
  bytes("07"),
  bytes("07 00"),
  bytes("07 ff"),
  bytes("07 80 00"),
  checked(NOTHING),
  compress(NOTHING),
  message(9, ["Algo", "00"], ["Buf", "a0"]),
  message(9, ["Algo", "00"], ["Buf", "c0"]),
  message(9, ["Algo", "01"], ["Buf", "a1 00"]),
  message(9, ["Buf", "db ffffffff"]),
  lzwBomb(1 << 20),
  compress(lzwBomb(1 << 20)),
  compoundOf(times(30, lzwBomb(1 << 18))),
  // Compounds in compounds: the deeper, the more often each is read.
  [1, 2, 3, 4, 5, 6].reduce((inner) => compoundOf([inner, inner]), alive),
  // Maps and arrays that claim more than there is.
  bytes("00 df ffffffff"),
  bytes("04 dd ffffffff"),
  bytes("01 8f"),
  concat(bytes("00 81"), raw("X"), new Uint8Array(1000).fill(0x91)),
  concat(bytes("00 81"), raw("X"), bytes("dd 00ffffff"), new Uint8Array(900).fill(0xc0)),
  // Serf's: a filter of no bytes, and keys of none.
  bytes("08 05 81 a7 46696c74657273 91 a0"),
  message(8, ["Payload", "a0"]),
];

export const STREAM_BOMBS: readonly Uint8Array[] = [
  ...PACKET_BOMBS,
  header("ce 7fffffff", "00"),
  header("cf 7fffffffffffffff", "00"),
  header("d3 ffffffffffffffff", "00"),
  header("00", "ce 7fffffff"),
  header("00", "d3 8000000000000000"),
  header("ce 00100000", "00"),
  header("01", "00"),
  ...[0, 1, 2, 3, 4, 5].map(shortVersionsInState),
  concat(header("05", "00"), bytes("dd 00000200"), new Uint8Array(512).fill(0xc0)),
  message(8, ["UserMsgLen", "ce ffffffff"]),
  message(8, ["UserMsgLen", "d3 ffffffffffffffff"]),
  message(8, ["UserMsgLen", "00"]),
  // Ours: frames of 4 GiB, of none, a hello of nothing, exchanges on channels that nobody has.
  bytes("e1 ffffffff"),
  bytes("e1 00000000"),
  bytes("e1 00000001 90"),
  bytes("e0"),
  bytes("e0 00"),
  bytes("e0 6d"),
  bytes("e2"),
  bytes("0a 7fffffff"),
  bytes("0a ffffffff"),
  bytes("0a 00000000"),
  lzwBomb(4 << 20),
];
