import { describe, expect, test } from "vitest";
import { PeerTable } from "../../composition/index.ts";
import { encode, parseAddress, RecordedEffects, Sfc32 } from "../../kernel/index.ts";
import type {
  ChannelSet,
  Instant,
  NodeEvent,
  PeerId,
  TenantEffect,
  TenantInput,
} from "../../kernel/index.ts";
import type { Delivered, PublishCommand } from "../publication.ts";
import type { PlumtreeConfig } from "./config.ts";
import { Plumtree } from "./plumtree.ts";
import { GOSSIP, PLUMTREE_MESSAGES } from "./wire.ts";
import type { Announcement, Gossip, PlumtreeMessage } from "./wire.ts";

/** One node called `self` with neighbours by letter, and what it does. */
class Bench {
  readonly peers = new PeerTable();
  readonly machine: Plumtree;
  readonly #effects = new RecordedEffects<PlumtreeMessage>();
  readonly #rng = new Sfc32(1);
  now = 0 as Instant;

  constructor(neighbours: string, config: Partial<PlumtreeConfig> = {}) {
    this.machine = new Plumtree({ name: "self", epoch: 1, config });
    this.put({ type: "start", channels: 0 as ChannelSet });
    for (const name of neighbours) this.neighbour("neighbourUp", name);
  }

  put(input: TenantInput<PlumtreeMessage, PublishCommand>): string[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    return this.#effects.take().flatMap((effect) => this.#words(effect));
  }

  neighbour(type: "neighbourUp" | "neighbourDown", name: string): string[] {
    const peer = this.peer(name);
    return this.put({ type: "signal", signal: { type, peer, overlay: "hyparview" } });
  }

  hears(from: string, message: PlumtreeMessage): string[] {
    const peer = this.peer(from);
    const address = this.peers.addressOf(peer);
    return this.put({ type: "message", message, from: address, peer, carrier: "link" });
  }

  publish(text: string): string[] {
    const payload = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    return this.put({ type: "command", command: { type: "publish", topic: "t", payload } });
  }

  at(ms: number): string[] {
    this.now = ms as Instant;
    return this.put({ type: "timeout" });
  }

  peer(name: string): PeerId {
    return this.peers.intern(name, parseAddress(`10.0.0.${name.charCodeAt(0)}:7946`));
  }

  get eager(): string {
    return this.#names(this.machine.eager);
  }

  get lazy(): string {
    return this.#names(this.machine.lazy);
  }

  #names(peers: readonly PeerId[]): string {
    return peers
      .map((peer) => this.peers.nameOf(peer))
      .toSorted()
      .join("");
  }

  #words(effect: TenantEffect<PlumtreeMessage>): string[] {
    switch (effect.type) {
      case "sendLinked":
        return [`${this.peers.nameOf(effect.peer)}: ${words(effect.message)}`];
      case "notify":
        return [deliveredWords(effect.event)];
      case "drop":
        return [`drop ${effect.reason}`];
      default:
        return [];
    }
  }
}

function words(message: PlumtreeMessage): string {
  switch (message.type) {
    case "gossip":
      return `gossip ${message.origin}${message.number} at ${message.hops}`;
    case "announce":
      return `announce ${message.announcements.map((one) => `${one.origin}${one.number}`).join(" ")}`;
    case "graft":
      return message.wanted === undefined ? "graft" : `graft ${message.wanted.number}`;
    case "prune":
      return "prune";
  }
}

function deliveredWords(event: NodeEvent): string {
  const { topic, origin, number, hops } = event as Delivered;
  return `delivered ${topic} ${origin}${number} at ${hops}`;
}

function gossip(number: number, hops = 1, origin = "o"): Gossip {
  return { type: "gossip", origin, epoch: 1, number, topic: "t", hops, payload: new Uint8Array(9) };
}

function announce(number: number, hops = 1): PlumtreeMessage {
  const announcements: Announcement[] = [{ origin: "o", epoch: 1, number, hops }];
  return { type: "announce", announcements };
}

describe("a publication", () => {
  test("goes to all neighbours while the tree has not grown", () => {
    expect(new Bench("ab").publish("x")).toEqual([
      "delivered t self1 at 0",
      "a: gossip self1 at 1",
      "b: gossip self1 at 1",
    ]);
  });

  test("goes on to all but the one that it has come from", () => {
    expect(new Bench("abc").hears("b", gossip(1, 3))).toEqual([
      "delivered t o1 at 3",
      "a: gossip o1 at 4",
      "c: gossip o1 at 4",
    ]);
  });

  test("that comes twice is delivered once, and prunes the link that it came by", () => {
    const bench = new Bench("ab");
    bench.hears("a", gossip(1));
    expect(bench.hears("b", gossip(1))).toEqual(["drop repeated", "b: prune"]);
    expect([bench.eager, bench.lazy]).toEqual(["a", "b"]);
  });

  test("is announced on lazy links, sent on eager ones", () => {
    const bench = new Bench("abc");
    bench.hears("b", { type: "prune" });
    expect(bench.publish("x")).toEqual([
      "delivered t self1 at 0",
      "a: gossip self1 at 1",
      "b: announce self1",
      "c: gossip self1 at 1",
    ]);
  });

  test("makes the link that it came by eager again", () => {
    const bench = new Bench("ab");
    bench.hears("a", { type: "prune" });
    bench.hears("a", gossip(1));
    expect(bench.lazy).toBe("");
  });

  test("is taken from a link that is no neighbour's any more, which has no say in the tree", () => {
    const bench = new Bench("a");
    expect(bench.hears("z", gossip(1))).toEqual(["delivered t o1 at 1", "a: gossip o1 at 2"]);
    expect(bench.hears("z", { type: "graft", wanted: undefined })).toEqual(["drop notANeighbour"]);
  });
});

describe("an announcement", () => {
  test("of what does not come is grafted after a time, and its link is eager from then on", () => {
    const bench = new Bench("ab", { graftAfterMs: 100 });
    bench.hears("b", { type: "prune" });
    expect(bench.hears("b", announce(1))).toEqual([]);
    expect(bench.machine.deadline).toBe(100);
    expect(bench.at(99)).toEqual([]);
    expect(bench.at(100)).toEqual(["b: graft 1"]);
    expect(bench.lazy).toBe("");
  });

  test("of what comes by the tree is forgotten", () => {
    const bench = new Bench("ab", { graftAfterMs: 100 });
    bench.hears("b", announce(1));
    bench.hears("a", gossip(1));
    expect(bench.machine.deadline).toBe(Infinity);
    expect(bench.hears("b", announce(1))).toEqual([]);
    expect(bench.machine.deadline).toBe(Infinity);
  });

  test("is followed by the next when the first announcer does not answer, and given up after the last", () => {
    const bench = new Bench("abc", { graftAfterMs: 100, graftAgainMs: 10 });
    for (const name of ["c", "a", "c"]) bench.hears(name, announce(1));
    expect([100, 110, 120].map((ms) => bench.at(ms))).toEqual([["c: graft 1"], ["a: graft 1"], []]);
    expect(bench.machine.deadline).toBe(Infinity);
  });

  test("of a neighbour that is gone asks nobody", () => {
    const bench = new Bench("ab", { graftAfterMs: 100 });
    bench.hears("b", announce(1));
    bench.neighbour("neighbourDown", "b");
    expect(bench.at(100)).toEqual([]);
  });

  test("waits for others to the same neighbour, if told to", () => {
    const bench = new Bench("ab", { announceEveryMs: 50 });
    bench.hears("b", { type: "prune" });
    bench.publish("x");
    bench.publish("y");
    expect(bench.at(50)).toEqual(["b: announce self1 self2"]);
    expect(bench.machine.deadline).toBe(Infinity);
  });

  test("from much nearer changes the tree", () => {
    const bench = new Bench("ab", { optimizeHops: 3 });
    bench.hears("b", { type: "prune" });
    bench.hears("b", announce(1, 2));
    expect(bench.hears("a", gossip(1, 5)).slice(1)).toEqual([
      "b: announce o1",
      "b: graft",
      "a: prune",
    ]);
    expect([bench.eager, bench.lazy]).toEqual(["b", "a"]);
  });

  test("flood is bounded by count, and one neighbour's by a quarter of it", () => {
    const bench = new Bench("abcde", { maxMissing: 40 });
    const flood = (name: string, from: number): string[] => {
      return Array.from({ length: 15 }, (_, i) => bench.hears(name, announce(from + i))).flat();
    };
    const five = Array.from({ length: 5 }, () => "drop tooManyMissing");
    for (const [i, name] of [..."abcd"].entries()) expect(flood(name, 100 * i)).toEqual(five);
    expect(flood("e", 900)).toHaveLength(15);
    // What has come, or was given up, makes room.
    bench.hears("e", gossip(100));
    expect(bench.hears("e", announce(950))).toEqual([]);
  });
});

describe("a neighbour", () => {
  test("that brought the payloads and is lost is replaced at once by the last announcer, if told to", () => {
    const bench = new Bench("abc", { replaceParent: true });
    bench.hears("a", gossip(1));
    for (const name of "bc") bench.hears(name, gossip(1));
    for (const name of "cb") bench.hears(name, announce(1));
    expect(bench.lazy).toBe("bc");
    expect(bench.neighbour("neighbourDown", "a")).toEqual(["b: graft"]);
    expect([bench.eager, bench.lazy]).toEqual(["b", "c"]);
    // Whoever brings nothing is no loss.
    expect(bench.neighbour("neighbourDown", "c")).toEqual([]);
  });

  test("that is lost is missed by the announcements alone, in the paper", () => {
    const bench = new Bench("ab");
    bench.hears("a", gossip(1));
    bench.hears("b", gossip(1));
    bench.hears("b", announce(1));
    expect(bench.neighbour("neighbourDown", "a")).toEqual([]);
  });
});

describe("a graft", () => {
  test("is answered with what is kept, and makes the link eager", () => {
    const bench = new Bench("ab");
    bench.hears("b", { type: "prune" });
    bench.publish("x");
    const wanted = { origin: "self", epoch: 1, number: 1 };
    expect(bench.hears("b", { type: "graft", wanted })).toEqual(["b: gossip self1 at 1"]);
    expect(bench.lazy).toBe("");
  });

  test("for what never was, or is no longer kept, is counted", () => {
    const bench = new Bench("a", { maxKept: 2 });
    for (const text of "xyz") bench.publish(text);
    const graft = (number: number): string[] => {
      return bench.hears("a", { type: "graft", wanted: { origin: "self", epoch: 1, number } });
    };
    expect(graft(1)).toEqual(["drop graftOfUnknown"]);
    expect(graft(99)).toEqual(["drop graftOfUnknown"]);
    expect(graft(3)).toEqual(["a: gossip self3 at 1"]);
  });
});

test("a neighbour that comes back begins as eager", () => {
  const bench = new Bench("ab");
  bench.hears("b", { type: "prune" });
  bench.neighbour("neighbourDown", "b");
  bench.neighbour("neighbourUp", "b");
  expect([bench.eager, bench.lazy]).toEqual(["ab", ""]);
});

test("what is kept is bounded by bytes, too", () => {
  const bench = new Bench("a", { maxKeptBytes: 1024 });
  for (let i = 0; i < 10; i++) bench.publish("x".repeat(300));
  const answers = Array.from({ length: 10 }, (_, i) => {
    const wanted = { origin: "self", epoch: 1, number: i + 1 };
    return bench.hears("a", { type: "graft", wanted }).join("");
  });
  expect(answers.filter((answer) => answer.includes("gossip"))).toHaveLength(2);
});

test("every message reads as it was written", () => {
  const id = { origin: "o", epoch: 7, number: 8 };
  const messages: PlumtreeMessage[] = [
    gossip(3),
    { type: "announce", announcements: [{ ...id, hops: 3 }] },
    { type: "graft", wanted: id },
    { type: "graft", wanted: undefined },
    { type: "prune" },
  ];
  for (const message of messages) {
    const type = PLUMTREE_MESSAGES.find((one) => one.type === message.type) ?? GOSSIP;
    const bytes = encode(type, message);
    expect(bytes.length).toBe(type.sizeOf(message));
    expect(type.decode(bytes, type.prefix.length, bytes.length)).toEqual(message);
  }
});

test("impossible options are refused by name", () => {
  expect(() => new Bench("", { graftAfterMs: 0 })).toThrow(/graftAfterMs/);
  expect(() => new Bench("", { announceEveryMs: 2000 })).toThrow(/announceEveryMs/);
});
