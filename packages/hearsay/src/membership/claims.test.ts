import { describe, expect, test } from "vitest";
import { channelBit, channel, parseAddress } from "../kernel/index.ts";
import type { Incarnation, ProbeSeq } from "../kernel/index.ts";
import type { Candidate } from "./hooks.ts";
import type { Member } from "./member.ts";
import { encodeTags } from "./tags.ts";
import { addressOf, ClaimsScene } from "./test/claims-scene.ts";
import { failedRound, memberNamed } from "./test/members.ts";

const elsewhere = parseAddress("10.9.9.9:1");
const capable = [...encodeTags(new Map([["hs", "m"]]))];

describe("alive", () => {
  test("an unknown member joins and is told on", () => {
    const scene = new ClaimsScene("");
    expect(scene.alive("b", 1)).toEqual([
      "spread alive b@1 at 10.0.0.2:7946",
      "signal peerUp b",
      "event join b (heardAlive)",
    ]);
    expect(scene.view()).toEqual(["a alive@10", "b alive@1"]);
  });

  test("what is known already, or older, changes nothing and is not told on", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 3);
    expect(scene.alive("b", 3)).toEqual([]);
    expect(scene.alive("b", 2)).toEqual([]);
    expect(scene.alive("b", 3, { meta: [1] })).toEqual([]);
    expect(scene.view()[1]).toBe("b alive@3");
  });

  test("a higher incarnation is told on; only other metadata is an event", () => {
    const scene = new ClaimsScene();
    expect(scene.alive("b", 2)).toEqual(["spread alive b@2 at 10.0.0.2:7946"]);
    expect(scene.alive("b", 3, { meta: [7] })).toEqual([
      "spread alive b@3 at 10.0.0.2:7946",
      "event update b (tagsChanged)",
    ]);
  });

  test("a new capability tag is told to the other tenants", () => {
    const scene = new ClaimsScene();
    expect(scene.alive("b", 2, { meta: capable })).toEqual([
      "spread alive b@2 at 10.0.0.2:7946",
      "signal channelsLearnt b",
      "event update b (tagsChanged)",
    ]);
    const { peer } = scene.table.get("b") as Member;
    expect(scene.peers.channelsOf(peer)).toBe(channelBit(channel("m")));
    expect(scene.peers.checksums(peer)).toBe(true);
  });

  test("a member that is gone comes back with a higher incarnation alone", () => {
    const scene = new ClaimsScene();
    scene.dead("b", 1, "c");
    expect(scene.alive("b", 1)).toEqual(["tell 10.0.0.2:7946 of suspect b@1"]);
    expect(scene.alive("b", 2)).toEqual([
      "spread alive b@2 at 10.0.0.2:7946",
      "signal peerUp b",
      "event join b (heardAlive)",
    ]);
  });

  test("incarnation zero, bad names and bad versions make no member", () => {
    const scene = new ClaimsScene("");
    expect(scene.alive("b", 0)).toEqual(["drop zeroIncarnation"]);
    expect(scene.alive("", 1, { address: elsewhere })).toEqual(["drop badName"]);
    expect(scene.alive("b".repeat(17), 1, { address: elsewhere })).toEqual(["drop badName"]);
    for (const versions of [[], [0, 5, 2, 2, 5, 5], [1, 0, 2, 2, 5, 5], [1, 5, 2]]) {
      expect(scene.alive("b", 1, { versions: Uint8Array.from(versions) })).toEqual([
        "drop badVersions",
      ]);
    }
    expect(scene.view()).toEqual(["a alive@10"]);
  });

  test("a full table takes nobody in, and goes on with those it has", () => {
    const scene = new ClaimsScene("bc", 0, 3);
    expect(scene.alive("d", 1)).toEqual(["drop tooManyMembers"]);
    expect(scene.alive("b", 2)).toEqual(["spread alive b@2 at 10.0.0.2:7946"]);
  });

  test("without a port, a member is at our own", () => {
    const scene = new ClaimsScene("");
    expect(scene.alive("b", 1, { address: parseAddress("10.0.0.2:0") })[0]).toBe(
      "spread alive b@1 at 10.0.0.2:7946",
    );
  });
});

describe("suspect", () => {
  test("an accusation is told on and starts the clock", () => {
    const scene = new ClaimsScene();
    expect(scene.suspect("b", 1, "c")).toEqual([
      "spread suspect b@1 by c",
      "event suspect b (accused)",
    ]);
    expect(scene.wait(3999)).toEqual([]);
    expect(scene.wait(1)).toEqual([
      "spread dead b@1 by a",
      "signal peerDown b failed",
      "event fail b (suspicionExpired)",
    ]);
    expect(scene.events.at(-1)?.reason).toEqual({
      type: "suspicionExpired",
      startedAt: 0,
      by: "c",
      confirmedBy: [],
      confirmationsNeeded: 0,
      timeoutMs: 4000,
      excusedMs: 0,
    });
  });

  test("a second accuser is not told on: confirmations come with Lifeguard", () => {
    const scene = new ClaimsScene();
    scene.suspect("b", 1, "c");
    expect(scene.suspect("b", 1, "d")).toEqual([]);
    expect(scene.suspect("b", 9, "d")).toEqual([]);
    expect(scene.view()[1]).toBe("b suspect@1");
  });

  test("a higher incarnation clears it; the same does not", () => {
    const scene = new ClaimsScene();
    scene.suspect("b", 1, "c");
    expect(scene.alive("b", 1)).toEqual([]);
    expect(scene.alive("b", 2, { meta: [7] })).toEqual([
      "spread alive b@2 at 10.0.0.2:7946",
      "event alive b (refuted)",
      "event update b (tagsChanged)",
    ]);
    expect(scene.wait(60_000)).toEqual([]);
  });

  test("strangers, old incarnations and the gone are not suspected", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 5);
    expect(scene.suspect("z", 1, "c")).toEqual([]);
    expect(scene.suspect("b", 4, "c")).toEqual([]);
    scene.dead("c", 1, "d");
    expect(scene.suspect("c", 9, "d")).toEqual([]);
    expect(scene.view()).toEqual(["a alive@10", "b alive@5", "c dead@1", "d alive@1"]);
  });

  test("a failed probe is our own accusation, and names who was asked", () => {
    const scene = new ClaimsScene();
    const [b, c] = ["b", "c"].map((name) => scene.table.get(name)) as [Member, Member];
    const round = failedRound({ seq: 7 as ProbeSeq, relays: [c] });
    expect(scene.act((claims) => claims.handleUnreachable(b, round, scene.now, scene))).toEqual([
      "spread suspect b@1 by a",
      "event suspect b (probeFailed)",
    ]);
    const { incarnation: _, ...facts } = round;
    const reason = { type: "probeFailed", ...facts, relays: ["c"] };
    expect(scene.events.at(-1)?.reason).toEqual(reason);
  });

  test("a probe that failed under an older incarnation accuses nobody", () => {
    const scene = new ClaimsScene();
    const b = scene.table.get("b") as Member;
    const round = failedRound({ seq: 7 as ProbeSeq });
    scene.alive("b", 2);
    expect(scene.act((claims) => claims.handleUnreachable(b, round, scene.now, scene))).toEqual([]);
  });

  test("a state that says dead is suspicion in our own name", () => {
    const scene = new ClaimsScene();
    expect(scene.rumour("b", 1, "dead")).toEqual([
      "spread suspect b@1 by a",
      "event suspect b (toldByState)",
    ]);
    expect(scene.events.at(-1)?.reason).toEqual({
      type: "toldByState",
      state: "dead",
      from: { via: "pushPull", address: addressOf("d"), name: "d" },
    });
    expect(scene.rumour("z", 1, "dead")).toEqual([]);
  });
});

describe("dead", () => {
  test("named by another it is a failure, named by itself a goodbye", () => {
    const scene = new ClaimsScene();
    expect(scene.dead("b", 1, "c")).toEqual([
      "spread dead b@1 by c",
      "signal peerDown b failed",
      "event fail b (declaredDead)",
    ]);
    expect(scene.dead("d", 1, "d")).toEqual([
      "spread dead d@1 by d",
      "signal peerDown d left",
      "event leave d (left)",
    ]);
    expect(scene.view()).toEqual(["a alive@10", "b dead@1", "c alive@1", "d left@1"]);
  });

  test("a dead member may have left after all, once, and one that has left does not die", () => {
    const scene = new ClaimsScene();
    scene.dead("b", 3, "c");
    scene.dead("d", 1, "d");
    expect(scene.lost.get("b")?.incarnation).toBe(3);
    expect(scene.dead("b", 2, "b")).toEqual([]);
    expect(scene.dead("b", 5, "b")).toEqual(["spread dead b@5 by b", "event leave b (left)"]);
    expect(scene.dead("b", 5, "b")).toEqual([]);
    expect(scene.dead("d", 5, "c")).toEqual([]);
    expect(scene.lost.size).toBe(0);
  });

  test("a forgotten member that is still asked for leaves, too, and that is told on once", () => {
    const scene = new ClaimsScene("");
    scene.lost.add(memberNamed("b", 5), scene.now);
    expect(scene.dead("b", 4, "b")).toEqual([]);
    expect(scene.dead("b", 5, "c")).toEqual([]);
    expect(scene.dead("b", 5, "b")).toEqual(["spread dead b@5 by b"]);
    expect(scene.dead("b", 5, "b")).toEqual([]);
    expect(scene.alive("b", 5)[0]).toBe("drop forgotten");
  });

  test("a suspect that is declared dead elsewhere dies once", () => {
    const scene = new ClaimsScene();
    scene.suspect("b", 1, "c");
    expect(scene.dead("b", 1, "c")[0]).toBe("spread dead b@1 by c");
    expect(scene.wait(60_000)).toEqual([]);
  });

  test("strangers and old incarnations are not buried", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 5);
    expect(scene.dead("b", 4, "c")).toEqual([]);
    expect(scene.dead("z", 4, "c")).toEqual([]);
  });
});

describe("of ourselves", () => {
  test("every accusation is refuted, above its incarnation", () => {
    const scene = new ClaimsScene();
    const refuted = (incarnation: number): string[] => [
      `spread alive a@${incarnation} at 10.0.0.1:7946`,
      "refuted",
      "event alive a (refuting)",
    ];
    expect(scene.suspect("a", 10, "b")).toEqual(refuted(11));
    const from = { via: "gossip", address: addressOf("c"), name: "c" };
    const reason = { type: "refuting", claim: "suspect", was: 10, by: "b", from };
    expect(scene.events.at(-1)?.reason).toEqual(reason);
    expect(scene.dead("a", 41, "b")).toEqual(refuted(42));
    expect(scene.dead("a", 42, "a")).toEqual(refuted(43));
    expect(scene.rumour("a", 43, "dead")).toEqual(refuted(44));
    expect(scene.events.at(-1)?.reason).toMatchObject({ claim: "dead", by: undefined });
    expect(scene.view()[0]).toBe("a alive@44");
  });

  test("what was true of an earlier incarnation is no news", () => {
    const scene = new ClaimsScene();
    expect(scene.suspect("a", 9, "b")).toEqual([]);
    expect(scene.dead("a", 9, "b")).toEqual([]);
    expect(scene.alive("a", 9)).toEqual([]);
    expect(scene.alive("a", 10)).toEqual([]);
  });

  test("words that we never said are refuted, too", () => {
    const scene = new ClaimsScene();
    expect(scene.alive("a", 10, { meta: [1] })).toEqual([
      "spread alive a@11 at 10.0.0.1:7946",
      "refuted",
      "event alive a (refuting)",
    ]);
    expect(scene.alive("a", 50)[0]).toBe("spread alive a@51 at 10.0.0.1:7946");
  });

  test("the last incarnation of all cannot be refuted, only counted", () => {
    const scene = new ClaimsScene();
    expect(scene.dead("a", 0xffff_fffe, "b")[0]).toBe("spread alive a@4294967295 at 10.0.0.1:7946");
    expect(scene.dead("a", 0xffff_ffff, "b")).toEqual(["drop incarnationsExhausted"]);
    expect(scene.view()[0]).toBe("a alive@4294967295");
  });

  test("when we leave, nothing is refuted any more", () => {
    const scene = new ClaimsScene();
    expect(scene.act((_, transitions) => transitions.leave(scene.now, scene))).toEqual([
      "spread dead a@10 by a",
      "event leave a (leaving)",
    ]);
    expect(scene.dead("a", 99, "b")).toEqual([]);
    expect(scene.suspect("a", 99, "b")).toEqual([]);
    expect(scene.alive("a", 99)).toEqual([]);
    expect(scene.view()[0]).toBe("a left@10");
  });
});

describe("addresses", () => {
  test("another node under the name of one that answers is a conflict, and stops nobody", () => {
    const scene = new ClaimsScene();
    expect(scene.alive("b", 7, { address: elsewhere })).toEqual(["ping b at 10.0.0.2:7946"]);
    expect(scene.answer()).toEqual(["event conflict b (nameTaken)"]);
    expect(scene.events.at(-1)).toMatchObject({ address: addressOf("b"), claimed: elsewhere });
    expect(scene.view()[1]).toBe("b alive@1");
  });

  test("a conflict of a member with one address is told once in a while, however often it is claimed", () => {
    const scene = new ClaimsScene();
    const told: string[] = [];
    for (let second = 0; second < 60; second++) {
      told.push(...scene.alive("b", 7, { address: elsewhere }), ...scene.answer());
      scene.wait(1000);
    }
    expect(told.filter((line) => line.startsWith("event"))).toHaveLength(1);
    expect(told.filter((line) => line.startsWith("ping"))).toHaveLength(12);
    scene.alive("b", 7, { address: elsewhere });
    expect(scene.answer()).toEqual(["event conflict b (nameTaken)"]);
  });

  test("a member whose old address is silent has moved, alive as it may have seemed", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 7, { address: elsewhere });
    expect(scene.silence()).toEqual([
      "ping b at 10.0.0.2:7946",
      "ping b at 10.0.0.2:7946",
      "signal peerDown b moved",
      "spread alive b@7 at 10.9.9.9:1",
      "signal peerUp b",
      "event update b (moved)",
    ]);
    expect(scene.now).toBe(1500);
    expect(scene.view()[1]).toBe("b alive@7");
    expect(scene.table.at(elsewhere)?.name).toBe("b");
  });

  test("a suspect that has moved is alive, and one that is dead joins, both where they are now", () => {
    const scene = new ClaimsScene();
    scene.suspect("b", 1, "c");
    scene.alive("b", 7, { address: elsewhere });
    expect(scene.silence().at(-1)).toBe("event alive b (moved)");
    scene.dead("d", 1, "c");
    scene.alive("d", 7, { address: parseAddress("10.9.9.8:1") });
    expect(scene.silence().at(-1)).toBe("event join d (moved)");
    expect(scene.wait(60_000)).toEqual([]);
  });

  test("who speaks up where it was while we ask has not moved", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 7, { address: elsewhere });
    scene.alive("b", 8);
    expect(scene.silence().slice(2)).toEqual([]);
    expect(scene.view()[1]).toBe("b alive@8");
  });

  test("of many claims at once, some wait", () => {
    const scene = new ClaimsScene("");
    const names = Array.from({ length: 65 }, (_, i) => `x${i}`);
    for (const name of names) scene.alive(name, 1, { address: addressOf("b") });
    const lines = names.map((name) => scene.alive(name, 2, { address: elsewhere }));
    expect(lines.slice(0, 64).every(([line]) => line?.startsWith("ping"))).toBe(true);
    expect(lines[64]).toEqual(["drop takeoverWaits"]);
  });

  test("old news of an old address is no conflict, and the same incarnation at two is one", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 7);
    expect(scene.alive("b", 6, { address: elsewhere })).toEqual(["drop nameConflict"]);
    expect(scene.alive("b", 7, { address: elsewhere })).toEqual([
      "drop nameConflict",
      "event conflict b (nameTaken)",
    ]);
  });

  test("of our own name it is the other address that is asked: an answer is a conflict", () => {
    const scene = new ClaimsScene();
    expect(scene.alive("a", 1, { address: elsewhere })).toEqual([`ping a at ${elsewhere}`]);
    expect(scene.answer()).toEqual(["event conflict a (nameTaken)"]);
    expect(scene.view()[0]).toBe("a alive@10");
  });

  test("silence there is our own past, which we speak up above if it counts higher", () => {
    const scene = new ClaimsScene();
    scene.alive("a", 9, { address: elsewhere });
    expect(scene.silence().slice(2)).toEqual([]);
    scene.wait(5000);
    scene.alive("a", 50, { address: elsewhere });
    expect(scene.silence()[2]).toBe("spread alive a@51 at 10.0.0.1:7946");
  });

  test("old gossip of where a member that left had lived does not bring it back", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 7);
    scene.dead("b", 7, "b");
    expect(scene.alive("b", 7, { address: elsewhere })).toEqual([
      `tell ${elsewhere} of suspect b@7`,
    ]);
    expect(scene.table.get("b")?.state).toBe("left");
  });

  test("the name of a member that left is free at once to whoever counts higher", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 7);
    scene.dead("b", 7, "b");
    const before = (scene.table.get("b") as Member).peer;
    expect(scene.alive("b", 8, { address: elsewhere })).toEqual([
      "signal peerDown b moved",
      "spread alive b@8 at 10.9.9.9:1",
      "signal peerUp b",
      "event join b (moved)",
    ]);
    expect(scene.peers.has(before)).toBe(false);
    expect(scene.table.at(elsewhere)?.name).toBe("b");
    expect(scene.table.at(addressOf("b"))).toBeUndefined();
  });

  test("the name of a dead member is free after the reclaim time; before, its old address is asked", () => {
    const scene = new ClaimsScene("bcd", 500);
    scene.dead("b", 1, "c");
    scene.wait(500);
    expect(scene.alive("b", 2, { address: elsewhere })).toEqual(["ping b at 10.0.0.2:7946"]);
    scene.wait(1);
    expect(scene.alive("b", 2, { address: elsewhere })[0]).toBe("signal peerDown b moved");
  });

  test("whoever bears a gone member's name and counts no higher is told what is thought of it", () => {
    const scene = new ClaimsScene("bcd", 500);
    scene.dead("b", 1, "c");
    scene.wait(501);
    expect(scene.alive("b", 1, { address: elsewhere })).toEqual([
      `tell ${elsewhere} of suspect b@1`,
    ]);
  });

  test("without a reclaim time it is free to whoever counts higher, when the old address is silent", () => {
    const scene = new ClaimsScene();
    scene.dead("b", 1, "c");
    scene.wait(1_000_000_000);
    expect(scene.alive("b", 9, { address: elsewhere })).toEqual(["ping b at 10.0.0.2:7946"]);
    expect(scene.silence().at(-1)).toBe("event join b (moved)");
  });

  test("the two forms of one IPv4 address are two addresses, as they are for memberlist", () => {
    const scene = new ClaimsScene();
    scene.alive("b", 2, { address: parseAddress("[::ffff:a00:2]:7946") });
    expect(scene.answer()).toEqual(["event conflict b (nameTaken)"]);
  });
});

describe("a veto", () => {
  /** Only members with metadata may be members. */
  const withMeta = (): ClaimsScene => new ClaimsScene("", 0, 100, ({ meta }) => meta.length > 0);

  test("keeps a node out, and is counted", () => {
    const scene = withMeta();
    expect(scene.alive("b", 1)).toEqual(["drop vetoed"]);
    expect(scene.alive("b", 1, { meta: [1] }).at(-1)).toBe("event join b (heardAlive)");
  });

  test("is asked about news alone: of a member's change, its move, its return", () => {
    const scene = withMeta();
    scene.alive("b", 1, { meta: [1] });
    expect(scene.alive("b", 1)).toEqual([]);
    expect(scene.alive("b", 2)).toEqual(["drop vetoed"]);
    expect(scene.alive("b", 2, { address: elsewhere })).toEqual(["drop vetoed"]);
    scene.dead("b", 1, "b");
    expect(scene.alive("b", 2)).toEqual(["drop vetoed"]);
    expect(scene.view()).toEqual(["a alive@10", "b left@1"]);
  });

  test("is told what the node says of itself, and asked of others only", () => {
    const asked: Candidate[] = [];
    const scene = new ClaimsScene("", 0, 100, (candidate) => asked.push(candidate) > 0);
    scene.alive("a", 50);
    expect(asked).toEqual([]);
    scene.alive("b", 7, {
      meta: [
        ...encodeTags(
          new Map([
            ["role", "db"],
            ["hs", "m"],
          ]),
        ),
      ],
    });
    expect(asked).toMatchObject([
      { name: "b", address: addressOf("b"), incarnation: 7, tags: new Map([["role", "db"]]) },
    ]);
    expect(asked[0]?.channels).toBe(channelBit(channel("m")));
  });
});

describe("the forgotten", () => {
  /** `b` died under incarnation 5 and was forgotten. */
  function afterB(): ClaimsScene {
    const scene = new ClaimsScene("c");
    scene.forgotten.remember("b", 5 as Incarnation, scene.now);
    return scene;
  }

  test("old news of a forgotten member makes no ghost, and whoever has its name is told", () => {
    const scene = afterB();
    expect(scene.alive("b", 5)).toEqual(["drop forgotten", "tell 10.0.0.2:7946 of suspect b@5"]);
    expect(scene.view()).toEqual(["a alive@10", "c alive@1"]);
  });

  test("a node that counts anew, as memberlist's do, hears it at its new address and is welcome above", () => {
    const scene = afterB();
    const told = scene.alive("b", 1, { address: elsewhere });
    expect(told).toEqual(["drop forgotten", `tell ${elsewhere} of suspect b@5`]);
    expect(scene.alive("b", 6, { address: elsewhere }).at(-1)).toBe("event join b (heardAlive)");
    expect(scene.forgotten.size).toBe(0);
  });

  test("a leave that comes before the join is remembered, and the join that comes late makes no member", () => {
    const scene = new ClaimsScene("");
    expect(scene.dead("z", 3, "z")).toEqual([]);
    expect(scene.alive("z", 3)[0]).toBe("drop forgotten");
    expect(scene.dead("z", 2, "z")).toEqual([]);
    expect(scene.forgotten.incarnationOf("z", scene.now)).toBe(3);
    expect(scene.alive("z", 4).at(-1)).toBe("event join z (heardAlive)");
  });

  test("who was declared dead before it was heard of is taken in: it may live", () => {
    const scene = new ClaimsScene("");
    scene.dead("z", 3, "b");
    expect(scene.alive("z", 3).at(-1)).toBe("event join z (heardAlive)");
  });

  test("a leave under a name that is too long is not remembered", () => {
    const scene = new ClaimsScene("");
    scene.dead("z".repeat(129), 3, "z".repeat(129));
    expect(scene.forgotten.size).toBe(0);
  });

  test("one is told once in a probe interval, and sixteen at most are", () => {
    const scene = afterB();
    scene.alive("b", 5);
    expect(scene.alive("b", 5)).toEqual(["drop forgotten"]);
    scene.wait(1000);
    expect(scene.alive("b", 5)).toHaveLength(2);
    const names = "efghijklmnopqrstuvwxyz";
    for (const name of names) {
      scene.alive(name, 1);
      scene.dead(name, 1, "c");
    }
    const told = [...names].flatMap((name) => scene.alive(name, 1));
    expect(told).toHaveLength(15);
  });

  test("the memory ends after its time, and the oldest make room", () => {
    const scene = afterB();
    scene.forgotten.remember("e", 1 as Incarnation, scene.now);
    scene.forgotten.remember("f", 1 as Incarnation, scene.now);
    expect(scene.alive("b", 5).at(-1)).toBe("event join b (heardAlive)");
    expect(scene.alive("f", 1)[0]).toBe("drop forgotten");
    scene.wait(60_001);
    expect(scene.alive("f", 1).at(-1)).toBe("event join f (heardAlive)");
  });
});

describe("our own news", () => {
  test("new tags are told under the next incarnation", () => {
    const scene = new ClaimsScene();
    const meta = Uint8Array.of(1, 2);
    expect(scene.act((_, transitions) => transitions.updateSelf(meta, scene.now, scene))).toEqual([
      "spread alive a@11 at 10.0.0.1:7946",
      "event update a (tagsSet)",
    ]);
  });

  test("a node introduces itself", () => {
    const scene = new ClaimsScene("");
    expect(scene.act((_, transitions) => transitions.introduceSelf(scene.now, scene))).toEqual([
      "spread alive a@10 at 10.0.0.1:7946",
      "event join a (started)",
    ]);
  });
});
