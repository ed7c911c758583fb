import { expect, test } from "vitest";
import { addressBytes, NO_PEER, parseAddress } from "../kernel/index.ts";
import type { Address, ProbeSeq } from "../kernel/index.ts";
import { Hands } from "./test/hands.ts";

/** What `b` answers to a ping from this address. */
function answerOf(hands: Hands, from: Address) {
  const { membership, effects, peers, rng } = hands.node("b");
  effects.take();
  const message = {
    type: "ping",
    seq: 7 as ProbeSeq,
    node: "b",
    sourceAddr: addressBytes(from),
    sourcePort: 7946,
    sourceNode: "whoever",
  } as const;
  const peer = from === hands.node("a").address ? peers.at(from) : NO_PEER;
  const input = { type: "message", message, from, peer, carrier: "datagram" } as const;
  membership.handle(input, hands.now, rng, effects);
  return effects.take();
}

test("a payload on acks goes to members alone: strangers learn nothing, and forged packets grow no larger", () => {
  const hands = new Hands("ab");
  const { address } = hands.node("a");
  hands.command("b", { type: "join", id: 1, addresses: [address] });
  hands.exchange("b", 1, "a");
  const payload = Uint8Array.of(1, 2, 3);
  hands.command("b", { type: "setAckPayload", payload });
  expect(answerOf(hands, address)).toMatchObject([
    { type: "send", message: { type: "ack", seq: 7, payload } },
  ]);
  const stranger = parseAddress("192.0.2.9:7946");
  expect(answerOf(hands, stranger)).toMatchObject([
    { type: "sendTo", address: stranger, message: { type: "ack", seq: 7, payload: undefined } },
  ]);
});
