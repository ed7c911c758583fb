import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reader, Writer } from "../codec/index.ts";
import type { Field } from "../codec/index.ts";
import { refusal } from "../codec/test/limits.ts";
import { fromHex, toHex } from "../codec/test/vectors.ts";
import { encode } from "../kernel/index.ts";
import type { DecodeReason, Message, MessageType } from "../kernel/index.ts";
import {
  ACK,
  ALIVE,
  DEAD,
  ERROR_REPLY,
  INDIRECT_PING,
  MAX_NAME_BYTES,
  MEMBERSHIP_MESSAGES,
  NACK,
  PING,
  PUSH_NODE_STATE,
  PUSH_PULL_HEADER,
  SUSPECT,
} from "./wire.ts";
import { USER_MESSAGE_HEADER } from "../messaging/wire.ts";

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const name = fc.string({ unit: "grapheme", maxLength: 20 });
const ip = fc.oneof(...[4, 16].map((n) => fc.uint8Array({ minLength: n, maxLength: n })));
const noIp = fc.oneof(ip, fc.constant(new Uint8Array(0)));
const versions = fc.oneof(...[0, 6].map((n) => fc.uint8Array({ minLength: n, maxLength: n })));
const bytes = fc.option(fc.uint8Array({ maxLength: 600 }), { nil: undefined });
const source = { sourceAddr: noIp, sourcePort: uint16, sourceNode: name };

/** Every message type with arbitrary messages of it. */
const MESSAGES: readonly (readonly [MessageType, fc.Arbitrary<object>])[] = [
  [PING, fc.record({ seq: uint32, node: name, ...source })],
  [
    INDIRECT_PING,
    fc.record({ seq: uint32, target: ip, port: uint16, node: name, nack: fc.boolean(), ...source }),
  ],
  [ACK, fc.record({ seq: uint32, payload: bytes })],
  [NACK, fc.record({ seq: uint32 })],
  [SUSPECT, fc.record({ incarnation: uint32, node: name, from: name })],
  [DEAD, fc.record({ incarnation: uint32, node: name, from: name })],
  [
    ALIVE,
    fc.record({ incarnation: uint32, node: name, addr: ip, port: uint16, meta: bytes, versions }),
  ],
  [ERROR_REPLY, fc.record({ error: name })],
] as unknown as readonly (readonly [MessageType, fc.Arbitrary<object>])[];

const STRUCTS: readonly (readonly [string, Field<object>, fc.Arbitrary<object>])[] = [
  [
    "header",
    PUSH_PULL_HEADER,
    fc.record({ nodes: fc.nat(1048576), userStateBytes: fc.nat(20971520), join: fc.boolean() }),
  ],
  [
    "node",
    PUSH_NODE_STATE,
    fc.record({
      name,
      addr: ip,
      port: uint16,
      meta: bytes,
      incarnation: uint32,
      state: fc.nat(3),
      versions,
    }),
  ],
  ["user message", USER_MESSAGE_HEADER, fc.record({ bytes: fc.nat(20971520) })],
] as unknown as readonly (readonly [string, Field<object>, fc.Arbitrary<object>])[];

describe.each(MESSAGES.map(([type, arbitrary]) => [type.type, type, arbitrary] as const))(
  "%s",
  (kind, type, arbitrary) => {
    test("survives the wire and takes as many bytes as it says", () => {
      fc.assert(
        fc.property(arbitrary, (fields) => {
          const message = { type: kind, ...fields } as Message;
          const wire = encode(type, message);
          expect(type.encodeInto(message, wire, 0)).toBe(wire.length);
          expect(type.decode(wire, 1, wire.length)).toEqual(message);
        }),
      );
    });

    test("cut off anywhere it is refused", () => {
      fc.assert(
        fc.property(arbitrary, (fields) => {
          const wire = encode(type, { type: kind, ...fields } as Message);
          for (let end = 1; end < wire.length; end++) {
            expect(refusal(() => type.decode(wire, 1, end))).toBe("truncated");
          }
        }),
        { numRuns: 20 },
      );
    });

    test("of damaged or arbitrary bytes it is refused with a reason, or is one", () => {
      const change = fc.tuple(fc.nat(), fc.nat(0xff));
      fc.assert(
        fc.property(
          arbitrary,
          fc.array(change, { maxLength: 5 }),
          fc.uint8Array(),
          (fields, changes, noise) => {
            const wire = encode(type, { type: kind, ...fields } as Message);
            for (const [at, byte] of changes) wire[at % wire.length] = byte;
            refusal(() => type.decode(wire, 1, wire.length));
            refusal(() => type.decode(noise, 0, noise.length));
          },
        ),
        { numRuns: 500 },
      );
    });
  },
);

test.each(STRUCTS)(
  "the %s of a stream survives the wire and takes as many bytes as it says",
  (_, field, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const writer = new Writer(new Uint8Array(field.sizeOf(value)));
        field.write(writer, value);
        expect(writer.at).toBe(writer.bytes.length);
        expect(field.read(new Reader(writer.bytes))).toEqual(value);
      }),
    );
  },
);

const decode = (hex: string): unknown => {
  const wire = fromHex(hex);
  const type = MEMBERSHIP_MESSAGES.find(({ prefix }) => prefix[0] === wire[0]) as MessageType;
  return type.decode(wire, 1, wire.length);
};

describe("what Go's agents were seen to take", () => {
  test("a ping as an array, its fields in the order of declaration", () => {
    expect(decode("009205a26e31")).toMatchObject({ type: "ping", seq: 5, node: "n1" });
  });

  test("a ping in the newer msgpack: str8 and bin", () => {
    expect(
      decode("0083d9055365714e6f05d9044e6f6465d9026e31d90a536f7572636541646472c4047f000001"),
    ).toEqual({
      type: "ping",
      seq: 5,
      node: "n1",
      sourceAddr: Uint8Array.of(127, 0, 0, 1),
      sourcePort: 0,
      sourceNode: "",
    });
  });

  test("a ping with a nil name and an unknown field", () => {
    expect(decode("0083a44e6f6465c0a55365714e6f05a358585881a16105")).toMatchObject({
      seq: 5,
      node: "",
    });
  });

  test("fields in another letter case are unknown", () => {
    expect(decode("0081a57365716e6f05")).toMatchObject({ seq: 0 });
  });

  test("versions as an array of integers", () => {
    const hex = "0482a441646472c4047f000001a356736e96010502020505";
    expect(decode(hex)).toMatchObject({
      versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
      meta: undefined,
      node: "",
    });
  });

  test("metadata beyond the sender's limit", () => {
    const hex = `0482a441646472a47f000001a44d657461da07d0${"61".repeat(2000)}`;
    expect((decode(hex) as { meta: Uint8Array }).meta).toHaveLength(2000);
  });

  test("bytes behind the message", () => {
    expect(decode("0b81a55365714e6f05ffff")).toEqual({ type: "nack", seq: 5 });
  });
});

describe("what is refused", () => {
  const addr = "a441646472a47f000001";

  test.each<[string, string, DecodeReason]>([
    ["a sequence number as floating point", "0b81a55365714e6fcb4014000000000000", "malformed"],
    ["a sequence number beyond 32 bits", "0b81a55365714e6fcf0000000100000005", "outOfRange"],
    ["an alive without an address", "0481ab496e6361726e6174696f6e01", "malformed"],
    ["an alive with an address of 5 bytes", "0481a441646472a57f00000100", "malformed"],
    ["an indirect ping without a target", "0181a55365714e6f05", "malformed"],
    ["an ack address of 3 bytes", "0081aa536f7572636541646472a37f0000", "malformed"],
    ["an alive with 1 version", `0482${addr}a356736ea101`, "malformed"],
    ["an alive with 3 versions", `0482${addr}a356736ea3010502`, "malformed"],
    ["an alive with 5 versions", `0482${addr}a356736ea50105020205`, "malformed"],
    ["an alive with 7 versions", `0482${addr}a356736ea701050202050505`, "tooLarge"],
    ["a name of 129 bytes", `0081a44e6f6465d981${"6e".repeat(129)}`, "tooLarge"],
    ["a name that is not UTF-8", "0081a44e6f6465a2c328", "notUtf8"],
    ["metadata of 2049 bytes", `0482${addr}a44d657461da0801${"00".repeat(2049)}`, "tooLarge"],
    ["text instead of a struct", "00a26869", "malformed"],
  ])("%s", (_, hex, reason) => {
    expect(refusal(() => decode(hex))).toBe(reason);
  });

  test("a row of a push/pull with 3 versions", () => {
    const read = () => PUSH_NODE_STATE.read(new Reader(fromHex(`82${addr}a356736ea3010502`)));
    expect(refusal(read)).toBe("malformed");
  });

  test.each<[Field<object>, string, DecodeReason]>([
    [PUSH_PULL_HEADER, "81a54e6f646573ce00100001", "tooMany"],
    [PUSH_PULL_HEADER, "81a54e6f646573ff", "tooMany"],
    [PUSH_PULL_HEADER, "81ac5573657253746174654c656ece01400001", "tooLarge"],
    [USER_MESSAGE_HEADER, "81aa557365724d73674c656ed201400001", "tooLarge"],
  ] as unknown as [Field<object>, string, DecodeReason][])(
    "a stream that announces too much",
    (field, hex, reason) => {
      expect(refusal(() => field.read(new Reader(fromHex(hex))))).toBe(reason);
    },
  );
});

test("an alive without versions has none, which is not malformed", () => {
  for (const hex of ["0481a441646472a47f000001", "0482a441646472a47f000001a356736ea0"]) {
    expect(decode(hex)).toMatchObject({ versions: new Uint8Array(0) });
  }
});

test("the longest name passes", () => {
  const node = "ü".repeat(MAX_NAME_BYTES / 2);
  const suspect = { type: "suspect", incarnation: 1, node, from: node } as never;
  const wire = encode(SUSPECT, suspect);
  expect(SUSPECT.decode(wire, 1, wire.length)).toEqual(suspect);
});

test("an address stays the bytes that it was, four or sixteen", () => {
  const mapped = fromHex("00000000000000000000ffff7f000001");
  const alive = {
    type: "alive",
    incarnation: 1,
    node: "n",
    addr: mapped,
    port: 1,
    meta: undefined,
    versions: fromHex("010502020505"),
  } as never;
  expect(toHex(encode(ALIVE, alive))).toContain(`b0${toHex(mapped)}`);
});
