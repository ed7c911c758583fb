/**
 * One message of each type that healthy nodes hardly ever say, so that the decoder of every type has something to begin with.
 *
 *     what three houses say in six calm seconds  ┐
 *     what stands here: deaths, refusals, repair ┴─▶ all types that there are (`fuzz.test.ts` holds that)
 *
 * @module
 */
import { encode } from "hearsay/kernel";
import type { Instant, Message, MessageType } from "hearsay/kernel";
import { HOUSE } from "./conversation.ts";
import { House } from "./house.ts";
import { once } from "./once.ts";

const publication = { origin: "bob", epoch: 1_700_000_000, number: 2 };
const published = { ...publication, topic: "t", payload: Uint8Array.of(1, 2), hops: 1 };
const entry = { name: "eve", address: "10.0.0.3:7946" };
const source = {
  sourceAddr: Uint8Array.of(10, 0, 0, 2),
  sourcePort: 7946,
  sourceNode: "bob",
};
const target = { target: Uint8Array.of(10, 0, 0, 3), port: 7946, node: "eve" };
const accusation = { incarnation: 1_700_000_000, node: "eve", from: "bob" };

/** By type; letters where two channels have types of one name. */
const FIELDS: Readonly<Record<string, object>> = {
  indirectPing: { seq: 7, ...target, nack: true, ...source },
  nack: { seq: 7 },
  suspect: accusation,
  dead: accusation,
  neighbour: { priority: 1 },
  forwardJoin: { newcomer: entry, hops: 6 },
  shuffle: { origin: entry, hops: 6, entries: [entry] },
  shuffleReply: { entries: [entry, entry] },
  gossip: published,
  announce: { announcements: [{ ...publication, hops: 1 }] },
  graft: { wanted: publication },
  delta: { more: true, publications: [published] },
  flood: published,
  post: published,
  leaf: published,
  "a ack": { ids: [publication] },
  nak: { ids: [publication] },
  tail: publication,
  elsewhere: { aggregate: "load", epoch: 1, cycle: 3 },
};

/** Of all types but those that houses say without being asked. */
export const messageExamples: () => readonly Uint8Array[] = once(() => {
  const { messages } = new House(HOUSE.name, HOUSE.address, 0 as Instant);
  const isBare = (type: MessageType): boolean => BARE.has(type.type);
  return messages.flatMap((type) => {
    const fields = FIELDS[`${letterOf(type)} ${type.type}`] ?? FIELDS[type.type];
    if (fields === undefined && !isBare(type)) return [];
    try {
      return [encode(type, { type: type.type, ...fields } as Message)];
    } catch {
      // Another channel's type of the same name.
      return [];
    }
  });
});

/** Types without fields. */
const BARE: ReadonlySet<string> = new Set([
  "accepted",
  "refused",
  "disconnect",
  "beat",
  "prune",
  "call",
  "accept",
  "refuse",
]);

function letterOf({ prefix }: MessageType): string {
  return prefix[1] === undefined ? "" : String.fromCharCode(prefix[1]);
}
