import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compress } from "./compress.ts";
import { compoundHeaderSize, MAX_COMPOUND_PARTS, writeCompoundHeader } from "./compound.ts";
import { DEFAULT_LAYER_LIMITS, readLayers } from "./layers.ts";
import type { LayerLimits } from "./layers.ts";
import { allocated, MIB } from "./test/limits.ts";
import { fromHex, toHex } from "./test/vectors.ts";

/** What comes out of a packet: messages as hex, drops by reason. */
function read(packet: Uint8Array, limits: LayerLimits = DEFAULT_LAYER_LIMITS): string[] {
  const lines: string[] = [];
  readLayers(packet, limits, {
    message: (bytes, start, end) => lines.push(toHex(bytes.subarray(start, end))),
    drop: (reason) => lines.push(`drop ${reason}`),
  });
  return lines;
}

const readHex = (hex: string) => read(fromHex(hex));

function compound(...parts: readonly Uint8Array[]): Uint8Array {
  const sizes = parts.map((part) => part.length);
  const header = new Uint8Array(compoundHeaderSize(parts.length));
  expect(writeCompoundHeader(sizes, header, 0)).toBe(header.length);
  return new Uint8Array(Buffer.concat([header, ...parts]));
}

const ping = fromHex("0080");
const user = fromHex("08616263");

test("a bare message is itself, whatever its type", () => {
  expect(read(ping)).toEqual(["0080"]);
  expect(readHex("c8")).toEqual(["c8"]);
});

test("a compound is its messages in order", () => {
  const packet = compound(ping, user);
  expect(toHex(packet)).toBe("070200020004008008616263");
  expect(read(packet)).toEqual(["0080", "08616263"]);
});

test("compound in compression in compound is read to the bottom", () => {
  const packet = compound(ping, compress(compound(user, compress(ping))));
  expect(read(packet)).toEqual(["0080", "08616263", "0080"]);
});

test.each([
  ["nothing", "", ["drop empty"]],
  ["a compound without a count", "07", ["drop truncated"]],
  ["a compound of no messages", "0700", ["drop empty"]],
  ["a compound cut off in its lengths", "0702000200", ["drop truncated"]],
  ["a compound cut off in its second message", "07020002000400800861", ["0080", "drop truncated"]],
  [
    "a message of no bytes among others",
    "070300020000000200800b80",
    ["0080", "drop empty", "0b80"],
  ],
  ["bytes behind a compound", "070100020080ffff", ["0080"]],
  ["a checksum inside", "070100050c00000000", ["drop misplacedType"]],
  ["a label inside", "f401610080", ["drop misplacedType"]],
  ["a frame of streams", "0a00000000", ["drop misplacedType"]],
  ["compression of nothing", "0982a4416c676f00a3427566a3000302", ["drop empty"]],
  ["compression without a body", "0981a4416c676f00", ["drop badCompression"]],
  ["compression by another algorithm", "0982a4416c676f01a3427566a400c30404", ["drop unsupported"]],
  ["compression without its end", "0982a4416c676f00a3427566a161", ["drop badCompression"]],
  ["compression that is no struct", "09a161", ["drop malformed"]],
  ["compression of a claimed gigabyte", "0982a4416c676f00a3427566db40000000", ["drop truncated"]],
])("%s", (_, hex, lines) => {
  expect(readHex(hex)).toEqual(lines);
});

test("what cannot be read does not take its neighbours along", () => {
  const broken = fromHex("0981a4416c676f00");
  expect(read(compound(ping, broken, user))).toEqual(["0080", "drop badCompression", "08616263"]);
});

describe("what a packet may cost", () => {
  test("layers nest as deep as the limit says, no deeper", () => {
    let packet = ping;
    for (let depth = 1; depth <= DEFAULT_LAYER_LIMITS.depth; depth++) {
      packet = depth % 2 === 0 ? compress(packet) : compound(packet);
      expect(read(packet)).toEqual(["0080"]);
    }
    expect(read(compound(user, packet))).toEqual(["08616263", "drop tooDeep"]);
    expect(read(compress(packet))).toEqual(["drop tooDeep"]);
  });

  test("compressions alone count as layers too", () => {
    let packet = ping;
    for (let depth = 0; depth < DEFAULT_LAYER_LIMITS.depth; depth++) packet = compress(packet);
    expect(read(packet)).toEqual(["0080"]);
    expect(read(compress(packet))).toEqual(["drop tooDeep"]);
  });

  test("64 KB of nested compounds cost one drop", () => {
    let packet = ping;
    while (packet.length < 60_000) packet = compound(packet);
    expect(read(packet)).toEqual(["drop tooDeep"]);
  });

  test("messages and drops are counted together, and the one too many ends the packet", () => {
    const limits = { ...DEFAULT_LAYER_LIMITS, messages: 3 };
    const packet = compound(ping, fromHex("0c"), ping, ping, ping);
    expect(read(packet, limits)).toEqual(["0080", "drop misplacedType", "0080", "drop tooMany"]);
    expect(read(compound(packet, ping), limits)).toHaveLength(4);
    expect(read(compound(ping, ping, ping), limits)).toEqual(["0080", "0080", "0080"]);
  });

  test("decompression is limited for the packet, not for each layer", () => {
    const large = compress(new Uint8Array(150_000).fill(8));
    expect(read(large)).toHaveLength(1);
    const lines = read(compound(large, large, compress(ping)));
    expect(lines.slice(1)).toEqual(["drop tooLarge", "drop tooLarge"]);
  });

  test("a bomb makes no more than the limit", () => {
    const bomb = compress(new Uint8Array(8 * MIB).fill(8));
    const run = () =>
      expect(read(compound(bomb, bomb, bomb))).toEqual(
        Array.from({ length: 3 }, () => "drop tooLarge"),
      );
    run();
    expect(allocated(run)).toBeLessThan(2 * MIB);
  });
});

test("arbitrary bytes end in messages and drops, never in an error", () => {
  const layer = fc.constantFrom(
    "07",
    "09",
    "0982a4416c676f00a3427566",
    "0702",
    "070100",
    "0c",
    "f4",
  );
  const packet = fc.tuple(fc.array(layer, { maxLength: 5 }), fc.uint8Array({ maxLength: 300 }));
  fc.assert(
    fc.property(packet, ([layers, bytes]) => {
      const lines = read(Uint8Array.from([...fromHex(layers.join("")), ...bytes]));
      expect(lines.length).toBeLessThanOrEqual(DEFAULT_LAYER_LIMITS.messages + 1);
    }),
    { numRuns: 3000 },
  );
});

test("a compound of more messages than old peers can count, or of none, is our own mistake", () => {
  const target = new Uint8Array(1000);
  const sizes = (count: number) => Array.from({ length: count }, () => 1);
  expect(writeCompoundHeader(sizes(MAX_COMPOUND_PARTS), target, 0)).toBe(256);
  expect(() => writeCompoundHeader(sizes(MAX_COMPOUND_PARTS + 1), target, 0)).toThrow(/^BUG: /);
  expect(() => writeCompoundHeader([1, 0], target, 0)).toThrow(/^BUG: /);
  expect(() => writeCompoundHeader([65536], target, 0)).toThrow(/^BUG: /);
});
