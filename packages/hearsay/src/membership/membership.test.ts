import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressBytes,
  channel,
  channelBit,
  NEVER,
  NO_PEER,
  parseAddress,
  RecordedEffects,
  Sfc32,
} from "../kernel/index.ts";
import type { ExchangeId, Incarnation, Instant, ProbeSeq, TenantEffect } from "../kernel/index.ts";
import { Membership } from "./membership.ts";
import { Hands } from "./test/hands.ts";
import { TestPeers } from "./test/test-peers.ts";
import type { Ack, Alive, IndirectPing, MembershipMessage, Ping } from "./wire.ts";

const seqOf = (number: number) => number as ProbeSeq;

function pingFrom(hands: Hands, from: string, node: string, seq = 7): Ping {
  const { address } = hands.node(from);
  return {
    type: "ping",
    seq: seqOf(seq),
    node,
    sourceAddr: addressBytes(address),
    sourcePort: 7946,
    sourceNode: from,
  };
}

function requestFrom(hands: Hands, from: string, node: string, seq = 7): IndirectPing {
  const target = addressBytes(hands.node(node).address);
  const asked = { type: "indirectPing", target, port: 7946, nack: true } as const;
  return { ...pingFrom(hands, from, node, seq), ...asked };
}

const STRANGER = parseAddress("192.0.2.9:4711");

/** What `a` does about a message from where nobody lives whom it knows. */
function strangerTells(hands: Hands, message: Ping): string[] {
  return hands.handle("a", {
    type: "message",
    message,
    from: STRANGER,
    peer: NO_PEER,
    carrier: "datagram",
  });
}

/** Machines that know each other, with no news left to tell. */
function meetOf(names: string, config = {}): Hands {
  const hands = new Hands(names, config);
  const [first, ...others] = names;
  for (const [i, name] of others.entries()) {
    const { address } = hands.node(first as string);
    hands.command(name, { type: "join", id: i, addresses: [address] });
    hands.exchange(name, 1, first as string);
  }
  for (const from of names) {
    for (const to of names) if (from !== to) hands.gossip(from, to);
  }
  for (const { news } of hands.nodes.values()) news.clear();
  return hands;
}

/** The message of the last `send` or `sendTo` that carried one of this type. */
class Tap {
  readonly effects = new RecordedEffects<MembershipMessage>();
  readonly #hands: Hands;
  constructor(hands: Hands) {
    this.#hands = hands;
  }
  /** Hands `name` a timeout until it sends a message of this type; returns the effects of that call. */
  until(name: string, type: MembershipMessage["type"]): TenantEffect<MembershipMessage>[] {
    const { membership, rng } = this.#hands.node(name);
    for (;;) {
      if (membership.deadline > this.#hands.now) this.#hands.now = membership.deadline;
      membership.handle({ type: "timeout" }, this.#hands.now, rng, this.effects);
      const effects = this.effects.take();
      if (sent(effects, type).length > 0) return effects;
    }
  }
}

function sent(
  effects: readonly TenantEffect<MembershipMessage>[],
  type: MembershipMessage["type"],
): MembershipMessage[] {
  return effects.flatMap((effect) => {
    const carries = effect.type === "send" || effect.type === "sendTo";
    return carries && effect.message.type === type ? [effect.message] : [];
  });
}

describe("starting", () => {
  test("it waits for nothing before, and introduces itself then", () => {
    const membership = new Membership({
      name: "a",
      address: parseAddress("10.0.0.1:7946"),
      peers: new TestPeers(),
      tags: new Map([["role", "web"]]),
      firstIncarnation: 1_700_000_000 as Incarnation,
      now: 0 as Instant,
    });
    expect(membership.deadline).toBe(NEVER);
    const effects = new RecordedEffects<MembershipMessage>();
    const channels = channelBit(channel("m"));
    membership.handle({ type: "start", channels }, 0 as Instant, new Sfc32(1), effects);
    expect(effects.take()).toMatchObject([
      { type: "offer", transmits: 4, key: "a", message: { type: "alive", incarnation: 1.7e9 } },
      { type: "notify", event: { type: "join", reason: { type: "started" } } },
    ]);
    expect([...membership.local.tags]).toEqual([["role", "web"]]);
    expect(membership.local.channels).toBe(channels);
    expect(membership.deadline).toBeLessThan(1000);
    expect([membership.aliveCount, membership.memberCount]).toEqual([1, 1]);
  });

  test.each([
    [{ name: "" }, "name"],
    [{ name: "x".repeat(129) }, "name"],
    [{ firstIncarnation: 0 as Incarnation }, "firstIncarnation"],
    [{ firstIncarnation: 4_294_967_296 as Incarnation }, "firstIncarnation"],
    [{ tags: new Map([["hs", "x"]]) }, "tags.hs"],
    [{ config: { probeTimeoutMs: 2000 } }, "probeTimeoutMs"],
  ])("%o is refused by its name", (wrong, option) => {
    const init = {
      name: "a",
      address: parseAddress("10.0.0.1:7946"),
      peers: new TestPeers(),
      firstIncarnation: 1 as Incarnation,
      now: 0 as Instant,
    };
    expect(() => new Membership({ ...init, ...wrong })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION", option }),
    );
  });
});

describe("joining", () => {
  test("two states become one, and the outcome names who was contacted", () => {
    const hands = new Hands("ab");
    const { address } = hands.node("b");
    expect(hands.command("a", { type: "join", id: 5, addresses: [address] })).toEqual([
      "dial 10.0.0.2:7946 as 1",
    ]);
    expect(hands.exchange("a", 1, "b")).toEqual([
      "a: event join b",
      'a: {"type":"joined","id":5,"contacted":["10.0.0.2:7946"],"failed":[]}',
      "b: event join a",
    ]);
    expect(hands.view("a")).toEqual(["a alive@100", "b alive@100"]);
    expect(hands.view("b")).toEqual(hands.view("a"));
    expect(hands.node("a").membership.sampler.size).toBe(1);
  });

  test("a large state crosses in pieces", () => {
    const hands = new Hands("ab", { preset: "lan", stateRowsPerWrite: 1 });
    for (let i = 0; i < 20; i++) hands.tell("b", "a", aliveOf(`m${i}`, 1));
    hands.command("a", { type: "join", id: 5, addresses: [hands.node("b").address] });
    hands.exchange("a", 1, "b");
    expect(hands.view("a")).toHaveLength(22);
  });

  test("our own address is passed over, and too many addresses are refused", () => {
    const hands = new Hands("a");
    const { address } = hands.node("a");
    expect(hands.command("a", { type: "join", id: 1, addresses: [address] })).toEqual([
      '{"type":"joined","id":1,"contacted":[],"failed":[]}',
    ]);
    const addresses = Array.from({ length: 257 }, (_, i) => parseAddress(`10.1.0.1:${i + 1}`));
    expect(hands.command("a", { type: "join", id: 2, addresses })[0]).toMatch(
      /"commandFailed","id":2,"code":"ERR_OPTION"/,
    );
  });

  test("nobody there is an outcome", () => {
    const hands = new Hands("a");
    hands.command("a", { type: "join", id: 1, addresses: [parseAddress("10.1.0.1:1")] });
    const exchange = 1 as ExchangeId;
    expect(hands.handle("a", { type: "failed", exchange, reason: "refused" })).toEqual([
      '{"type":"joined","id":1,"contacted":[],"failed":[{"address":"10.1.0.1:1","reason":"refused"}]}',
    ]);
  });
});

describe("answering", () => {
  test("a ping for us, or for whoever is there, is answered where it says, if a member lives there", () => {
    const hands = meetOf("ab");
    expect(hands.tell("a", "b", pingFrom(hands, "b", "a"))).toEqual(["ack to peer b"]);
    expect(hands.tell("a", "b", pingFrom(hands, "b", ""))).toEqual(["ack to peer b"]);
    expect(strangerTells(hands, pingFrom(hands, "b", "a"))).toEqual(["ack to peer b"]);
  });

  test("nobody has us answer to a third party: where none that we know lives, it goes back where it came from", () => {
    const hands = meetOf("ab");
    const forged = { ...pingFrom(hands, "b", "a"), sourceAddr: Uint8Array.of(10, 5, 5, 5) };
    expect(hands.tell("a", "b", forged)).toEqual(["ack to peer b"]);
    expect(strangerTells(hands, forged)).toEqual([`ack to ${STRANGER}`]);
  });

  test("nobody has us ping a third party: who is asked for must be a member, else there is a nack and no ping", () => {
    const hands = meetOf("abc");
    const asked = { ...requestFrom(hands, "b", "c"), target: Uint8Array.of(10, 5, 5, 5) };
    expect(hands.tell("a", "b", asked)).toEqual(["drop relayToStranger", "nack to peer b"]);
    const silent = { ...asked, nack: false };
    expect(hands.tell("a", "b", silent)).toEqual(["drop relayToStranger"]);
    expect(hands.tell("a", "b", requestFrom(hands, "b", "c"))).toEqual(["ping c to 10.0.0.3:7946"]);
  });

  test("without a source it goes back where it came from", () => {
    const hands = new Hands("ab");
    const bare = { ...pingFrom(hands, "b", "a"), sourceAddr: new Uint8Array(0), sourcePort: 0 };
    expect(hands.tell("a", "b", bare)).toEqual(["ack to 10.0.0.2:7946"]);
  });

  test("a ping for another name is not answered", () => {
    const hands = new Hands("ab");
    expect(hands.tell("a", "b", pingFrom(hands, "b", "z"))).toEqual(["drop pingOfAnother"]);
  });

  test("late acks and nacks change nothing", () => {
    const hands = meetOf("ab");
    const ack: Ack = { type: "ack", seq: seqOf(1), payload: undefined };
    expect(hands.tell("a", "b", ack)).toEqual(["drop lateAck"]);
    expect(hands.tell("a", "b", { type: "nack", seq: seqOf(1) })).toEqual([]);
  });
});

describe("probing", () => {
  test("an ack keeps a member alive", () => {
    const hands = meetOf("ab");
    const tap = new Tap(hands);
    const [ping] = sent(tap.until("a", "ping"), "ping") as [Ping];
    expect(ping).toMatchObject({ node: "b", sourceNode: "a", sourcePort: 7946 });
    const startedAt = hands.now;
    hands.tell("a", "b", { type: "ack", seq: ping.seq, payload: undefined });
    expect(hands.until("a", startedAt + 999)).toEqual([]);
    expect(hands.view("a")).toEqual(["a alive@100", "b alive@100"]);
  });

  test("silence is asked about, told, and after the suspicion timeout taken for death", () => {
    const hands = meetOf("abc");
    hands.now = hands.node("a").membership.deadline;
    const target = /ping (\w)/.exec(hands.next("a").join(" "))?.[1] as string;
    const relay = target === "b" ? "c" : "b";
    const pingedAt = hands.now;
    const { address } = hands.node(target);
    expect(hands.next("a")).toEqual([
      `at ${pingedAt + 500}`,
      `ask about ${target} at ${address}, nack wanted to peer ${relay}`,
      `dial ${address} as ${0x100_0000_0001}`,
    ]);
    const suspected = hands.next("a");
    expect(suspected).toEqual([
      `at ${pingedAt + 1000}`,
      "abort",
      `offer suspect ${target}@100 by a ×4 as ${target}`,
      `event suspect ${target}`,
    ]);
    const failed = hands.until("a", pingedAt + 5000).filter((line) => /dead|fail/.test(line));
    expect(failed).toEqual([
      `offer dead ${target}@100 by a ×4 as ${target}`,
      "signal peerDown failed",
      `event fail ${target}`,
    ]);
    expect(hands.node("a").membership.member(target)?.reason).toMatchObject({
      type: "suspicionExpired",
      by: "a",
      timeoutMs: 4000,
      startedAt: pingedAt + 1000,
    });
  });

  test("a helper asks under its own number, answers under the requester's, and says nack early", () => {
    const hands = meetOf("abc");
    const request = requestFrom(hands, "a", "c", 77);
    const effects = new RecordedEffects<MembershipMessage>();
    const { membership, rng } = hands.node("b");
    const from = hands.node("a").address;
    const carrier = "datagram" as const;
    const ask = { type: "message", message: request, from, peer: NO_PEER, carrier } as const;
    membership.handle(ask, hands.now, rng, effects);
    const [ping] = sent(effects.take(), "ping") as [Ping];
    expect(ping).toMatchObject({ node: "c", sourceNode: "b" });
    expect(ping.seq).not.toBe(77);
    const ack: Ack = { type: "ack", seq: ping.seq, payload: undefined };
    const answer = { type: "message", message: ack, from, peer: NO_PEER, carrier } as const;
    membership.handle(answer, hands.now, rng, effects);
    expect(sent(effects.take(), "ack")).toMatchObject([{ seq: 77 }]);

    membership.handle(ask, hands.now, rng, effects);
    effects.take();
    const askedAt = hands.now;
    const nacked = new Tap(hands).until("b", "nack");
    expect(sent(nacked, "nack")).toMatchObject([{ seq: 77 }]);
    expect(hands.now).toBe(askedAt + 400);
  });

  test("the suspected hears of it and refutes, and all is well", () => {
    const hands = meetOf("ab");
    hands.tell("a", "b", {
      type: "suspect",
      incarnation: 100 as Incarnation,
      node: "b",
      from: "a",
    });
    expect(hands.gossip("a", "b")).toEqual(["offer alive b@101 ×4 as b", "event alive b"]);
    expect(hands.gossip("b", "a")).toEqual(["offer alive b@101 ×4 as b", "event alive b"]);
    expect(hands.view("a")).toEqual(["a alive@100", "b alive@101"]);
  });

  test("the dead are forgotten, their peers released and the others told", () => {
    const hands = meetOf("ab");
    const { peer } = hands.node("a").membership.member("b") ?? { peer: NO_PEER };
    hands.tell("a", "b", { type: "dead", incarnation: 100 as Incarnation, node: "b", from: "x" });
    const untilThen = hands.until("a", hands.now + 29_000);
    // It is asked for while it is lost, where it was.
    expect(new Set(untilThen)).toEqual(new Set(["ping b to 10.0.0.2:7946"]));
    expect(hands.until("a", hands.now + 3000)).toContain("signal peerDown forgotten");
    expect(hands.node("a").peers.has(peer)).toBe(false);
    expect(hands.view("a")).toEqual(["a alive@100"]);
  });
});

test("commands that wait are limited, and further ones refused", () => {
  const hands = meetOf("ab");
  const { address } = hands.node("b");
  for (let id = 0; id < 256; id++) {
    hands.command("a", { type: "setTags", id, tags: new Map([["id", String(id)]]) });
    hands.command("a", { type: "join", id, addresses: [address] });
  }
  const refused = expect.stringContaining("ERR_QUEUE_FULL") as string;
  expect(hands.command("a", { type: "setTags", id: 256, tags: new Map<string, string>() })).toEqual(
    [refused],
  );
  expect(hands.command("a", { type: "join", id: 257, addresses: [address] })).toEqual([refused]);
  expect(hands.handle("a", { type: "spent", key: "a" })).toHaveLength(256);
  expect(
    hands.command("a", { type: "setTags", id: 258, tags: new Map<string, string>() })[0],
  ).toMatch(/^offer/);
});

describe("forcing somebody out", () => {
  const dead = { type: "dead", incarnation: 100 as Incarnation, node: "b", from: "x" } as const;

  test("makes a dead member one that has left, here and where that is heard, and asks for it no more", () => {
    const hands = meetOf("abc");
    for (const name of ["a", "c"]) hands.tell(name, "b", dead);
    expect(hands.command("a", { type: "forceLeave", id: 7, name: "b" })).toEqual([
      "offer dead b@100 by b ×4 as b",
      "event leave b",
      '{"type":"forcedOut","id":7}',
    ]);
    hands.node("c").news.clear();
    expect(hands.gossip("a", "c")).toContain("event leave b");
    expect(hands.view("c")).toContain("b left@100");
    expect(hands.node("a").membership.explain("b", hands.now)?.lost).toBeUndefined();
    expect(hands.command("a", { type: "forceLeave", id: 8, name: "b" })).toEqual([
      '{"type":"forcedOut","id":8}',
    ]);
  });

  test("reaches one who is forgotten, but still asked for", () => {
    const hands = meetOf("ac");
    const b = { ...dead, node: "c" };
    hands.tell("a", "c", b);
    hands.until("a", hands.now + 40_000);
    expect(hands.view("a")).toEqual(["a alive@100"]);
    expect(hands.command("a", { type: "forceLeave", id: 7, name: "c" })).toEqual([
      "offer dead c@100 by c ×4 as c",
      '{"type":"forcedOut","id":7}',
    ]);
    expect(hands.until("a", hands.now + 60_000)).toEqual([]);
  });

  test("is refused for the living, for strangers, and after a leave", () => {
    const hands = meetOf("ab");
    const codeOf = (name: string): unknown => {
      const [line] = hands.command("a", { type: "forceLeave", id: 7, name });
      return (JSON.parse(line as string) as { code: string }).code;
    };
    expect(["a", "b", "z"].map(codeOf)).toEqual(["ERR_STATE", "ERR_STATE", "ERR_UNKNOWN_MEMBER"]);
    hands.command("a", { type: "leave", id: 1 });
    expect(codeOf("b")).toBe("ERR_STATE");
  });

  test("one that lives after all refutes, and is back", () => {
    const hands = meetOf("ab");
    hands.tell("a", "b", dead);
    hands.command("a", { type: "forceLeave", id: 7, name: "b" });
    hands.gossip("a", "b");
    expect(hands.gossip("b", "a")).toContain("event join b");
  });
});

describe("leaving", () => {
  test("is told again to whoever pings afterwards, because the others have forgotten it", () => {
    const hands = meetOf("ab");
    hands.command("a", { type: "leave", id: 3 });
    const answer = ["ack + dead a@100 by a to peer b"];
    expect(hands.tell("a", "b", pingFrom(hands, "b", "a"))).toEqual(answer);
    const bare = { ...pingFrom(hands, "b", "a"), sourceAddr: new Uint8Array(0), sourcePort: 0 };
    expect(strangerTells(hands, bare)).toEqual([
      `ack to ${STRANGER}`,
      `dead a@100 by a to ${STRANGER}`,
    ]);
  });

  test("is done when it has been told often enough, and the others see it left", () => {
    const hands = meetOf("ab");
    expect(hands.command("a", { type: "leave", id: 3 })).toEqual([
      "offer dead a@100 by a ×4 as a",
      "event leave a",
    ]);
    expect(hands.command("a", { type: "leave", id: 4 })).toEqual([]);
    expect(hands.gossip("a", "b")).toEqual([
      "offer dead a@100 by a ×4 as a",
      "signal peerDown left",
      "event leave a",
    ]);
    expect(hands.handle("a", { type: "spent", key: "b" })).toEqual([]);
    expect(hands.handle("a", { type: "spent", key: "a" })).toEqual([
      '{"type":"leaveDone","id":3,"complete":true}',
      '{"type":"leaveDone","id":4,"complete":true}',
    ]);
    expect(hands.command("a", { type: "leave", id: 5 })).toEqual([
      '{"type":"leaveDone","id":5,"complete":true}',
    ]);
    expect(hands.view("b")).toEqual(["a left@100", "b alive@100"]);
    expect(hands.node("a").membership.aliveCount).toBe(1);
  });

  test("who has left answers, but accuses nobody and does not come back by hearsay", () => {
    const hands = meetOf("ab");
    hands.command("a", { type: "leave", id: 3 });
    const answer = ["ack + dead a@100 by a to peer b"];
    expect(hands.tell("a", "b", pingFrom(hands, "b", "a"))).toEqual(answer);
    expect(hands.until("a", hands.now + 4999)).toEqual([]);
    const dead = { type: "dead", incarnation: 100 as Incarnation, node: "a", from: "b" } as const;
    expect(hands.tell("a", "b", dead)).toEqual([]);
    expect(hands.until("a", hands.now + 1)).toEqual([
      '{"type":"leaveDone","id":3,"complete":false}',
    ]);
    expect(hands.command("a", { type: "join", id: 6, addresses: [] })[0]).toMatch(/"ERR_STATE"/);
    const tags = new Map<string, string>();
    expect(hands.command("a", { type: "setTags", id: 7, tags })[0]).toMatch(/"ERR_STATE"/);
  });

  test("alone it is done at once", () => {
    const hands = new Hands("a");
    expect(hands.command("a", { type: "leave", id: 3 }).at(-1)).toBe(
      '{"type":"leaveDone","id":3,"complete":true}',
    );
  });
});

describe("tags", () => {
  test("new ones are told under the next incarnation, with what we can read", () => {
    const hands = meetOf("ab");
    const tags = new Map([["role", "db"]]);
    expect(hands.command("a", { type: "setTags", id: 1, tags })).toEqual([
      "offer alive a@101 ×4 as a",
      "event update a",
    ]);
    expect(hands.gossip("a", "b")).toEqual(["offer alive a@101 ×4 as a", "event update a"]);
    expect([...(hands.node("b").membership.member("a")?.tags ?? [])]).toEqual([["role", "db"]]);
    expect(hands.handle("a", { type: "spent", key: "a" })).toEqual(['{"type":"tagsSet","id":1}']);
  });

  test("the wait has a bound", () => {
    const hands = meetOf("ab");
    hands.command("a", { type: "setTags", id: 1, tags: new Map([["k", "v"]]) });
    expect(hands.until("a", hands.now + 5000)).toContain('{"type":"tagsSet","id":1}');
  });

  test.each([
    [new Map([["k", "v".repeat(512)]]), "ERR_META_TOO_LARGE"],
    [new Map([["hs", "abc"]]), "ERR_OPTION"],
    [new Map([["k", "\ud800"]]), "ERR_OPTION"],
  ])("what cannot be told changes nothing", (tags, code) => {
    const hands = meetOf("ab");
    expect(hands.command("a", { type: "setTags", id: 1, tags })[0]).toContain(`"code":"${code}"`);
    expect(hands.view("a")[0]).toBe("a alive@100");
    expect(hands.node("a").membership.local.tags.has("k")).toBe(false);
  });
});

describe("whatever comes", () => {
  const bytes = (max: number) => fc.uint8Array({ maxLength: max });
  const name = fc.constantFrom("a", "b", "c", "d", "", "ü");
  const ip = fc.oneof(
    fc.constantFrom(Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)),
    bytes(17),
  );
  const base = { seq: fc.nat(0xffff_ffff).map(seqOf), node: name, sourceNode: name };
  const source = { sourceAddr: ip, sourcePort: fc.nat(65_535) };
  const incarnation = fc.nat(0xffff_ffff).map((value) => value as Incarnation);
  const message: fc.Arbitrary<MembershipMessage> = fc.oneof(
    fc.record({ type: fc.constant("ping" as const), ...base, ...source }),
    fc.record({
      type: fc.constant("indirectPing" as const),
      ...base,
      ...source,
      target: ip,
      port: fc.nat(65_535),
      nack: fc.boolean(),
    }),
    fc.record({
      type: fc.constant("ack" as const),
      seq: base.seq,
      payload: fc.option(bytes(9), { nil: undefined }),
    }),
    fc.record({ type: fc.constant("nack" as const), seq: base.seq }),
    fc.record({
      type: fc.constantFrom("suspect" as const, "dead" as const),
      incarnation,
      node: name,
      from: name,
    }),
    fc.record({
      type: fc.constant("alive" as const),
      incarnation,
      node: name,
      addr: ip,
      port: fc.nat(65_535),
      meta: fc.option(bytes(20), { nil: undefined }),
      versions: fc.oneof(fc.constant(Uint8Array.of(1, 5, 2, 2, 5, 5)), bytes(8)),
    }),
  );

  test("random messages, streams and times never throw, and we stay alive to ourselves", () => {
    const step = fc.oneof(
      message.map((each) => ({ kind: "message", message: each }) as const),
      fc.record({
        kind: fc.constant("stream" as const),
        exchange: fc.constantFrom(-1, -2, -3, 1, 2),
        input: fc.constantFrom("accepted" as const, "chunk" as const, "ended" as const),
        bytes: fc.tuple(fc.constantFrom(0, 6, 13, 200), bytes(40)),
      }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(3000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const hands = new Hands("ab", { preset: "tiny" });
        const { membership, rng, effects, address } = hands.node("a");
        const from = hands.node("b").address;
        for (const each of steps) {
          if (each.kind === "message") {
            const { message: value } = each;
            const input = { type: "message", message: value, from, peer: NO_PEER } as const;
            membership.handle({ ...input, carrier: "datagram" }, hands.now, rng, effects);
          } else if (each.kind === "wait") {
            hands.now = (hands.now + each.ms) as Instant;
            membership.handle({ type: "timeout" }, hands.now, rng, effects);
          } else {
            const exchange = each.exchange as ExchangeId;
            const chunk = Uint8Array.of(each.bytes[0], ...each.bytes[1]);
            const input = { type: each.input, exchange, from: address, bytes: chunk };
            membership.handle(input, hands.now, rng, effects);
          }
          effects.take();
          expect(membership.local.state).toBe("alive");
          expect(membership.memberCount).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function aliveOf(node: string, incarnation: number): Alive {
  return {
    type: "alive",
    incarnation: incarnation as Incarnation,
    node,
    addr: Uint8Array.of(10, 1, 0, Number(node.slice(1))),
    port: 7946,
    meta: undefined,
    versions: Uint8Array.of(1, 5, 2, 2, 5, 5),
  };
}
