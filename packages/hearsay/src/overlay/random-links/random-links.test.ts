import { describe, expect, test } from "vitest";
import { PeerTable } from "../../composition/index.ts";
import {
  encode,
  NO_CHANNELS,
  parseAddress,
  parseChannels,
  RecordedEffects,
  Sfc32,
} from "../../kernel/index.ts";
import type {
  ChannelSet,
  Instant,
  PeerId,
  PeerSampler,
  TenantEffect,
  TenantInput,
} from "../../kernel/index.ts";
import { RANDOM_LINKS_DEFAULTS, resolveRandomLinksConfig, wantedLinks } from "./config.ts";
import type { RandomLinksConfig } from "./config.ts";
import { RandomLinks } from "./random-links.ts";
import type { WakeCommand } from "./random-links.ts";
import { RANDOM_LINKS_MESSAGES, WANT } from "./wire.ts";
import type { RandomLinksMessage } from "./wire.ts";

/** One node and its members by letter, all of our kind. */
class Bench {
  readonly peers = new PeerTable();
  readonly members: PeerId[] = [];
  readonly machine: RandomLinks;
  readonly #effects = new RecordedEffects<RandomLinksMessage>();
  readonly #rng = new Sfc32(1);
  now = 0 as Instant;

  constructor(members = "", config: Partial<RandomLinksConfig> = {}) {
    const { members: live } = this;
    const sampler: PeerSampler = {
      get size() {
        return live.length;
      },
      sample: (count) => live.slice(0, count),
    };
    this.machine = new RandomLinks({ peers: this.peers, sampler, config });
    for (const name of members) this.join(name);
  }

  join(name: string, channels: ChannelSet = parseChannels("k")): string[] {
    const peer = this.peer(name);
    this.peers.setChannels(peer, channels);
    this.members.push(peer);
    return this.put({ type: "signal", signal: { type: "peerUp", peer } });
  }

  fail(name: string): string[] {
    const peer = this.peer(name);
    this.members.splice(this.members.indexOf(peer), 1);
    return this.put({ type: "signal", signal: { type: "peerDown", peer, reason: "failed" } });
  }

  put(input: TenantInput<RandomLinksMessage, WakeCommand>): string[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    return this.#effects.take().flatMap((effect) => this.#words(effect));
  }

  wake(): string[] {
    return this.put({ type: "command", command: { type: "wake" } });
  }

  hears(from: string, message: RandomLinksMessage): string[] {
    const peer = this.peer(from);
    const address = this.peers.addressOf(peer);
    return this.put({ type: "message", message, from: address, peer, carrier: "link" });
  }

  up(name: string): string[] {
    return this.put({ type: "linkUp", peer: this.peer(name) });
  }

  at(ms: number): string[] {
    this.now = ms as Instant;
    return this.put({ type: "timeout" });
  }

  peer(name: string): PeerId {
    return this.peers.intern(name, parseAddress(`10.0.0.${name.charCodeAt(0)}:7946`));
  }

  get neighbours(): string {
    return this.machine.neighbours.members
      .map((peer) => this.peers.nameOf(peer))
      .toSorted()
      .join("");
  }

  #words(effect: TenantEffect<RandomLinksMessage>): string[] {
    switch (effect.type) {
      case "sendLinked": {
        const { message } = effect;
        const words = message.type === "neighbour" ? `neighbour ${message.priority}` : message.type;
        return [`${this.peers.nameOf(effect.peer)}: ${words}`];
      }
      case "link":
      case "unlink":
        return [`${effect.type} ${this.peers.nameOf(effect.peer)}`];
      case "signal":
        return effect.signal.type === "neighbourUp" || effect.signal.type === "neighbourDown"
          ? [`${effect.signal.type} ${this.peers.nameOf(effect.signal.peer)}`]
          : [];
      case "drop":
        return [`drop ${effect.reason}`];
      default:
        return [];
    }
  }
}

const WISH: RandomLinksMessage = { type: "neighbour", priority: WANT.low };

describe("a node that nobody uses", () => {
  test("keeps no link, whoever comes and goes", () => {
    const bench = new Bench("abc");
    expect(bench.join("d")).toEqual([]);
    expect(bench.fail("a")).toEqual([]);
    expect(bench.machine.wanted).toBe(0);
    expect(bench.machine.deadline).toBe(Infinity);
  });

  test("wakes when it is told to, and asks two members at a time", () => {
    const bench = new Bench("abc");
    expect(bench.wake()).toEqual(["link a", "link b"]);
    expect(bench.up("a")).toEqual(["a: neighbour 1"]);
    expect(bench.hears("a", { type: "accepted" })).toEqual(["neighbourUp a", "link c"]);
    expect(bench.up("b")).toEqual(["b: neighbour 0"]);
    expect(bench.neighbours).toBe("a");
  });

  test("wakes when a neighbour asks: whoever is in the tree must hold it together", () => {
    const bench = new Bench("abcd");
    expect(bench.hears("b", WISH)).toEqual([
      "link b",
      "b: accepted",
      "neighbourUp b",
      "link a",
      "link c",
    ]);
  });
});

describe("a wish", () => {
  test("is refused by whoever has twice as many links as it looks for, unless the other has none", () => {
    // One other member: one link is looked for, two are room.
    const bench = new Bench("a");
    bench.hears("a", WISH);
    bench.hears("x", WISH);
    expect(bench.hears("y", WISH)).toEqual(["y: refused"]);
    expect(bench.hears("z", { type: "neighbour", priority: WANT.high })).toContain("neighbourUp z");
    expect(bench.neighbours).toBe("axz");
  });

  test("that is refused goes to another member, and to the same one after a while", () => {
    const bench = new Bench("abcd", { retryMs: 100 });
    bench.wake();
    bench.up("a");
    expect(bench.hears("a", { type: "refused" })).toEqual(["unlink a", "link c"]);
    bench.up("b");
    bench.hears("b", { type: "accepted" });
    bench.up("c");
    bench.hears("c", { type: "accepted" });
    bench.up("d");
    expect(bench.hears("d", { type: "accepted" })).toEqual(["neighbourUp d"]);
    // Three of three are wanted where there are four to choose from.
    expect(bench.machine.wanted).toBe(3);
    expect(bench.fail("d")).toEqual(["neighbourDown d", "unlink d"]);
    expect(bench.at(100)).toEqual(["link a"]);
  });

  test("that is not answered in time is given up", () => {
    const bench = new Bench("a", { neighbourTimeoutMs: 50, retryMs: 60 });
    bench.wake();
    expect(bench.at(50)).toEqual(["unlink a"]);
    expect(bench.at(110)).toEqual(["link a"]);
  });

  test("that crosses the other's makes them neighbours once", () => {
    const bench = new Bench("a");
    bench.wake();
    bench.up("a");
    expect(bench.hears("a", WISH)).toEqual(["link a", "a: accepted", "neighbourUp a"]);
    expect(bench.hears("a", { type: "accepted" })).toEqual([]);
    expect(bench.neighbours).toBe("a");
  });

  test("goes to nobody who does not speak our language", () => {
    const bench = new Bench();
    bench.join("g", NO_CHANNELS);
    expect(bench.wake()).toEqual([]);
    expect(bench.join("a")).toEqual(["link a"]);
  });
});

test("a node that is alone asks again, though nobody tells it that members are no longer suspected", () => {
  const bench = new Bench("a", { retryMs: 100 });
  bench.wake();
  bench.up("a");
  bench.hears("a", { type: "accepted" });
  const [member] = bench.members.splice(0) as [PeerId];
  bench.put({ type: "linkDown", peer: member, reason: "reset" });
  expect(bench.at(100)).toEqual([]);
  bench.members.push(member);
  expect(bench.at(200)).toEqual(["link a"]);
});

describe("a link", () => {
  test("that is lost, given up by the other side, or whose member has failed is replaced", () => {
    const bench = new Bench("ab", { retryMs: 100 });
    bench.wake();
    for (const name of "ab") {
      bench.up(name);
      bench.hears(name, { type: "accepted" });
    }
    expect(bench.neighbours).toBe("ab");
    expect(bench.put({ type: "linkDown", peer: bench.peer("a"), reason: "reset" })).toEqual([
      "neighbourDown a",
      "unlink a",
      "link a",
    ]);
    expect(bench.hears("b", { type: "disconnect" })).toEqual(["neighbourDown b", "unlink b"]);
    expect(bench.fail("b")).toEqual([]);
  });

  test("is renewed now and then: another takes its place", () => {
    const bench = new Bench("abcde", { renewMs: 1000, spareLinks: 0 });
    bench.wake();
    for (const name of "ab") {
      bench.up(name);
      bench.hears(name, { type: "accepted" });
    }
    expect(bench.neighbours).toBe("ab");
    expect(bench.at(1000)).toEqual(["link c"]);
    bench.up("c");
    const words = bench.hears("c", { type: "accepted" });
    expect(words.filter((line) => line.endsWith(": disconnect"))).toHaveLength(1);
    expect(bench.neighbours).toHaveLength(2);
    expect(bench.neighbours).toContain("c");
  });
});

test("a link is looked for with e-fold steps of the cluster: ceil(ln n) and the spare ones", () => {
  const counts = [0, 1, 2, 4, 19, 99, 299, 999, 9999].map((others) => {
    return wantedLinks(others, RANDOM_LINKS_DEFAULTS);
  });
  expect(counts).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 11]);
});

test("answers that nobody has asked for are counted and change nothing", () => {
  const bench = new Bench("a");
  expect(bench.hears("x", { type: "accepted" })).toEqual(["drop unasked"]);
  expect(bench.hears("x", { type: "refused" })).toEqual(["drop unasked"]);
  expect(bench.hears("x", { type: "disconnect" })).toEqual([]);
  expect(bench.neighbours).toBe("");
});

test("every message reads back as it was written", () => {
  for (const message of [
    { type: "neighbour", priority: 1 },
    { type: "accepted" },
    { type: "refused" },
    { type: "disconnect" },
  ] as const) {
    const wire = RANDOM_LINKS_MESSAGES.find(({ type }) => type === message.type)!;
    const bytes = encode(wire, message);
    expect(wire.decode(bytes, wire.prefix.length, bytes.length)).toEqual(message);
  }
});

test("options out of range are refused by name", () => {
  expect(() => resolveRandomLinksConfig({ maxWanted: 0 })).toThrow(/maxWanted/);
  expect(() => resolveRandomLinksConfig({ renewMs: -1 })).toThrow(/renewMs/);
});
