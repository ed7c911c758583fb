import { describe, expect, test } from "vitest";
import { decodeUtf8 } from "../codec/index.ts";
import { NodeMachine, PeerTable } from "../composition/index.ts";
import { Hand } from "../composition/test/hand.ts";
import { NO_CHANNELS, parseAddress, parseChannels } from "../kernel/index.ts";
import type { Command, NodeSignal, Tenant, TenantEffects, TenantInput } from "../kernel/index.ts";
import { NEVER } from "../kernel/index.ts";
import { Messaging } from "./messaging.ts";
import type { MessageEvent, SendOutcome } from "./events.ts";

/** Stands for whatever makes peers known: says what it is told to say, and gossips when told to. */
class Herald implements Tenant {
  readonly name = "herald";
  readonly wire = { messages: [] };
  readonly deadline = NEVER;

  handle(input: TenantInput, _now: unknown, _rng: unknown, effects: TenantEffects): void {
    if (input.type !== "command") return;
    const command = input.command as Command & { signal?: NodeSignal; peer?: never };
    if (command.signal !== undefined) effects.signal(command.signal);
    else effects.gossip(command.peer as never);
  }
}

/** Nodes 0..count-1, each knowing all others; `deaf` ones understand no channel. */
function cluster(count: number, options: { deaf?: number[]; config?: object } = {}) {
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  const addressOf = (i: number) => parseAddress(`10.0.0.${i + 1}:1`);
  const nodes = names.map((name, i) => {
    const peers = new PeerTable();
    const messaging = new Messaging({ name, epoch: 1, peers, ...options });
    const herald = new Herald();
    const machine = new NodeMachine({
      name,
      address: addressOf(i),
      peers,
      tenants: [messaging, herald],
    });
    return { name, peers, messaging, machine };
  });
  const hand = new Hand(...nodes.map(({ machine }) => machine));
  hand.start();
  const command = (i: number, tenant: string, value: object) => {
    hand.give(nodes[i]!.machine, { type: "command", tenant, command: value as Command });
  };
  for (const [i, node] of nodes.entries()) {
    for (const [j, name] of names.entries()) {
      if (i === j) continue;
      const peer = node.peers.intern(name, addressOf(j));
      node.peers.setChannels(peer, options.deaf?.includes(j) ? NO_CHANNELS : parseChannels("m"));
      command(i, "herald", { type: "say", signal: { type: "peerUp", peer } });
    }
  }
  const gossip = (i: number, j: number) => {
    command(i, "herald", { type: "gossip", peer: nodes[i]!.peers.at(addressOf(j)) });
  };
  const heard = (i: number) => {
    return hand.events
      .filter((row) => row.node === names[i] && row.event.type === "message")
      .map((row) => {
        const { from, carrier, payload } = row.event as MessageEvent;
        return `${carrier} from ${from}: ${decodeUtf8(payload)}`;
      });
  };
  const outcomes = (i: number) => {
    return hand.events
      .filter((row) => row.node === names[i] && row.event.type.startsWith("sen"))
      .map((row) => row.event as SendOutcome)
      .map((outcome) =>
        outcome.type === "sent" ? `${outcome.id} sent` : `${outcome.id} ${outcome.code}`,
      );
  };
  const send = (i: number, id: number, to: string, words: string, reliable: boolean) => {
    const payload = Uint8Array.from(words, (letter) => letter.charCodeAt(0));
    command(i, "messaging", { type: "send", id, to, payload, reliable });
  };
  const broadcast = (i: number, words: string) => {
    const payload = Uint8Array.from(words, (letter) => letter.charCodeAt(0));
    command(i, "messaging", { type: "broadcast", payload });
  };
  return { nodes, hand, send, broadcast, gossip, heard, outcomes, command };
}

describe("a message to one member", () => {
  test("goes by datagram, best effort", () => {
    const { send, heard, outcomes } = cluster(2);
    send(0, 7, "n1", "hello", false);
    expect(heard(1)).toEqual(["datagram from n0: hello"]);
    expect(outcomes(0)).toEqual(["7 sent"]);
  });

  test("goes by stream, and its sender learns that it was taken", () => {
    const { send, heard, outcomes, nodes } = cluster(2);
    send(0, 8, "n1", "x".repeat(5000), true);
    expect(heard(1)).toEqual([`stream from n0: ${"x".repeat(5000)}`]);
    expect(outcomes(0)).toEqual(["8 sent"]);
    for (const { machine } of nodes)
      expect(machine.stats()).toMatchObject({ streams: 0, drops: {} });
  });

  test("may be empty", () => {
    const { send, heard } = cluster(2);
    send(0, 1, "n1", "", false);
    send(0, 2, "n1", "", true);
    expect(heard(1)).toEqual(["datagram from n0: ", "stream from n0: "]);
  });

  test("to nobody, or to one that cannot read it, fails with a code", () => {
    const { send, outcomes } = cluster(3, { deaf: [2] });
    send(0, 1, "who", "?", false);
    send(0, 2, "n2", "?", true);
    expect(outcomes(0)).toEqual(["1 ERR_UNKNOWN_MEMBER", "2 ERR_PEER_INCAPABLE"]);
  });

  test("fails when the stream does", () => {
    const { hand, nodes, send, outcomes } = cluster(2);
    hand.hold = true;
    send(0, 1, "n1", "?", true);
    hand.waiting.length = 0;
    hand.hold = false;
    hand.run(20_000);
    expect(outcomes(0)).toEqual(["1 ERR_SEND"]);
    expect(nodes[0]!.machine.stats().streams).toBe(0);
  });

  test("waits for no more streams than the limit", () => {
    const { hand, send, outcomes } = cluster(2, { config: { maxReliableSends: 2 } });
    hand.hold = true;
    for (let id = 1; id <= 3; id++) send(0, id, "n1", "?", true);
    expect(outcomes(0)).toEqual(["3 ERR_QUEUE_FULL"]);
  });

  test("waits with no more bytes than the limit, and there is room again when they are gone", () => {
    const config = { reliableBytes: 4000, maxOutboundBytes: 5000 };
    const { hand, send, outcomes } = cluster(2, { config });
    hand.hold = true;
    send(0, 1, "n1", "x".repeat(3000), true);
    send(0, 2, "n1", "x".repeat(3000), true);
    send(0, 3, "n1", "x".repeat(2000), true);
    expect(outcomes(0)).toEqual(["2 ERR_QUEUE_FULL"]);
    hand.hold = false;
    hand.flush();
    send(0, 4, "n1", "x".repeat(3500), true);
    expect(outcomes(0).slice(1)).toEqual(["1 sent", "3 sent", "4 sent"]);
  });

  test("fits exactly up to the stated limits", () => {
    const { nodes, send, heard } = cluster(2);
    const { messaging } = nodes[0]!;
    send(0, 1, "n1", "x".repeat(messaging.maxSendBytes(false)), false);
    send(0, 2, "n1", "y".repeat(messaging.maxSendBytes(true)), true);
    expect(heard(1).map((line) => line.length)).toEqual([
      messaging.maxSendBytes(false) + "datagram from n0: ".length,
      messaging.maxSendBytes(true) + "stream from n0: ".length,
    ]);
  });
});

describe("a broadcast", () => {
  test("is handed over once and passed on once by each receiver", () => {
    const { broadcast, gossip, heard, nodes } = cluster(4);
    broadcast(0, "news");
    gossip(0, 1);
    gossip(0, 1);
    gossip(1, 2);
    gossip(2, 1);
    gossip(2, 3);
    for (const i of [1, 2, 3]) expect(heard(i)).toEqual(["broadcast from n0: news"]);
    expect(heard(0)).toEqual([]);
    expect(nodes[1]!.machine.stats().drops).toEqual({ repeatedBroadcast: 2 });
  });

  test("is sent on as often as the retransmit limit says, and no more", () => {
    const { broadcast, gossip, nodes } = cluster(3);
    broadcast(0, "news");
    // Three nodes: 4 * ceil(log10(4)) = 4.
    for (let i = 0; i < 10; i++) gossip(0, 1);
    expect(nodes[0]!.machine.stats().packetsSent).toBe(4);
  });

  test("waits in a queue with limits of its own, and what was sent most often makes room", () => {
    const config = { broadcastQueue: { maxMessages: 2, maxBytes: 1384 } };
    const { broadcast, gossip, heard, nodes } = cluster(3, { config });
    broadcast(0, "first");
    gossip(0, 1);
    broadcast(0, "second");
    broadcast(0, "third");
    const { queues } = nodes[0]!.machine.stats();
    expect(queues["messaging"]).toMatchObject({ messages: 2, dropped: 1 });
    gossip(0, 2);
    expect(heard(2).toSorted()).toEqual(["broadcast from n0: second", "broadcast from n0: third"]);
  });

  test("is not given to those who cannot read it", () => {
    const { broadcast, gossip, nodes } = cluster(3, { deaf: [2] });
    broadcast(0, "news");
    gossip(0, 2);
    expect(nodes[0]!.machine.stats().packetsSent).toBe(0);
  });

  test("of the largest size fits into a packet", () => {
    const { broadcast, gossip, heard, nodes } = cluster(2);
    broadcast(0, "z".repeat(nodes[0]!.messaging.maxBroadcastBytes));
    gossip(0, 1);
    expect(heard(1)).toHaveLength(1);
  });
});
