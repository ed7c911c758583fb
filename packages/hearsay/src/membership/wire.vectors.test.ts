/**
 * Recorded traffic of Go's memberlist and Serf: what we read is what they meant, and what we write is,
 * byte for byte, what they wrote.
 * @module
 */
import { describe, expect, test } from "vitest";
import {
  compoundHeaderSize,
  compress,
  crc32,
  DEFAULT_LAYER_LIMITS,
  PlainEnvelope,
  readLayers,
  StreamEnvelope,
  StreamInflater,
  StreamReader,
  TYPE_BYTE,
  writeCompoundHeader,
  Writer,
} from "../codec/index.ts";
import type { Field, WireMessage } from "../codec/index.ts";
import { chunked, refusal } from "../codec/test/limits.ts";
import {
  givenNonces,
  labelRule,
  packetEnvelope,
  sealing,
  sealPacket,
  testKey,
} from "../codec/test/sealing.ts";
import { fromHex, loadVectors, toHex } from "../codec/test/vectors.ts";
import type { Decoded, Vector } from "../codec/test/vectors.ts";
import { encode } from "../kernel/index.ts";
import type { Message } from "../kernel/index.ts";
import {
  ACK,
  ERROR_REPLY,
  MAX_STREAM_STRUCT_BYTES,
  MEMBERSHIP_MESSAGES,
  PING,
  PUSH_NODE_STATE,
  PUSH_PULL_HEADER,
} from "./wire.ts";
import { USER_MESSAGE_HEADER } from "../messaging/wire.ts";

/** Our names for Go's fields; said again here, so that a slip in the tables shows. */
const GO_NAMES: Readonly<Record<string, string>> = {
  seq: "SeqNo",
  node: "Node",
  sourceAddr: "SourceAddr",
  sourcePort: "SourcePort",
  sourceNode: "SourceNode",
  target: "Target",
  port: "Port",
  nack: "Nack",
  payload: "Payload",
  incarnation: "Incarnation",
  from: "From",
  addr: "Addr",
  meta: "Meta",
  versions: "Vsn",
  error: "Error",
  nodes: "Nodes",
  userStateBytes: "UserStateLen",
  join: "Join",
  name: "Name",
  state: "State",
  bytes: "UserMsgLen",
};

/** A value as the recorder would have described it; absent is what is left out when empty. */
function described(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  return value === undefined ? null : value;
}

function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return toHex(Uint8Array.from(value as number[]));
  if (typeof value === "object" && value !== null && "$hex" in value) return value.$hex;
  return value;
}

/** Compares a message or row with Go's fields, and counts that none was overlooked. */
function expectFields(value: object, fields: Readonly<Record<string, unknown>>): void {
  const { type: _, ...ours } = value as Record<string, unknown>;
  for (const [property, one] of Object.entries(ours)) {
    const name = GO_NAMES[property] as string;
    if (name in fields) expect(described(one), name).toEqual(normalized(fields[name]));
    else expect([0, ""], name).toContain(described(one));
  }
  const known = Object.keys(ours).map((property) => GO_NAMES[property]);
  expect(known).toEqual(expect.arrayContaining(Object.keys(fields)));
}

const STREAM_MESSAGES: readonly WireMessage[] = [PING, ACK, ERROR_REPLY] as readonly WireMessage[];

/** Every message type by its first byte. */
const BY_TYPE = new Map(
  [...MEMBERSHIP_MESSAGES, ERROR_REPLY].map((type) => [
    type.prefix[0],
    type as unknown as WireMessage,
  ]),
);

/** Checks one message against its description; returns it encoded by us. */
function checkMessage(bytes: Uint8Array, decoded: Decoded): Uint8Array {
  const type = BY_TYPE.get(bytes[0]);
  if (type === undefined) {
    // User messages are opaque here.
    expect(bytes[0]).toBe(TYPE_BYTE.user);
    expect(decoded.type).toBe("user");
    if (decoded.payload !== undefined) expect(toHex(bytes.subarray(1))).toBe(decoded.payload.$hex);
    return bytes;
  }
  const message: Message = type.decode(bytes, 1, bytes.length);
  expect(message.type).toBe(decoded.type);
  expectFields(message, decoded.fields ?? {});
  const encoded = encode(type, message);
  expect(toHex(encoded)).toBe(toHex(bytes));
  return encoded;
}

/** The messages of a description, in the order of the packet. */
function leaves(decoded: Decoded): Decoded[] {
  if (decoded.parts !== undefined) return decoded.parts.flatMap(leaves);
  return decoded.inner === undefined ? [decoded] : leaves(decoded.inner);
}

/** Packs `messages` again as the description says. */
function repack(decoded: Decoded, messages: Uint8Array[]): Uint8Array {
  switch (decoded.type) {
    case "hasCrc": {
      const packet = repack(decoded.inner as Decoded, messages);
      const envelope = new PlainEnvelope(crc32);
      const buffer = new Uint8Array(envelope.headroomBytes + packet.length);
      buffer.set(packet, envelope.headroomBytes);
      return envelope.seal(buffer, envelope.headroomBytes, buffer.length, true);
    }
    case "compress":
      return compress(repack(decoded.inner as Decoded, messages));
    case "compound": {
      const parts = (decoded.parts as readonly Decoded[]).map((part) => repack(part, messages));
      const header = new Uint8Array(compoundHeaderSize(parts.length));
      writeCompoundHeader(
        parts.map((part) => part.length),
        header,
        0,
      );
      return new Uint8Array(Buffer.concat([header, ...parts]));
    }
    default:
      return messages.shift() as Uint8Array;
  }
}

function checkPacket({ hex, decoded }: Vector): void {
  const expected = leaves(decoded);
  const written: Uint8Array[] = [];
  readLayers(new PlainEnvelope(crc32).open(fromHex(hex)), DEFAULT_LAYER_LIMITS, {
    message: (bytes, start, end) => {
      written.push(checkMessage(bytes.slice(start, end), expected[written.length] as Decoded));
    },
    drop: (reason) => expect.unreachable(`dropped: ${reason}`),
  });
  expect(written).toHaveLength(expected.length);
  expect(toHex(repack(decoded, written))).toBe(hex);
}

/** The plaintext of a stream, and its parts as we read them, written again by us. */
function checkStream({ hex, decoded }: Vector, chunkBytes: number): void {
  const plain: Uint8Array[] = [];
  const inflater = new StreamInflater();
  const wrapping = new StreamEnvelope().begin("acceptor");
  for (const chunk of chunked(fromHex(hex), [chunkBytes])) {
    const opened = wrapping.open(chunk);
    if (decoded.type === "compress") inflater.push(opened, (slice) => plain.push(slice));
    else plain.push(opened);
  }
  const reader = new StreamReader(1 << 20);
  for (const slice of plain) reader.push(slice);
  const whole = new Uint8Array(Buffer.concat(plain));

  const message = decoded.type === "compress" ? (decoded.inner as Decoded) : decoded;
  const written = Buffer.concat(checkStreamMessage(reader, message));
  expect(toHex(written)).toBe(toHex(whole));
  const rewrapped = decoded.type === "compress" ? compress(written) : written;
  expect(toHex(rewrapped)).toBe(hex);
}

function checkStreamMessage(reader: StreamReader, decoded: Decoded): Uint8Array[] {
  const first = reader.take(1) as Uint8Array;
  const row = <T extends object>(
    field: Field<T>,
    fields: Readonly<Record<string, unknown>>,
  ): Uint8Array => {
    const value = reader.tryRead((cursor) => field.read(cursor), MAX_STREAM_STRUCT_BYTES) as T;
    expectFields(value, fields);
    return write(field, value);
  };
  switch (decoded.type) {
    case "pushPull": {
      const { header = {}, nodes = [] } = decoded;
      const parts = [first, row(PUSH_PULL_HEADER, header)];
      for (const { tags: _, ...fields } of nodes) parts.push(row(PUSH_NODE_STATE, fields));
      expect(reader.available).toBe(header["UserStateLen"]);
      return [...parts, reader.takeUpTo(Infinity)];
    }
    case "userStream": {
      const parts = [first, row(USER_MESSAGE_HEADER, decoded.header ?? {})];
      expect(toHex(reader.take(reader.available) as Uint8Array)).toBe(decoded.payload?.$hex);
      return [...parts, fromHex(decoded.payload?.$hex as string)];
    }
    default: {
      const type = STREAM_MESSAGES.find(({ prefix }) => prefix[0] === first[0]) as WireMessage;
      const message = reader.tryRead(
        (cursor) => type.read(cursor),
        MAX_STREAM_STRUCT_BYTES,
      ) as Message;
      expect(message.type).toBe(decoded.type);
      expectFields(message, decoded.fields ?? {});
      expect(reader.available).toBe(0);
      return [encode(type, message)];
    }
  }
}

function write<T>(field: Field<T>, value: T): Uint8Array {
  const writer = new Writer(new Uint8Array(field.sizeOf(value)));
  field.write(writer, value);
  expect(writer.at).toBe(writer.bytes.length);
  return writer.bytes;
}

describe.each([
  "serf094-plain.json",
  "serf094-plain-nocompress.json",
  "memberlist-ml022-plain.json",
  "memberlist-head-plain.json",
])("%s", (file) => {
  test.each(loadVectors(file).map((vector) => [vector.name, vector] as const))(
    "%s",
    (_, vector) => {
      if (vector.transport === "udp") checkPacket(vector);
      else for (const chunkBytes of [1, 7, 1 << 20]) checkStream(vector, chunkBytes);
    },
  );
});

interface SealedVector extends Vector {
  readonly encryptKeyBase64: string;
  /** Of a reply, which has no label header. */
  readonly aadLabel?: string;
}

interface SealedLayer extends Decoded {
  readonly nonce: string;
  readonly plaintextHex: string;
}

/** Opens a sealed packet, checks what is inside and seals it again to the same bytes. */
function checkSealedPacket({ hex, decoded, encryptKeyBase64 }: SealedVector): void {
  const layer = decoded.inner as SealedLayer;
  const rule = labelRule(decoded.label as string);
  const how = sealing([testKey(9), encryptKeyBase64]);
  const packet = packetEnvelope(how, rule).open(fromHex(hex));
  const inner = layer.inner as Decoded;
  const isChecked = inner.type === "hasCrc";
  const plainHex = isChecked ? layer.plaintextHex.slice(10) : layer.plaintextHex;
  expect(toHex(packet)).toBe(plainHex);
  checkPacket({ name: "inside", transport: "udp", hex: layer.plaintextHex, decoded: inner });
  const again = sealing([encryptKeyBase64], { nonces: givenNonces(layer.nonce) });
  expect(toHex(sealPacket(packetEnvelope(again, rule), packet, isChecked))).toBe(hex);
}

/** The same for one direction of a stream, said and heard in chunks. */
function checkSealedStream(vector: SealedVector, chunkBytes: number): void {
  const { hex, decoded, encryptKeyBase64, aadLabel } = vector;
  const isReply = aadLabel !== undefined;
  const layer = (isReply ? decoded : decoded.inner) as SealedLayer;
  const rule = labelRule(isReply ? aadLabel : (decoded.label as string));
  const reader = new StreamEnvelope(rule, sealing([testKey(9), encryptKeyBase64]));
  const heard = reader.begin(isReply ? "dialer" : "acceptor");
  const opened = [...chunked(fromHex(hex), [chunkBytes])].map((chunk) => heard.open(chunk));
  const plain = new Uint8Array(Buffer.concat(opened));
  expect(toHex(plain)).toBe(layer.plaintextHex);
  const inside = layer.inner as Decoded;
  checkStream({ name: "inside", transport: "tcp", hex: layer.plaintextHex, decoded: inside }, 7);
  const again = sealing([encryptKeyBase64], { nonces: givenNonces(layer.nonce) });
  const said = new StreamEnvelope(rule, again).begin(isReply ? "acceptor" : "dialer");
  const written = [...chunked(plain, [chunkBytes])].map((chunk) => said.seal(chunk) as Uint8Array);
  expect(toHex(Buffer.concat(written))).toBe(hex);
  expect(said.finish()).toHaveLength(0);
}

describe("labelled and encrypted traffic opens, and is sealed to the same bytes", () => {
  const vectors = loadVectors("memberlist-head-label-enc.json") as readonly SealedVector[];
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    if (vector.transport === "udp") checkSealedPacket(vector);
    else for (const chunkBytes of [1, 7, 1 << 20]) checkSealedStream(vector, chunkBytes);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))(
    "%s is refused by name without its key and label",
    (_, { transport, hex, aadLabel }) => {
      const bytes = fromHex(hex);
      const open = (): Uint8Array => {
        if (transport === "udp") return new PlainEnvelope(crc32).open(bytes);
        return new StreamEnvelope()
          .begin(aadLabel === undefined ? "acceptor" : "dialer")
          .open(bytes);
      };
      expect(refusal(open)).toBe(aadLabel === undefined ? "unexpectedLabel" : "encrypted");
    },
  );
});

/**
 * go-msgpack 2 writes non-negative signed integers above 127 in a signed form (`d1 01 2c` for 300), which
 * version 0.5.5 cannot have written and we do not write either; both read both.
 */
const SIGNED_FORMS = new Set(["msgpack2.1.5 pushPullHeader"]);

const STRUCTS: Readonly<Record<string, Field<object>>> = {
  pushPullHeader: PUSH_PULL_HEADER as Field<object>,
  "pushNodeState-left": PUSH_NODE_STATE as Field<object>,
  userMsgHeader: USER_MESSAGE_HEADER as Field<object>,
};

describe("Go's encoders, message by message", () => {
  test.each(loadVectors("oracle-messages.json").map((vector) => [vector.name, vector] as const))(
    "%s",
    (name, { hex, decoded }) => {
      const bytes = fromHex(hex);
      if (decoded.raw === undefined) {
        checkMessage(bytes, decoded);
        return;
      }
      const field = STRUCTS[name.split(" ")[1] as string] as Field<object>;
      const reader = new StreamReader(MAX_STREAM_STRUCT_BYTES);
      reader.push(bytes.subarray(1));
      const value = reader.tryRead(
        (cursor) => field.read(cursor),
        MAX_STREAM_STRUCT_BYTES,
      ) as object;
      expectFields(value, rawFields(decoded.raw));
      const same = toHex(write(field, value)) === hex.slice(2);
      expect(same).toBe(!SIGNED_FORMS.has(name));
    },
  );
});

/** In `raw`, bytes are text of one character each. */
function rawFields(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bytes = new Set(["Addr", "Vsn", "Meta"]);
  const entries = Object.entries(raw).map(([name, value]) => {
    const isBytes = bytes.has(name) && typeof value === "string";
    return [name, isBytes ? { $hex: Buffer.from(value, "latin1").toString("hex") } : value];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}
