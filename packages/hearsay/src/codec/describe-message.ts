/**
 * Messages and the layers between them in JSON: the part of `describe.ts` inside checksum and encryption.
 * @module
 */
import { DecodeError } from "../kernel/index.ts";
import { checkAlgorithm } from "./compress.ts";
import { DESCRIBED, describeStruct } from "./describe-struct.ts";
import type { DescribedName, DescribedStruct } from "./describe-struct.ts";
import { describeBytes } from "./describe-value.ts";
import type { Description } from "./describe-value.ts";
import { NO_BYTES } from "./field.ts";
import { DEFAULT_LAYER_LIMITS } from "./layers.ts";
import { decodeLzw } from "./lzw.ts";
import { Reader } from "./reader.ts";
import { MAX_INFLATED_STREAM_BYTES } from "./stream-inflater.ts";
import { TYPE_BYTE } from "./type-byte.ts";

/** The tags in a member's metadata. */
export type TagsOf = (meta: Uint8Array) => ReadonlyMap<string, string>;

/** Members that one push/pull may announce; memberlist's own limit. */
const MAX_NODES = 1_048_576;

/** Messages that are one struct. */
const STRUCTS: ReadonlyMap<number, DescribedName> = new Map<number, DescribedName>([
  [TYPE_BYTE.ping, "ping"],
  [TYPE_BYTE.indirectPing, "indirectPing"],
  [TYPE_BYTE.ack, "ack"],
  [TYPE_BYTE.suspect, "suspect"],
  [TYPE_BYTE.alive, "alive"],
  [TYPE_BYTE.dead, "dead"],
  [TYPE_BYTE.nack, "nack"],
  // Answered on streams alone, but it can be told in a packet, too.
  [TYPE_BYTE.err, "err"],
]);

const STREAM_STRUCTS: ReadonlySet<number> = new Set<number>([
  TYPE_BYTE.ping,
  TYPE_BYTE.ack,
  TYPE_BYTE.err,
]);

const MISPLACED: ReadonlySet<number | undefined> = new Set<number>(Object.values(TYPE_BYTE));

/**
 * A packet whose checksum is off.
 * @throws DecodeError
 */
export function describeMessage(packet: Uint8Array, tagsOf: TagsOf | undefined): Description {
  return new PacketDescriber(tagsOf).describe(packet, 0);
}

/**
 * What a stream carries when it is decrypted.
 * @throws DecodeError
 */
export function describeStreamMessage(
  bytes: Uint8Array,
  tagsOf: TagsOf | undefined,
  mayCompress = true,
): Description {
  const type = bytes[0];
  const reader = new Reader(bytes, 1);
  if (type === undefined) throw new DecodeError("empty", "a message of no bytes");
  if (type === TYPE_BYTE.pushPull) return describePushPull(reader);
  if (type === TYPE_BYTE.user) return describeUserStream(reader);
  if (type === TYPE_BYTE.compress && mayCompress) {
    const { plain, layer } = describeCompressed(reader, MAX_INFLATED_STREAM_BYTES);
    return { ...layer, inner: describeStreamMessage(plain, tagsOf, false) };
  }
  if (STREAM_STRUCTS.has(type)) return describeStructMessage(type, reader, tagsOf);
  throw misplaced(type, "a stream");
}

class PacketDescriber {
  readonly #tagsOf: TagsOf | undefined;
  #messagesLeft = DEFAULT_LAYER_LIMITS.messages;
  #inflatedLeft = DEFAULT_LAYER_LIMITS.inflatedBytes;

  constructor(tagsOf: TagsOf | undefined) {
    this.#tagsOf = tagsOf;
  }

  describe(bytes: Uint8Array, depth: number): Description {
    const type = bytes[0];
    const reader = new Reader(bytes, 1);
    if (type === undefined) throw new DecodeError("empty", "a message of no bytes");
    if (type === TYPE_BYTE.compound || type === TYPE_BYTE.compress) {
      if (depth >= DEFAULT_LAYER_LIMITS.depth) {
        throw new DecodeError("tooDeep", `more than ${DEFAULT_LAYER_LIMITS.depth} layers`);
      }
      if (type === TYPE_BYTE.compound) return this.#describeCompound(reader, depth + 1);
      const { plain, layer } = describeCompressed(reader, this.#inflatedLeft);
      this.#inflatedLeft -= plain.length;
      return { ...layer, inner: this.describe(plain, depth + 1) };
    }
    if (this.#messagesLeft-- === 0) {
      throw new DecodeError("tooMany", `more than ${DEFAULT_LAYER_LIMITS.messages} messages`);
    }
    if (type === TYPE_BYTE.user) {
      return { type: "user", typeByte: type, payload: describeBytes(reader.view(reader.left)) };
    }
    if (STRUCTS.has(type)) return describeStructMessage(type, reader, this.#tagsOf);
    throw misplaced(type, "a packet");
  }

  #describeCompound(reader: Reader, depth: number): Description {
    const count = reader.uint8();
    if (count === 0) throw new DecodeError("empty", "a compound of no messages");
    const lengths = Array.from({ length: count }, () => reader.uint16());
    const parts = lengths.map((length) => this.describe(reader.view(length), depth));
    return { type: "compound", typeByte: TYPE_BYTE.compound, count, lengths, parts };
  }
}

function describeStructMessage(
  type: number,
  reader: Reader,
  tagsOf: TagsOf | undefined,
): Description {
  const name = STRUCTS.get(type) as DescribedName;
  const struct = describeStruct(reader, DESCRIBED[name]);
  const { keyOrder, fields } = struct;
  const tags = name === "alive" ? describeTags(struct, tagsOf) : undefined;
  return { type: name, typeByte: type, keyOrder, fields, ...(tags !== undefined && { tags }) };
}

function describeTags(
  { raw }: DescribedStruct,
  tagsOf: TagsOf | undefined,
): Description | undefined {
  const meta = raw.get("Meta");
  if (meta === undefined || tagsOf === undefined) return undefined;
  try {
    return Object.fromEntries(tagsOf(meta));
  } catch (error) {
    // Metadata of another application: shown as bytes, and that is all that is known of it.
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function describeCompressed(
  reader: Reader,
  maxBytes: number,
): { plain: Uint8Array; layer: Description } {
  const { keyOrder, fields, raw } = describeStruct(reader, DESCRIBED.compress);
  const algorithm = (fields["Algo"] ?? 0) as number;
  checkAlgorithm(algorithm);
  const body = raw.get("Buf") ?? NO_BYTES;
  const plain = decodeLzw(body, 0, body.length, maxBytes);
  if (plain.length === 0) {
    throw new DecodeError("empty", "compression of nothing, which crashes old peers");
  }
  const layer = {
    type: "compress",
    typeByte: TYPE_BYTE.compress,
    keyOrder,
    Algo: algorithm,
    compressedLen: body.length,
    uncompressedLen: plain.length,
    // The first code, nine bits from the least significant on, is 256.
    startsWithClearCode: body[0] === 0 && ((body[1] ?? 0) & 1) === 1,
  };
  return { plain, layer };
}

function describePushPull(reader: Reader): Description {
  const { keyOrder: headerKeyOrder, fields: header } = describeStruct(
    reader,
    DESCRIBED.pushPullHeader,
  );
  const count = (header["Nodes"] ?? 0) as number;
  if (count > MAX_NODES) {
    throw new DecodeError("tooMany", `${count} nodes, the limit is ${MAX_NODES}`);
  }
  // A node takes a byte at least.
  reader.need(count);
  let nodeKeyOrder: readonly string[] = [];
  const nodes: Description[] = [];
  while (nodes.length < count) {
    const { keyOrder, fields } = describeStruct(reader, DESCRIBED.nodeState);
    if (nodes.length === 0) nodeKeyOrder = keyOrder;
    nodes.push(fields);
  }
  const userState = describeBytes(reader.view((header["UserStateLen"] ?? 0) as number));
  const about = { type: "pushPull", typeByte: TYPE_BYTE.pushPull };
  return { ...about, headerKeyOrder, header, nodeKeyOrder, nodes, userState };
}

function describeUserStream(reader: Reader): Description {
  const { fields: header } = describeStruct(reader, DESCRIBED.userHeader);
  const payload = describeBytes(reader.view((header["UserMsgLen"] ?? 0) as number));
  return { type: "userStream", typeByte: TYPE_BYTE.user, header, payload };
}

function misplaced(type: number, place: string): DecodeError {
  if (!MISPLACED.has(type))
    return new DecodeError("unknownType", `no message has the type ${type}`);
  return new DecodeError("misplacedType", `type ${type} has no place here in ${place}`);
}
