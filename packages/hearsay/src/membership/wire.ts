/**
 * memberlist's messages, field by field: what members say about each other.
 *
 *     packets   ping · indirect ping · ack · nack · suspect · alive · dead
 *     streams   ping · ack · err · push/pull (header, node rows, user state)
 *
 * Tables list the fields in the order of Go's declarations, which matters for peers that write structs as
 * arrays. Addresses stay raw bytes: memberlist takes the 4-byte and the 16-byte form of one IPv4 address
 * for two addresses.
 * @see docs/wire/memberlist.md
 * @module
 */
import {
  bool,
  bytes,
  fixedBytes,
  int,
  memberlistMessage,
  named,
  omittable,
  optionalFixedBytes,
  struct,
  text,
  TYPE_BYTE,
  uint16,
  uint32,
} from "../codec/index.ts";
import type { Field, WireMessage } from "../codec/index.ts";
import type { Incarnation, Message, MessageType, ProbeSeq } from "../kernel/index.ts";

/** Longest name of a node, in bytes of UTF-8. Serf's limit; memberlist has none. */
export const MAX_NAME_BYTES = 128;

/** Longest metadata that we take. Senders keep to 512, but Go's receivers do not insist. */
export const MAX_META_RECEIVED_BYTES = 2048;

/** Longest payload of an ack that we take. Serf's coordinates need about 130. */
export const MAX_ACK_PAYLOAD_BYTES = 2048;

/** Longest payload that an application may put on our own acks: a ping is small, its answer stays so. */
export const MAX_OWN_ACK_PAYLOAD_BYTES = 512;

/** Longest text of an error reply that we take. */
export const MAX_ERROR_BYTES = 1024;

/** Most nodes that one push/pull may announce; memberlist's own limit. */
export const MAX_PUSH_PULL_NODES = 1_048_576;

/** Largest user state of one push/pull; memberlist's own limit. */
export const MAX_USER_STATE_BYTES: number = 20 * 1024 * 1024;

/**
 * Length of the version vector: PMin, PMax, PCur, DMin, DMax, DCur. One to five bytes crash old peers, so
 * they are refused and never passed on; none at all is read as none.
 */
export const VERSION_BYTES = 6;

/** Are you there? Answered with an ack, or not at all when `node` is somebody else's name. */
export interface Ping extends Message {
  readonly type: "ping";
  readonly seq: ProbeSeq;
  /** Name of the node meant; empty means whoever is there. */
  readonly node: string;
  /** Where the ack goes, 4 or 16 bytes; empty means the sender of the datagram. */
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

/** Please ping `node` for me. */
export interface IndirectPing extends Message {
  readonly type: "indirectPing";
  readonly seq: ProbeSeq;
  /** Address of the node to ping: 4 or 16 bytes. */
  readonly target: Uint8Array;
  readonly port: number;
  readonly node: string;
  /** Whether a nack is wanted when no ack comes. */
  readonly nack: boolean;
  /** Where the answers go, 4 or 16 bytes; empty means the sender of the datagram. */
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

export interface Ack extends Message {
  readonly type: "ack";
  readonly seq: ProbeSeq;
  /** `undefined` is Go's nil. */
  readonly payload: Uint8Array | undefined;
}

/** A relay had no ack in time, but is alive itself. */
export interface Nack extends Message {
  readonly type: "nack";
  readonly seq: ProbeSeq;
}

export interface Suspect extends Message {
  readonly type: "suspect";
  readonly incarnation: Incarnation;
  readonly node: string;
  /** Who suspects. */
  readonly from: string;
}

/** `node === from` means that it left on purpose. */
export interface Dead extends Message {
  readonly type: "dead";
  readonly incarnation: Incarnation;
  readonly node: string;
  readonly from: string;
}

export interface Alive extends Message {
  readonly type: "alive";
  readonly incarnation: Incarnation;
  readonly node: string;
  /** 4 or 16 bytes. */
  readonly addr: Uint8Array;
  readonly port: number;
  /** `undefined` is Go's nil. */
  readonly meta: Uint8Array | undefined;
  /** Six bytes, or none from a peer that says nothing of its versions. */
  readonly versions: Uint8Array;
}

/** Why a stream was refused. */
export interface ErrorReply extends Message {
  readonly type: "err";
  readonly error: string;
}

export type MembershipMessage = Ping | IndirectPing | Ack | Nack | Suspect | Dead | Alive;

/** First byte of a push/pull, followed by this, `nodes` rows and `userStateBytes` of user state. */
export interface PushPullHeader {
  readonly nodes: number;
  readonly userStateBytes: number;
  /** Whether the dialer joins, rather than compares notes. */
  readonly join: boolean;
}

/** One node in a push/pull. */
export interface PushNodeState {
  readonly name: string;
  /** 4 or 16 bytes. */
  readonly addr: Uint8Array;
  readonly port: number;
  /** `undefined` is Go's nil. */
  readonly meta: Uint8Array | undefined;
  readonly incarnation: Incarnation;
  /** One of `NODE_STATE`, or what versions to come will add. */
  readonly state: number;
  /** Six bytes, or none from a peer that says nothing of its versions. */
  readonly versions: Uint8Array;
}

/** States of a node in a push/pull. `left` exists since memberlist 0.1.6. */
export const NODE_STATE = { alive: 0, suspect: 1, dead: 2, left: 3 } as const;

const SEQ = /* @__PURE__ */ uint32<ProbeSeq>();
const NAME = /* @__PURE__ */ text(MAX_NAME_BYTES);
const SOURCE = /* @__PURE__ */ optionalFixedBytes(4, 16);
const PORT = /* @__PURE__ */ uint16();
const PAYLOAD = /* @__PURE__ */ bytes(MAX_ACK_PAYLOAD_BYTES);

export const PING: WireMessage<Ping> = memberlistMessage<Ping>(
  TYPE_BYTE.ping,
  "ping",
  {
    seq: named("SeqNo", SEQ),
    node: named("Node", NAME),
    sourceAddr: omittable("SourceAddr", SOURCE),
    sourcePort: omittable("SourcePort", PORT),
    sourceNode: omittable("SourceNode", NAME),
  },
  sizeOfPing,
);

export const INDIRECT_PING: WireMessage<IndirectPing> = memberlistMessage<IndirectPing>(
  TYPE_BYTE.indirectPing,
  "indirectPing",
  {
    seq: named("SeqNo", uint32()),
    target: named("Target", fixedBytes(4, 16)),
    port: named("Port", uint16()),
    node: named("Node", text(MAX_NAME_BYTES)),
    nack: named("Nack", bool()),
    sourceAddr: omittable("SourceAddr", optionalFixedBytes(4, 16)),
    sourcePort: omittable("SourcePort", uint16()),
    sourceNode: omittable("SourceNode", text(MAX_NAME_BYTES)),
  },
);

export const ACK: WireMessage<Ack> = memberlistMessage<Ack>(
  TYPE_BYTE.ack,
  "ack",
  { seq: named("SeqNo", SEQ), payload: named("Payload", PAYLOAD) },
  sizeOfAck,
);

export const NACK: WireMessage<Nack> = memberlistMessage<Nack>(TYPE_BYTE.nack, "nack", {
  seq: named("SeqNo", uint32()),
});

export const SUSPECT: WireMessage<Suspect> = memberlistMessage<Suspect>(
  TYPE_BYTE.suspect,
  "suspect",
  {
    incarnation: named("Incarnation", uint32()),
    node: named("Node", text(MAX_NAME_BYTES)),
    from: named("From", text(MAX_NAME_BYTES)),
  },
);

export const DEAD: WireMessage<Dead> = memberlistMessage<Dead>(TYPE_BYTE.dead, "dead", {
  incarnation: named("Incarnation", uint32()),
  node: named("Node", text(MAX_NAME_BYTES)),
  from: named("From", text(MAX_NAME_BYTES)),
});

export const ALIVE: WireMessage<Alive> = memberlistMessage<Alive>(TYPE_BYTE.alive, "alive", {
  incarnation: named("Incarnation", uint32()),
  node: named("Node", text(MAX_NAME_BYTES)),
  addr: named("Addr", fixedBytes(4, 16)),
  port: named("Port", uint16()),
  meta: named("Meta", bytes(MAX_META_RECEIVED_BYTES)),
  versions: named("Vsn", optionalFixedBytes(VERSION_BYTES)),
});

/** Sent on streams alone, so it is none of `MEMBERSHIP_MESSAGES`. */
export const ERROR_REPLY: WireMessage<ErrorReply> = memberlistMessage<ErrorReply>(
  TYPE_BYTE.err,
  "err",
  {
    error: named("Error", text(MAX_ERROR_BYTES)),
  },
);

/** What membership sends and reads in packets. */
export const MEMBERSHIP_MESSAGES: readonly MessageType<MembershipMessage>[] = [
  PING,
  INDIRECT_PING,
  ACK,
  NACK,
  SUSPECT,
  DEAD,
  ALIVE,
];

export const PUSH_PULL_HEADER: Field<PushPullHeader> = struct<PushPullHeader>({
  nodes: named("Nodes", int(0, MAX_PUSH_PULL_NODES, "tooMany")),
  userStateBytes: named("UserStateLen", int(0, MAX_USER_STATE_BYTES, "tooLarge")),
  join: named("Join", bool()),
});

export const PUSH_NODE_STATE: Field<PushNodeState> = struct<PushNodeState>({
  name: named("Name", text(MAX_NAME_BYTES)),
  addr: named("Addr", fixedBytes(4, 16)),
  port: named("Port", uint16()),
  meta: named("Meta", bytes(MAX_META_RECEIVED_BYTES)),
  incarnation: named("Incarnation", uint32()),
  state: named("State", int(0, 0xff)),
  versions: named("Vsn", optionalFixedBytes(VERSION_BYTES)),
});

/** Most bytes that one of the structs above takes on a stream, unknown fields of later versions included. */
export const MAX_STREAM_STRUCT_BYTES = 4096;

/** First bytes of the streams that membership answers, once any compression has been taken off. */
export const MEMBERSHIP_STREAMS: readonly number[] = [TYPE_BYTE.ping, TYPE_BYTE.pushPull];

// A node at rest sends nothing but pings and acks. To count them by their tables was a twelfth of what that costs a
// simulated node: each field is of another kind, and is found by a name that the compiler does not know.

/** Of a type byte and the header of a map. */
const HEAD_BYTES = 2;

/** Bytes of a key: its name and a header. */
const SEQ_KEY = 1 + "SeqNo".length;
const NODE_KEY = 1 + "Node".length;
const SOURCE_KEY = 1 + "SourceAddr".length;
const PAYLOAD_KEY = 1 + "Payload".length;

function sizeOfPing({ seq, node, sourceAddr, sourcePort, sourceNode }: Ping): number {
  let size = HEAD_BYTES + SEQ_KEY + SEQ.sizeOf(seq) + NODE_KEY + NAME.sizeOf(node);
  // The names of all three are of one length.
  if (sourceAddr.length > 0) size += SOURCE_KEY + SOURCE.sizeOf(sourceAddr);
  if (sourcePort !== 0) size += SOURCE_KEY + PORT.sizeOf(sourcePort);
  if (sourceNode !== "") size += SOURCE_KEY + NAME.sizeOf(sourceNode);
  return size;
}

function sizeOfAck({ seq, payload }: Ack): number {
  return HEAD_BYTES + SEQ_KEY + SEQ.sizeOf(seq) + PAYLOAD_KEY + PAYLOAD.sizeOf(payload);
}
