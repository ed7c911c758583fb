/**
 * Decoders alone: what is read must be written back as the same, and what comes in pieces read as the whole.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import {
  bool,
  DEFAULT_LAYER_LIMITS,
  describePacket,
  describeStream,
  float64,
  int,
  Reader,
  readLayers,
  StreamInflater,
  text,
  Writer,
} from "hearsay/codec";
import type { Field } from "hearsay/codec";
import {
  contextField,
  deltaField,
  HybridClock,
  ORMap,
  ORSet,
  PNCounter,
  resolveCrdtLimits,
  siblingField,
} from "hearsay/crdt";
import type { Delta, Sibling } from "hearsay/crdt";
import type { Instant, Message, MessageType } from "hearsay/kernel";
import { PACKET_BOMBS, STREAM_BOMBS } from "../bombs.ts";
import { conversation, HOUSE } from "../conversation.ts";
import { House } from "../house.ts";
import { messageExamples } from "../message-examples.ts";
import { once } from "../once.ts";
import { promise, reasonOf } from "../target.ts";
import type { Target } from "../target.ts";
import { vectors } from "../vectors.ts";

export const packetSeeds = (): Uint8Array[] => {
  return [...PACKET_BOMBS, ...vectors("udp"), ...messageExamples(), ...conversation().packets];
};

const packet: Target = {
  name: "packet",
  reads: "the layers of a packet, and every message of every protocol",
  shape: "packet",
  seeds: packetSeeds,
  run(input) {
    let count = 0;
    readLayers(input, DEFAULT_LAYER_LIMITS, {
      message(bytes, start, end) {
        count++;
        readMessage(bytes, start, end);
      },
      drop: () => {},
    });
    promise(count <= DEFAULT_LAYER_LIMITS.messages, `${count} messages in one packet`);
  },
};

/** Key: the prefix, as text. */
const messageTypes = once(() => {
  const { messages } = new House(HOUSE.name, HOUSE.address, 0 as Instant);
  return new Map<string, MessageType>(messages.map((type) => [type.prefix.join(), type]));
});

function readMessage(bytes: Uint8Array, start: number, end: number): void {
  const types = messageTypes();
  const type = types.get(`${bytes[start]}`) ?? types.get(bytes.subarray(start, start + 3).join());
  if (type === undefined) return;
  let message: Message | undefined;
  const reason = reasonOf(() => {
    message = type.decode(bytes, start + type.prefix.length, end);
  });
  if (reason !== undefined || message === undefined) return;
  const size = type.sizeOf(message);
  const again = new Uint8Array(size);
  promise(type.encodeInto(message, again, 0) === size, `${type.type} is as large as it says`);
  const back = type.decode(again, type.prefix.length, size);
  promise(isDeepStrictEqual(back, message), `${type.type} is the same when it is read again`);
}

const description: Target = {
  name: "decode",
  reads: "what `hearsay decode` shows of a packet and of a stream",
  shape: "packet",
  seeds: () => [...packetSeeds(), ...STREAM_BOMBS, ...vectors("tcp")],
  run(input) {
    for (const describe of [describePacket, describeStream]) {
      reasonOf(() => JSON.stringify(describe(input)));
    }
  },
};

/** Sizes of pieces, in turn. */
const PIECES = [1, 2, 3, 5, 64, 1000];

/** `bytes` cut up; the first byte of it says where to begin in the list of sizes. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  let turn = bytes[0] ?? 0;
  for (let at = 0; at < bytes.length;) {
    const end = at + (PIECES[turn++ % PIECES.length] as number);
    yield bytes.subarray(at, end);
    at = end;
  }
}

const inflater: Target = {
  name: "inflater",
  reads: "a compressed stream, whole and in pieces",
  shape: "packet",
  seeds: () =>
    [...PACKET_BOMBS, ...vectors("tcp"), ...vectors("udp")].filter(([first]) => first === 9),
  maxBytes: 64 << 20,
  run(input) {
    const whole = inflated([input]);
    const inPieces = inflated(pieces(input));
    promise(whole.reason === inPieces.reason, `${whole.reason} as ${inPieces.reason} in pieces`);
    if (whole.reason !== undefined) return;
    promise(isDeepStrictEqual(whole.plain, inPieces.plain), "pieces make what the whole makes");
  },
};

function inflated(chunks: Iterable<Uint8Array>): { reason: string | undefined; plain: Buffer } {
  const reader = new StreamInflater();
  const plain: Uint8Array[] = [];
  const reason = reasonOf(() => {
    for (const chunk of chunks) reader.push(chunk, (part) => plain.push(part));
  });
  return { reason, plain: Buffer.concat(plain) };
}

const LIMITS = resolveCrdtLimits({ maxEntries: 64, maxReplicas: 8, maxRuns: 16, maxDeltaRows: 32 });

const FIELDS: readonly Field<unknown>[] = [
  contextField(LIMITS),
  deltaField(bool, LIMITS),
  deltaField(() => int(), LIMITS),
  deltaField(() => float64(), LIMITS),
  deltaField(text, LIMITS),
  deltaField(siblingField(text), LIMITS),
] as unknown as readonly Field<unknown>[];

const WALL_MS = 1_700_000_000_000;

function kept(replica: string): ORMap<string> {
  return new ORMap({ replica, limits: LIMITS, clock: new HybridClock(), value: text });
}

/** What two have set without knowing of each other, and a third has deleted in part. */
function siblings(): Delta<Sibling<string>> {
  const [ann, bob, cee] = ["ann", "bob", "cee"].map(kept) as [
    ORMap<string>,
    ORMap<string>,
    ORMap<string>,
  ];
  cee.merge(ann.set("x", "1", WALL_MS), WALL_MS);
  cee.delete("x", WALL_MS);
  cee.merge(bob.set("x", "2", WALL_MS), WALL_MS);
  cee.merge(bob.set("y", "3", WALL_MS), WALL_MS);
  cee.set("y", "4", WALL_MS);
  return cee.save();
}

/** Whatever it is told, being told it twice changes nothing, and what is set then is there. */
const merging: Target = {
  name: "observed-remove",
  reads: "deltas of maps that keep what is set at once, merged",
  shape: "packet",
  seeds: () => [written(FIELDS.at(-1) as Field<unknown>, siblings())],
  run(input) {
    let delta: Delta<Sibling<string>> | undefined;
    const field = FIELDS.at(-1) as Field<Delta<Sibling<string>>>;
    reasonOf(() => void (delta = field.read(new Reader(input, 1, input.length))));
    if (delta === undefined) return;
    const [ann, bob] = [kept("ann"), kept("bob")];
    const { refused } = ann.merge(delta, WALL_MS);
    bob.merge(delta, WALL_MS);
    bob.merge(delta, WALL_MS);
    // What was refused is believed the second time, where its dot was told twice by one who lies.
    promise(refused > 0 || isDeepStrictEqual(bob.save(), ann.save()), "twice is once");
    const again = kept("cee");
    again.merge(ann.save(), WALL_MS);
    const [one, other] = [ann, again].map((map) => [...map.keys()].sort());
    promise(isDeepStrictEqual(one, other), "what one tells, another has");
    if (ann.size === LIMITS.maxEntries) return;
    const known = ann.values("x").length > 0 || ann.save().rows.length < LIMITS.maxEntries;
    if (!known) return;
    ann.set("x", "mine", WALL_MS);
    promise(isDeepStrictEqual(ann.values("x"), ["mine"]), "what is set is there, alone");
  },
};

const replicated: Target = {
  name: "crdt",
  reads: "contexts and deltas of replicated values",
  shape: "packet",
  seeds() {
    const set = new ORSet({ replica: "ann" });
    for (const element of ["x", "y", "z"]) set.add(element);
    set.delete("y");
    const counter = new PNCounter({ replica: "bob" });
    counter.increment(3);
    counter.decrement(1);
    const [context, flags, counts] = FIELDS as [Field<unknown>, Field<unknown>, Field<unknown>];
    // Behind a byte, as if it were the type of a message.
    return [
      written(context, set.context()),
      written(flags, set.save()),
      written(counts, counter.save()),
    ];
  },
  run(input) {
    for (const field of FIELDS) {
      let value: unknown;
      const read = (bytes: Uint8Array) => field.read(new Reader(bytes, 1, bytes.length));
      if (reasonOf(() => void (value = read(input))) !== undefined) continue;
      promise(
        isDeepStrictEqual(read(written(field, value)), value),
        "it is the same when it is read again",
      );
    }
  },
};

function written(field: Field<unknown>, value: unknown): Uint8Array {
  const bytes = new Uint8Array(1 + field.sizeOf(value));
  field.write(new Writer(bytes, 1), value);
  return bytes;
}

export const CODEC_TARGETS: readonly Target[] = [
  packet,
  description,
  inflater,
  replicated,
  merging,
];
