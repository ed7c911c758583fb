/**
 * A whole node with every tenant: a copy of one that stands in a talk with two others takes the input, and some seconds
 * go by. It must still be the member that it was, send no flood, and be as ready as before.
 * @module
 */
import type { NodeEffect, NodeInput } from "hearsay/composition";
import type { Address, Instant, StreamId } from "hearsay/kernel";
import { STREAM_BOMBS } from "../bombs.ts";
import { conversation, HOUSE } from "../conversation.ts";
import { House } from "../house.ts";
import { promise } from "../target.ts";
import type { Target } from "../target.ts";
import { vectors } from "../vectors.ts";
import { packetSeeds, pieces } from "./codec-targets.ts";

const MEMBER = "10.0.0.2:7946" as Address;
const STRANGER = "192.0.2.7:4711" as Address;

/** Of a stream that nobody has opened yet. */
const STREAM = -1_000_000 as StreamId;

/** Packets that one input of at most 64 KiB may cause at once: its messages are at most so many. */
const MAX_ANSWERS = 1100;
/** What is due soon comes to pass: acks, gossip, probes, relays. */
const STEPS = 12;

function visited(from: Address, inputs: (from: Address) => Iterable<NodeInput>): void {
  const { house: saved, now } = conversation();
  const house = new House(HOUSE.name, HOUSE.address, now);
  house.restore(saved);
  let answers = 0;
  const tell = (input: NodeInput): void => {
    for (const effect of house.handle(input)) if (isPacket(effect)) answers++;
  };
  const incarnation = house.membership.incarnation;
  for (const input of inputs(from)) tell(input);
  promise(answers <= MAX_ANSWERS, `${answers} packets about one input`);
  for (let step = 0; step < STEPS; step++) {
    const { deadline } = house.machine;
    promise(!Number.isNaN(deadline), "the next deadline is a time");
    house.now = Math.max(house.now, deadline) as Instant;
    tell({ type: "timeout" });
  }
  const { membership, machine } = house;
  promise(membership.state === "alive", "it still takes itself to be alive");
  promise(membership.incarnation >= incarnation, "its incarnation never goes back");
  promise(membership.aliveCount <= membership.memberCount, "its counts agree");
  promise(machine.stats().streams <= 64, "streams are let go");
}

function isPacket({ type }: NodeEffect): boolean {
  return type === "datagram";
}

const packets: Target = {
  name: "node-packets",
  reads: "datagrams, from a member and from a stranger",
  shape: "packet",
  seeds: packetSeeds,
  run(input) {
    for (const from of [MEMBER, STRANGER]) {
      visited(from, () => [{ type: "datagram", from, bytes: input }]);
    }
  },
};

function* stream(from: Address, input: Uint8Array, ends: boolean): Generator<NodeInput> {
  yield { type: "accepted", stream: STREAM, from };
  for (const piece of pieces(input)) yield { type: "chunk", stream: STREAM, bytes: piece };
  if (ends) yield { type: "ended", stream: STREAM };
  else yield { type: "failed", stream: STREAM, reason: "reset" };
}

const streams: Target = {
  name: "node-streams",
  reads: "streams: states, exchanges, links and their frames",
  shape: "packet",
  maxBytes: 96 << 20,
  seeds: () => [...STREAM_BOMBS, ...vectors("tcp"), ...conversation().streams],
  run(input) {
    visited(MEMBER, (from) => stream(from, input, true));
    visited(STRANGER, (from) => stream(from, input, false));
  },
};

/** Room for the length in front of a frame. */
const FRAME_HEADER_BYTES = 4;

function* framed(link: StreamId, input: Uint8Array): Generator<NodeInput> {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + input.length);
  new DataView(frame.buffer).setUint32(0, input.length);
  frame.set(input, FRAME_HEADER_BYTES);
  for (const piece of pieces(frame)) yield { type: "chunk", stream: link, bytes: piece };
}

const links: Target = {
  name: "node-links",
  reads: "messages on the link that a member has with it",
  shape: "packet",
  seeds: packetSeeds,
  run(input) {
    const link = conversation().house.node.links.links.find(({ up }) => up);
    promise(link !== undefined, "the houses keep a link");
    visited(MEMBER, () => framed(link.stream, input));
  },
};

export const NODE_TARGETS: readonly Target[] = [packets, streams, links];
