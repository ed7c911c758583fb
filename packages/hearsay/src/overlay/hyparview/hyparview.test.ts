import { describe, expect, test } from "vitest";
import { PeerTable } from "../../composition/index.ts";
import {
  encode,
  NO_PEER,
  parseAddress,
  parseChannels,
  RecordedEffects,
  Sfc32,
} from "../../kernel/index.ts";
import type { ChannelSet, Instant, PeerId, TenantEffect, TenantInput } from "../../kernel/index.ts";
import type { PeerEntry } from "../peer-entry.ts";
import type { HyParViewConfig } from "./config.ts";
import type { HyParViewCommand } from "./events.ts";
import { HyParView } from "./hyparview.ts";
import { HYPARVIEW_MESSAGES, PRIORITY } from "./wire.ts";
import type { HyParViewMessage } from "./wire.ts";

/** One node called `self`, its peers by letter, and what it asks for. */
class Bench {
  readonly peers = new PeerTable();
  readonly machine: HyParView;
  readonly #effects = new RecordedEffects<HyParViewMessage>();
  readonly #rng = new Sfc32(1);
  now = 0 as Instant;

  constructor(config: Partial<HyParViewConfig> = {}, members = "") {
    const self = entry("self");
    const live = [...members].map((name) => this.peer(name));
    for (const peer of live) this.peers.setChannels(peer, parseChannels("v"));
    const sampler = { size: live.length, sample: (count: number) => live.slice(0, count) };
    this.machine = new HyParView({ self, peers: this.peers, config, sampler });
    this.put({ type: "start", channels: 0 as ChannelSet });
  }

  /** Hands in an input; returns what was asked for, links and signals aside. */
  put(input: TenantInput<HyParViewMessage, HyParViewCommand>): string[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    this.peers.sweep();
    return this.#effects.take().flatMap((effect) => this.#words(effect));
  }

  hears(from: string, message: HyParViewMessage): string[] {
    const peer = this.peer(from);
    const address = this.peers.addressOf(peer);
    return this.put({ type: "message", message, from: address, peer, carrier: "link" });
  }

  up(name: string): string[] {
    return this.put({ type: "linkUp", peer: this.peer(name) });
  }

  down(name: string, reason: "reset" | "closed" | "refused" = "reset"): string[] {
    return this.put({ type: "linkDown", peer: this.peer(name), reason });
  }

  at(ms: number): string[] {
    this.now = ms as Instant;
    return this.put({ type: "timeout" });
  }

  peer(name: string): PeerId {
    const { address } = entry(name);
    return this.peers.intern(name, address);
  }

  get active(): string[] {
    return this.#names(this.machine.active.members);
  }

  get passive(): string[] {
    return this.#names(this.machine.passive.members);
  }

  #names(peers: readonly PeerId[]): string[] {
    return peers.map((peer) => this.peers.nameOf(peer)).toSorted();
  }

  #words(effect: TenantEffect<HyParViewMessage>): string[] {
    switch (effect.type) {
      case "send":
      case "sendLinked": {
        const { message } = effect;
        const to = this.peers.nameOf(effect.peer);
        if (message.type === "neighbour") return [`${to}: neighbour ${message.priority}`];
        if (message.type === "forwardJoin") {
          return [`${to}: forwardJoin ${message.newcomer.name} ${message.hops}`];
        }
        return [`${to}: ${message.type}`];
      }
      case "link":
      case "unlink":
        return [`${effect.type} ${this.peers.nameOf(effect.peer)}`];
      case "drop":
        return [`drop ${effect.reason}`];
      default:
        return [];
    }
  }
}

function entry(name: string): PeerEntry {
  const number = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return { name, address: parseAddress(`10.0.${number >> 8}.${number & 255}:7946`) };
}

/** A node with these neighbours, which have joined it. */
function withNeighbours(names: string, config: Partial<HyParViewConfig> = {}): Bench {
  const bench = new Bench({ shuffleIntervalMs: 0, ...config });
  for (const name of names) bench.hears(name, { type: "neighbour", priority: PRIORITY.high });
  expect(bench.active).toEqual([...names].toSorted());
  return bench;
}

const join = (...names: string[]): TenantInput<HyParViewMessage, HyParViewCommand> => ({
  type: "command",
  command: { type: "join", contacts: names.map(entry) },
});

describe("a newcomer", () => {
  test("dials its contact, asks to be let in when the link is up, and is a neighbour when it is accepted", () => {
    const bench = new Bench();
    expect(bench.put(join("a"))).toEqual(["link a"]);
    expect(bench.up("a")).toEqual(["a: neighbour 2"]);
    expect(bench.active).toEqual([]);
    bench.hears("a", { type: "accepted" });
    expect(bench.active).toEqual(["a"]);
  });

  test("asks another contact when one does not answer", () => {
    const bench = new Bench({ neighbourTimeoutMs: 100, shuffleIntervalMs: 0 });
    bench.put(join("a"));
    expect(bench.at(99)).toEqual([]);
    expect(bench.at(100)).toEqual(["unlink a", "link a"]);
  });

  test("is taken by its contact, who sends it on a walk from each of its neighbours", () => {
    const bench = withNeighbours("abc");
    const words = bench.hears("n", { type: "neighbour", priority: PRIORITY.join });
    expect(words).toEqual([
      "link n",
      "n: accepted",
      "a: forwardJoin n 6",
      "b: forwardJoin n 6",
      "c: forwardJoin n 6",
    ]);
  });

  test("takes the place of somebody, who is told and becomes a spare", () => {
    const bench = withNeighbours("abcde");
    const words = bench.hears("n", { type: "neighbour", priority: PRIORITY.join });
    const dropped = words.find((line) => line.endsWith(": disconnect"))?.[0] as string;
    expect(words).toContain(`unlink ${dropped}`);
    expect(bench.active).toHaveLength(5);
    expect(bench.active).toContain("n");
    expect(bench.passive).toEqual([dropped]);
  });
});

test("a node that has lost all spares asks a member, where there is membership beside it", () => {
  const bench = new Bench({ shuffleIntervalMs: 100 }, "m");
  bench.hears("a", { type: "neighbour", priority: PRIORITY.high });
  expect(bench.down("a")).toEqual(["link m"]);
  expect(bench.up("m")).toEqual(["m: neighbour 1"]);
});

test("a full view takes a spare in somebody's place now and then, if told to: two that are full would never meet", () => {
  const bench = withNeighbours("abcde", { swapMs: 1000 });
  bench.hears("a", { type: "shuffleReply", entries: [entry("z")] });
  expect(bench.at(1000)).toEqual(["link z"]);
  expect(bench.up("z")).toEqual(["z: neighbour 1"]);
  const words = bench.hears("z", { type: "accepted" });
  expect(words.filter((line) => line.endsWith(": disconnect"))).toHaveLength(1);
  expect(bench.active).toHaveLength(5);
  expect(bench.active).toContain("z");
});

describe("a walk", () => {
  const walk = (hops: number): HyParViewMessage => {
    return { type: "forwardJoin", newcomer: entry("n"), hops };
  };

  test("goes on to a neighbour that it does not come from, one hop less", () => {
    expect(withNeighbours("ab").hears("a", walk(5))).toEqual(["b: forwardJoin n 4"]);
  });

  test("leaves the newcomer in the passive view three hops from its end", () => {
    const bench = withNeighbours("ab");
    bench.hears("a", walk(4));
    expect(bench.passive).toEqual([]);
    bench.hears("a", walk(3));
    expect(bench.passive).toEqual(["n"]);
  });

  test("ends where it can go no further: the newcomer is asked with high priority", () => {
    const bench = withNeighbours("a");
    expect(bench.hears("a", walk(5))).toEqual(["link n"]);
    expect(bench.up("n")).toEqual(["n: neighbour 1"]);
    expect(withNeighbours("ab").hears("a", walk(0))).toEqual(["link n"]);
  });

  test("of more hops than walks have is cut short, and one of our own is over", () => {
    expect(withNeighbours("ab").hears("a", walk(255))).toEqual(["b: forwardJoin n 5"]);
    const own: HyParViewMessage = { type: "forwardJoin", newcomer: entry("self"), hops: 0 };
    expect(withNeighbours("ab").hears("a", own)).toEqual([]);
  });
});

describe("a neighbour that is lost", () => {
  test("is replaced by a spare, with high priority when nobody is left", () => {
    const bench = withNeighbours("a");
    bench.hears("a", { type: "shuffleReply", entries: [entry("x")] });
    expect(bench.active).toEqual(["a"]);
    // One place is taken, others are free: the spare is asked at once, politely.
    expect(bench.up("x")).toEqual(["x: neighbour 0"]);
    bench.hears("x", { type: "refused" });
    expect(bench.down("a")).toEqual([]);
    expect(bench.passive).toEqual(["x"]);
  });

  test("leaves nothing behind when its link has broken, and stays a spare when it has closed", () => {
    const broken = withNeighbours("ab");
    broken.down("a", "reset");
    expect(broken.passive).toEqual([]);
    const closed = withNeighbours("ab");
    closed.down("a", "closed");
    expect(closed.passive).toEqual(["a"]);
  });

  test("asks politely where others are left, and asks each spare once until the next shuffle", () => {
    const bench = withNeighbours("ab", { shuffleIntervalMs: 1000, activeSize: 3 });
    bench.hears("a", { type: "shuffleReply", entries: [entry("x"), entry("y")] });
    const asked: string[] = [];
    for (let i = 0; i < 2; i++) {
      const spare = bench.up("x").length > 0 ? "x" : "y";
      if (spare === "y") expect(bench.up("y")).toEqual(["y: neighbour 0"]);
      asked.push(spare);
      bench.hears(spare, { type: "refused" });
    }
    expect(asked.toSorted()).toEqual(["x", "y"]);
    expect(bench.passive).toEqual(["x", "y"]);
    expect(bench.at(2000).filter((line) => line.startsWith("link"))).toHaveLength(1);
  });

  test("is noticed by its silence where links do not break", () => {
    const bench = withNeighbours("ab", { keepAliveMs: 100 });
    for (let ms = 100; ms <= 300; ms += 100) {
      bench.at(ms);
      bench.hears("b", { type: "beat" });
    }
    expect(bench.at(400)).toContain("unlink a");
    expect(bench.active).toEqual(["b"]);
  });

  test("is not to blame for time that we have slept through", () => {
    const bench = withNeighbours("ab", { keepAliveMs: 100 });
    bench.at(100);
    bench.at(60_000);
    expect(bench.active).toEqual(["a", "b"]);
  });
});

describe("who wants to be a neighbour", () => {
  test("with low priority is refused when there is no place", () => {
    const bench = withNeighbours("abcde");
    const words = bench.hears("n", { type: "neighbour", priority: PRIORITY.low });
    expect(words).toEqual(["n: refused"]);
    expect(bench.active).not.toContain("n");
  });

  test("and is one is told so again", () => {
    const bench = withNeighbours("abcde");
    const words = bench.hears("a", { type: "neighbour", priority: PRIORITY.low });
    expect(words).toEqual(["link a", "a: accepted"]);
  });

  test("while it is asked itself is a neighbour once", () => {
    const bench = new Bench({ shuffleIntervalMs: 0 });
    bench.put(join("a"));
    bench.up("a");
    bench.hears("a", { type: "neighbour", priority: PRIORITY.high });
    bench.hears("a", { type: "accepted" });
    expect(bench.active).toEqual(["a"]);
    expect(bench.machine.deadline).toBe(Infinity);
  });
});

describe("a shuffle", () => {
  const entries = ["p", "q", "r"].map(entry);

  test("goes on its walk, and is answered where it ends with as many as it brings", () => {
    const bench = withNeighbours("ab", { passiveSize: 3, activeSize: 2 });
    const shuffle = { type: "shuffle", origin: entry("o"), entries } as const;
    expect(bench.hears("a", { ...shuffle, hops: 6 })).toEqual(["b: shuffle"]);
    expect(bench.hears("a", { ...shuffle, hops: 1 })).toEqual(["o: shuffleReply"]);
    expect(bench.passive).toHaveLength(3);
  });

  test("is answered sixteen times at most between two of our own", () => {
    const bench = withNeighbours("ab", { activeSize: 2 });
    const words = Array.from({ length: 20 }, () => {
      return bench.hears("a", { type: "shuffle", origin: entry("o"), hops: 1, entries });
    });
    expect(words.flat().filter((line) => line === "drop tooManyShuffles")).toHaveLength(4);
  });

  test("never makes a view larger than it may be, nor ourselves a spare of ours", () => {
    const bench = withNeighbours("ab", { passiveSize: 4, activeSize: 2 });
    const lies = Array.from({ length: 100 }, (_, i) => entry(`liar${i}`));
    bench.hears("a", { type: "shuffleReply", entries: [entry("self"), entry("a"), ...lies] });
    expect(bench.passive).toHaveLength(4);
    expect(bench.passive).not.toContain("self");
    expect(bench.passive).not.toContain("a");
  });
});

test("who is not known as a peer is not listened to", () => {
  const bench = withNeighbours("ab");
  const message: HyParViewMessage = { type: "disconnect" };
  const from = entry("a").address;
  const words = bench.put({ type: "message", message, from, peer: NO_PEER, carrier: "datagram" });
  expect(words).toEqual(["drop unknownPeer"]);
});

test("live members are spares, and fill a view that is empty", () => {
  const bench = new Bench({ shuffleIntervalMs: 0 });
  const peer = bench.peer("m");
  bench.peers.setChannels(peer, (1 << 21) as ChannelSet);
  expect(bench.put({ type: "signal", signal: { type: "peerUp", peer } })).toEqual(["link m"]);
  expect(bench.up("m")).toEqual(["m: neighbour 1"]);
  bench.hears("m", { type: "accepted" });
  const down = { type: "peerDown", peer, reason: "failed" } as const;
  expect(bench.put({ type: "signal", signal: down })).toEqual(["unlink m"]);
  expect([...bench.active, ...bench.passive]).toEqual([]);
});

test("every message reads as it was written", () => {
  const messages: HyParViewMessage[] = [
    { type: "neighbour", priority: 2 },
    { type: "accepted" },
    { type: "refused" },
    { type: "disconnect" },
    { type: "beat" },
    { type: "forwardJoin", newcomer: entry("n"), hops: 6 },
    { type: "shuffle", origin: entry("o"), hops: 6, entries: [entry("p"), entry("q")] },
    {
      type: "shuffleReply",
      entries: [{ name: "six", address: parseAddress("[fd00::1]:7946") }],
    },
  ];
  for (const message of messages) {
    const type = HYPARVIEW_MESSAGES.find((one) => one.type === message.type);
    if (type === undefined) throw new Error(`no wire for ${message.type}`);
    const bytes = encode(type, message);
    expect(bytes.length).toBe(type.sizeOf(message));
    expect(type.decode(bytes, type.prefix.length, bytes.length)).toEqual(message);
  }
});

test("impossible options are refused by name", () => {
  expect(() => new Bench({ activeSize: 0 })).toThrow(/activeSize/);
  expect(() => new Bench({ passiveWalk: 7 })).toThrow(/passiveWalk/);
});
