/** Each part of Lifeguard, and each of plain SWIM's, switched on and off at whole machines. */
import { describe, expect, test } from "vitest";
import { encode, formatAddress } from "../kernel/index.ts";
import type { ExchangeId, Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import type { MembershipOptions } from "./config.ts";
import { Hands } from "./test/hands.ts";
import { ACK } from "./wire.ts";
import type { Nack, Suspect } from "./wire.ts";

/** Machines `a`, `b`, … of which `a` knows all. */
function known(names: string, config: MembershipOptions = {}): Hands {
  const hands = new Hands(names, { preset: "lan", ...config });
  const [first, ...others] = names;
  for (const name of others) hands.gossip(name, first as string);
  return hands;
}

const suspect = (node: string, from: string): Suspect => {
  return { type: "suspect", incarnation: 100 as Incarnation, node, from };
};

/** What `a` does next about somebody's silence: who is pinged, and what follows. */
function round(hands: Hands): { target: string; lines: string[]; at: number } {
  for (;;) {
    const lines = hands.next("a");
    const target = /ping (\w)/.exec(lines.join(" "))?.[1];
    if (target !== undefined) return { target, lines, at: hands.now };
  }
}

describe("local health", () => {
  test("rises when a member is probed in vain, and makes the next round longer", () => {
    const hands = known("ab", { lastCall: false });
    const { membership } = hands.node("a");
    const first = round(hands);
    hands.until("a", first.at + 1500);
    expect(membership.localHealth).toBe(1);
    // The second round has begun with a score of 1, and takes two intervals.
    expect(round(hands).at - first.at).toBe(3000);
  });

  test("rises when somebody has to be contradicted", () => {
    const hands = known("ab");
    hands.tell("a", "b", suspect("a", "b"));
    expect(hands.node("a").membership.localHealth).toBe(1);
  });

  test("a multiplier of 1 keeps every round as long as the first", () => {
    const hands = known("ab", { awarenessMaxMultiplier: 1 });
    hands.tell("a", "b", suspect("a", "b"));
    expect(hands.node("a").membership.localHealth).toBe(0);
    const first = round(hands).at;
    expect(round(hands).at - first).toBe(1000);
  });
});

describe("nacks", () => {
  test("are asked for, and their senders keep us from blaming ourselves", () => {
    const hands = known("abc");
    const { at, target } = round(hands);
    const asked = hands.until("a", at + 500);
    expect(asked[0]).toMatch(/nack wanted/);
    const nack: Nack = { type: "nack", seq: lastSeq(hands) };
    hands.tell("a", target === "b" ? "c" : "b", nack);
    hands.until("a", at + 1000);
    expect(hands.node("a").membership.localHealth).toBe(0);
    expect(hands.view("a")).toContain(`${target} suspect@100`);
  });

  test("switched off, none is wanted", () => {
    const hands = known("abc", { nacks: false });
    expect(hands.until("a", round(hands).at + 500)[0]).not.toMatch(/nack/);
  });
});

describe("confirmations", () => {
  const until = (config: MembershipOptions): { lines: string[]; dead: number } => {
    const hands = known("abcde", { ...config, lastCall: false });
    const from = hands.now;
    const lines = ["b", "c", "d"].flatMap((by) => hands.tell("a", by, suspect("e", by)));
    while (!hands.view("a").includes("e dead@100")) hands.until("a", hands.now + 100);
    return { lines, dead: hands.now - from };
  };

  test("shorten the time that a suspect has, and the first of them are told on", () => {
    const { lines, dead } = until({});
    expect(lines.filter((line) => line.startsWith("offer suspect"))).toHaveLength(3);
    expect(dead).toBe(4000);
  });

  test("a lone accuser waits for six times as long", () => {
    const hands = known("abcde", { lastCall: false });
    hands.tell("a", "b", suspect("e", "b"));
    hands.until("a", hands.now + 4000);
    expect(hands.view("a")).toContain("e suspect@100");
  });

  test("switched off, a suspect has the least time at once, and nobody is told twice", () => {
    const { lines, dead } = until({ confirmations: false });
    expect(lines.filter((line) => line.startsWith("offer suspect"))).toHaveLength(1);
    expect(dead).toBe(4000);
  });
});

describe("buddy", () => {
  const ping = (config: MembershipOptions): string[] => {
    const hands = known("abcd", config);
    hands.tell("a", "b", suspect("c", "b"));
    for (;;) {
      const { target, lines } = round(hands);
      if (target === "c") return lines;
    }
  };

  test("the ping to a suspect says that it is one, in the same packet", () => {
    expect(ping({})).toContain("ping c + suspect c@100 by a to peer c");
  });

  test("switched off, it says nothing", () => {
    expect(ping({ buddy: false })).toContain("ping c to peer c");
  });
});

describe("the last call", () => {
  const lines = (config: MembershipOptions): string[] => {
    const hands = known("ab", config);
    hands.tell("a", "b", suspect("b", "x"));
    return hands.until("a", hands.now + 3999);
  };
  const call = "suspect b@100 by a + ping b to peer b";

  test("is answered even by who has taken the accusation back: that news was lost", () => {
    const hands = known("ab");
    hands.gossip("a", "b");
    hands.tell("a", "b", suspect("a", "b"));
    expect(hands.tell("a", "b", suspect("a", "b"))).toEqual(["alive a@101 to peer b"]);
    const mute = known("ab", { lastCall: false });
    mute.tell("a", "b", suspect("a", "b"));
    expect(mute.tell("a", "b", suspect("a", "b"))).toEqual([]);
  });

  test("tells a suspect before it is declared dead, and lets the ack carry the answer", () => {
    expect(lines({})).toContain(call);
  });

  test("switched off, nobody calls", () => {
    expect(lines({ lastCall: false })).not.toContain(call);
  });
});

describe("the ping over TCP", () => {
  /** A round of `a` in which no packet gets through; the stream does, if there is one. */
  const udpIsBlocked = (hands: Hands): string[] => {
    const { at } = round(hands);
    const asked = hands.until("a", at + 500);
    const dial = asked.find((line) => line.startsWith("dial"));
    if (dial === undefined) return hands.until("a", at + 1000);
    const exchange = Number(/as (\d+)/.exec(dial)?.[1]) as ExchangeId;
    expect(hands.handle("a", { type: "opened", exchange })).toEqual(["write"]);
    const bytes = encode(ACK, { type: "ack", seq: lastSeq(hands), payload: undefined });
    // In pieces, as streams come.
    hands.handle("a", { type: "chunk", exchange, bytes: bytes.subarray(0, 1) });
    const rest = hands.handle("a", { type: "chunk", exchange, bytes: bytes.subarray(1) });
    expect(rest).toEqual(["finish"]);
    return hands.next("a").slice(1);
  };

  test("keeps a member alive that packets do not reach, and tells of it once in a while", () => {
    const hands = known("ab");
    expect(udpIsBlocked(hands)).toEqual([
      "drop udpBlocked",
      "signal packetsLost",
      "event udpBlocked b",
    ]);
    expect(udpIsBlocked(hands)).toEqual(["drop udpBlocked", "signal packetsLost"]);
    expect(hands.view("a")).toEqual(["a alive@100", "b alive@100"]);
  });

  test("switched off, such a member is suspected", () => {
    const hands = known("ab", { tcpPing: false });
    expect(udpIsBlocked(hands)).toContain("event suspect b");
  });

  test.each([
    ["another number", encode(ACK, { type: "ack", seq: 1 as ProbeSeq, payload: undefined })],
    ["garbage", Uint8Array.of(0xff, 1, 2)],
  ])("an answer of %s counts for nothing", (_, bytes) => {
    const hands = known("ab");
    const { at } = round(hands);
    const dial = hands.until("a", at + 500).find((line) => line.startsWith("dial"));
    const exchange = Number(/as (\d+)/.exec(dial as string)?.[1]) as ExchangeId;
    hands.handle("a", { type: "opened", exchange });
    const answer = hands.handle("a", { type: "chunk", exchange, bytes });
    expect(answer).toEqual([expect.stringMatching(/^drop/), "abort"]);
    expect(hands.until("a", at + 1000)).toContain("event suspect b");
  });
});

describe("self-distrust", () => {
  /** `a` suspects `b`, sleeps for a minute and is woken. */
  const minute = (config: MembershipOptions): { hands: Hands; woken: string[] } => {
    const hands = known("ab", config);
    hands.tell("a", "b", suspect("b", "x"));
    hands.now = (hands.now + 60_000) as Instant;
    return { hands, woken: hands.handle("a", { type: "timeout" }) };
  };

  test("who has slept declares nobody dead before it has had time to answer", () => {
    const { hands, woken } = minute({});
    expect(woken).toContain("drop lateWakeUp");
    hands.until("a", hands.now + 3900);
    expect(hands.view("a")).toContain("b suspect@100");
    hands.until("a", hands.now + 1000);
    expect(hands.view("a")).toContain("b dead@100");
  });

  test("switched off, it declares the time of its sleep to be the other's silence", () => {
    const { hands } = minute({ selfDistrust: false, lastCall: false });
    expect(hands.view("a")).toContain("b dead@100");
  });
});

describe("plain SWIM, taken apart", () => {
  test("without suspicion a member that does not answer is dead at once", () => {
    const hands = known("ab", { suspicion: false });
    const { at } = round(hands);
    hands.until("a", at + 999);
    expect(hands.view("a")).toContain("b alive@100");
    const end = hands.until("a", at + 1000);
    expect(end).toContain("event fail b");
    expect(hands.view("a")).toContain("b dead@100");
  });

  test("without indirect checks nobody is asked", () => {
    const hands = known("abc", { indirectChecks: 0, tcpPing: false });
    expect(
      hands.until("a", round(hands).at + 999).filter((line) => line.startsWith("ask")),
    ).toEqual([]);
  });

  test("without piggyback news goes to every member from who has made it, and is not passed on", () => {
    const hands = known("abcd", { piggyback: false });
    hands.tell("a", "b", aliveOf(hands, "c"));
    hands.tell("a", "b", aliveOf(hands, "d"));
    hands.tell("a", "b", aliveOf(hands, "b"));
    expect(hands.node("a").news.size).toBe(0);
    const tags = new Map([["k", "v"]]);
    expect(hands.command("a", { type: "setTags", id: 1, tags })).toEqual([
      "alive a@101 to peer c",
      "alive a@101 to peer d",
      "alive a@101 to peer b",
      "event update a",
      '{"type":"tagsSet","id":1}',
    ]);
    expect(hands.tell("a", "b", suspect("c", "b"))).toEqual(["event suspect c"]);
  });
});

/** The number of the probe that `a` has under way: its last but those of errands. */
function lastSeq(hands: Hands): ProbeSeq {
  return hands.lastPing("a");
}

function aliveOf(hands: Hands, name: string) {
  const { address } = hands.node(name);
  const [host] = address.split(":") as [string];
  const addr = Uint8Array.from(host.split("."), Number);
  expect(formatAddress(addr, 7946)).toBe(address);
  const versions = Uint8Array.of(1, 5, 2, 2, 5, 5);
  const incarnation = 100 as Incarnation;
  const claim = { type: "alive", incarnation, node: name, addr, port: 7946 } as const;
  return { ...claim, meta: undefined, versions };
}
