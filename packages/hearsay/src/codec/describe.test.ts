import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeAead } from "../node/index.ts";
import { DecodeError } from "../kernel/index.ts";
import { decodeTags } from "../membership/index.ts";
import { compress } from "./compress.ts";
import { DESCRIBED, describeStruct } from "./describe-struct.ts";
import type { DescribedTable } from "./describe-struct.ts";
import { describePacket, describeStream } from "./describe.ts";
import type { DescribeOptions } from "./describe.ts";
import { parseKey } from "./keyring.ts";
import { Reader } from "./reader.ts";
import { fromHex, loadVectors } from "./test/vectors.ts";
import type { Vector } from "./test/vectors.ts";

type Tree = { [name: string]: unknown };

interface DescribedVector extends Vector {
  readonly encryptKeyBase64?: string;
  readonly aadLabel?: string;
  readonly userPayload?: string;
}

function optionsOf({ encryptKeyBase64: base64, aadLabel }: DescribedVector): DescribeOptions {
  const keys = base64 === undefined ? [] : [{ base64, key: nodeAead.importKey(parseKey(base64)) }];
  return { keys, tagsOf: decodeTags, ...(aadLabel !== undefined && { label: aadLabel }) };
}

function described(vector: DescribedVector): Tree {
  const describeIt = vector.transport === "tcp" ? describeStream : describePacket;
  return JSON.parse(JSON.stringify(describeIt(fromHex(vector.hex), optionsOf(vector)))) as Tree;
}

/** Takes away what a reader of Serf's messages would say, and leaves a mark of what the bytes must begin with. */
function withoutSerf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSerf);
  if (typeof value !== "object" || value === null) return value;
  const { ackPayload: _ackPayload, serfMessage, ...rest } = value as Tree;
  const entries = Object.entries(rest).map(([name, inner]) => {
    const serf = inner as Tree | null;
    if (name === "userState" && serf?.["serf"] !== undefined) {
      return ["userState", { serfType: serf["typeByte"] }];
    }
    if (name !== "nodes") return [name, withoutSerf(inner)];
    const nodes = (inner as Tree[]).map(({ tags: _tags, ...node }) => node);
    return ["nodes", nodes];
  });
  const result = Object.fromEntries(entries) as Tree;
  if (serfMessage !== undefined)
    result["payload"] = { serfType: (serfMessage as Tree)["typeByte"] };
  return result;
}

/** The same mark, of the bytes that we have shown. */
function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  const mark = (bytes: unknown): Tree => ({
    serfType: Number.parseInt((bytes as { $hex: string }).$hex.slice(0, 2), 16),
  });
  const entries = Object.entries(value).map(([name, inner]) => {
    if (name === "userState") return [name, mark(inner)];
    const isUser = name === "payload" && (value as Tree)["type"] === "user";
    return [name, isUser ? mark(inner) : marked(inner)];
  });
  return Object.fromEntries(entries);
}

const OPAQUE = [
  "memberlist-head-label-enc.json",
  "memberlist-head-plain.json",
  "memberlist-ml022-plain.json",
  "oracle-messages.json",
].flatMap((file) => loadVectors(file) as DescribedVector[]);

const SERF = ["serf094-plain.json", "serf094-plain-nocompress.json"].flatMap(
  (file) => loadVectors(file) as DescribedVector[],
);

const isWhole = ({ decoded }: DescribedVector): boolean => decoded.typeByteOnWire === undefined;

describe("recorded traffic of Go's peers", () => {
  it.each(OPAQUE.filter(isWhole).map((vector) => [vector.name, vector] as const))(
    "%s",
    (_, vector) => {
      expect(described(vector)).toEqual(vector.decoded);
      expect(JSON.stringify(orders(described(vector)))).toBe(
        JSON.stringify(orders(vector.decoded)),
      );
    },
  );

  it.each(SERF.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    expect(marked(described(vector))).toEqual(withoutSerf(vector.decoded));
  });

  it("heads of streams, under the names that they have", () => {
    const tables: Record<string, DescribedTable> = {
      pushPullHeader: DESCRIBED.pushPullHeader,
      "pushNodeState-left": DESCRIBED.nodeState,
      userMsgHeader: DESCRIBED.userHeader,
    };
    const heads = OPAQUE.filter((vector) => !isWhole(vector));
    expect(heads).toHaveLength(6);
    for (const { name, hex, decoded } of heads) {
      const table = tables[name.split(" ")[1] ?? ""] as DescribedTable;
      const { keyOrder, fields, raw } = describeStruct(new Reader(fromHex(hex), 1), table);
      expect(keyOrder).toEqual((decoded as Tree)["keyOrder"]);
      const plain = Object.entries(fields).map(([field, value]) => {
        const bytes = raw.get(field);
        return [field, bytes === undefined ? value : String.fromCharCode(...bytes)];
      });
      expect(Object.fromEntries(plain)).toEqual(decoded.raw);
    }
  });

  it("sealed payloads are opened, whatever is in them", () => {
    for (const vector of loadVectors("oracle-encrypt.json") as (DescribedVector & {
      aadHex: string;
      plainHex: string;
    })[]) {
      const aadLabel = Buffer.from(vector.aadHex, "hex").toString();
      const options = optionsOf(aadLabel === "" ? vector : { ...vector, aadLabel });
      // Their plaintext is no message: that it is refused as one shows that it was opened.
      const reason = reasonOf(() => describePacket(fromHex(vector.hex), options));
      expect(reason).not.toBe("undecryptable");
      expect(reason === "empty").toBe(vector.plainHex === "");
    }
  });
});

/** The order of every layer's parts. */
function orders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(orders);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).map(([name, inner]) => [name, orders(inner)]);
}

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
  return undefined;
}

const packet = (hex: string, options?: DescribeOptions) => describePacket(fromHex(hex), options);

describe("what peers may send", () => {
  it("a struct as an array gets the names of its fields", () => {
    expect(packet("0092 07 a1 6e".replaceAll(" ", ""))).toEqual({
      type: "ping",
      typeByte: 0,
      keyOrder: ["SeqNo", "Node"],
      fields: { SeqNo: 7, Node: "n" },
    });
  });

  it("fields that nobody knows are shown, whatever they are named", () => {
    const proto = "a95f5f70726f746f5f5f";
    const fields = (
      packet(`0b83${proto}82a16101a16292c3c4010aa178cfffffffffffffffffa17ac0`) as Tree
    )["fields"];
    const own = Object.getOwnPropertyDescriptor(fields, "__proto__")?.value as unknown;
    expect(own).toEqual({ a: 1, b: [true, { $hex: "0a" }] });
    expect(fields).toMatchObject({ x: "18446744073709551615", z: null });
  });

  it("text that is none is shown as bytes", () => {
    expect((packet("0081a44e6f6465a1ff") as Tree)["fields"]).toEqual({ Node: { $hex: "ff" } });
  });

  it("a packet that a key does not open may be plain", () => {
    const ping = OPAQUE.find(({ name }) => name === "msgpack0.5.5 ping-full");
    const options = optionsOf({ ...(ping as DescribedVector), encryptKeyBase64: KEY });
    expect(packet(ping?.hex ?? "", options)).toEqual(ping?.decoded);
  });
});

const KEY = "EREREREREREREREREREREQ==";
const SEALED = OPAQUE[0] as DescribedVector;

describe("what is refused", () => {
  it.each([
    ["", "empty"],
    ["f4", "truncated"],
    ["f400", "malformed"],
    ["0c00", "truncated"],
    ["0c00000000", "empty"],
    ["0c0000000000", "badChecksum"],
    ["07", "truncated"],
    ["0700", "empty"],
    ["07010000", "empty"],
    ["0701000502", "truncated"],
    ["06", "misplacedType"],
    ["0a", "misplacedType"],
    ["ff", "unknownType"],
    ["0982a4416c676f01a3427566a3000302", "unsupported"],
    ["0982a4416c676f00a3427566a3000302", "empty"],
    ["0982a4416c676f00a3427566a20003", "badCompression"],
    ["0481a356736ea3010502", "malformed"],
    ["0081a55365714e6fcb3ff0000000000000", "malformed"],
    ["0081a55365714e6fcf0000000100000000", "outOfRange"],
  ])("packet %o: %s", (hex, reason) => {
    expect(reasonOf(() => packet(hex))).toBe(reason);
  });

  it.each([
    ["03", "misplacedType"],
    ["0a0000", "truncated"],
    ["0a01400001", "tooLarge"],
    ["0a0000001d", "truncated"],
    ["0683a44a6f696ec3a54e6f646573ce00100001ac5573657253746174654c656e00", "tooMany"],
    ["0683a44a6f696ec3a54e6f64657305ac5573657253746174654c656e00", "truncated"],
    ["0683a44a6f696ec3a54e6f64657300ac5573657253746174654c656e05", "truncated"],
    ["0881aa557365724d73674c656e0b", "truncated"],
  ])("stream %o: %s", (hex, reason) => {
    expect(reasonOf(() => describeStream(fromHex(hex)))).toBe(reason);
  });

  it("a second compression on a stream", () => {
    const twice = compress(compress(fromHex("0081a55365714e6f07")));
    expect(reasonOf(() => describeStream(twice))).toBe("misplacedType");
  });

  it("what is encrypted, without its key or with another label", () => {
    const bytes = fromHex(SEALED.hex);
    const wrong = optionsOf({ ...SEALED, encryptKeyBase64: "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(reasonOf(() => describePacket(bytes))).toBe("encrypted");
    expect(reasonOf(() => describePacket(bytes, wrong))).toBe("undecryptable");
    expect(reasonOf(() => describePacket(bytes, { label: "dc2" }))).toBe("wrongLabel");
  });
});

it("hostile bytes are described or refused, and nothing else happens", () => {
  const seeds = [...OPAQUE, ...SERF].map(({ hex }) => fromHex(hex));
  const options = optionsOf(SEALED);
  const broken = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.nat(),
    )
    .map(([seed, changes, end]) => {
      const bytes = seed.slice(0, 1 + (end % (2 * seed.length)));
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
      for (const describeIt of [describePacket, describeStream]) {
        reasonOf(() => JSON.stringify(describeIt(bytes, options)));
      }
    }),
    { numRuns: 3000 },
  );
});
