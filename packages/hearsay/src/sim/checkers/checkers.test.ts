/** Each checker catches a bug that is planted for it, and says nothing of a cluster that is well. */
import { describe, expect, test, vi } from "vitest";
import { crc32, Keyring, PlainEnvelope, SealedEnvelope } from "../../codec/index.ts";
import { Packet } from "../../composition/index.ts";
import { parseAddress } from "../../kernel/index.ts";
import type { Outgoing } from "../../composition/index.ts";
import type { MemberEvent, MembershipEvent } from "../../membership/index.ts";
import { checkStory } from "../campaign/story.ts";
import { Cluster } from "../cluster.ts";
import { Secrets } from "../secrets.ts";
import type { WorldEvent, WorldSend } from "../world-options.ts";
import type { Violation } from "./checker.ts";
import { agreementBoundMs } from "./liveness.ts";
import { Violated, Watch } from "./watch.ts";

/** What is done to an event before the checkers see it, as a bug in the machine would. */
type Tamper = (event: WorldEvent) => readonly WorldEvent[];

/** The same of what a node sends. */
type TamperSent = (sent: WorldSend) => readonly WorldSend[];

/** A story with a crash, a pause, a leave and a change of tags, under all checkers. */
function story(
  tamper: Tamper = (event) => [event],
  more?: (cluster: Cluster) => void,
  tamperSent: TamperSent = (sent) => [sent],
): Watch {
  const watch = new Watch();
  const cluster = new Cluster({
    seed: 5,
    secrets: new Secrets("k1", "dc1"),
    network: { latencyMs: [1, 10] },
    membership: { preset: "local" },
    epochSeconds: 1,
    onStart: (node) => watch.started(node),
    onEvent: (event) => {
      for (const one of tamper(event)) watch.event(one);
    },
    onStep: (node, input) => watch.step(node, input),
    onSend: (sent) => {
      for (const one of tamperSent(sent)) watch.sent(one);
    },
  });
  watch.began(cluster);
  cluster.form(["a", "b", "c", "d", "e"]);
  const { world } = cluster;
  world.run(3000);
  cluster.setTags("a", new Map([["role", "db"]]));
  world.pause("b");
  world.run(3000);
  world.resume("b");
  world.crash("c");
  world.run(15_000);
  world.restart("c");
  cluster.join("c", ["a"]);
  world.run(3000);
  more?.(cluster);
  cluster.leave("e");
  world.run(3000);
  return watch;
}

/** What ends the story. */
function violationOf(
  tamper?: Tamper,
  more?: (cluster: Cluster) => void,
  tamperSent?: TamperSent,
): Violation {
  try {
    story(tamper, more, tamperSent);
  } catch (error) {
    if (error instanceof Violated) return error.violation;
    throw error;
  }
  throw new Error("nothing was seen");
}

/** Changes what an event says of its member. */
function told(event: WorldEvent, change: Partial<MemberEvent["member"]>): WorldEvent {
  const { member, ...rest } = event.event as MembershipEvent;
  return { ...event, event: { ...rest, member: { ...member, ...change } } as MembershipEvent };
}

const is = (event: WorldEvent, type: MembershipEvent["type"], name: string): boolean => {
  const { event: said, node } = event;
  return node !== name && said.type === type && (said as MembershipEvent).member.name === name;
};

test("of a cluster that is well, checkers say nothing, and all have looked", () => {
  const { looks } = story();
  expect(Object.keys(looks).toSorted().join(" ")).toBe(
    "codec incarnations keys limits metadata replay selves stories traffic",
  );
  for (const count of Object.values(looks)) expect(count).toBeGreaterThan(20);
});

describe("a planted bug is caught:", () => {
  test("an event that is told twice", () => {
    const { checker, message } = violationOf((event) => {
      return is(event, "fail", "c") ? [event, event] : [event];
    });
    expect(checker).toBe("stories");
    expect(message).toContain("says fail of c");
  });

  test("an event that is not told", () => {
    const { checker } = violationOf((event) => (is(event, "fail", "c") ? [] : [event]));
    expect(["replay", "stories"]).toContain(checker);
  });

  test("a member that is alive again under the incarnation under which it was dead", () => {
    let deadAs = 0;
    const { checker, message } = violationOf((event) => {
      if (is(event, "fail", "c")) deadAs = (event.event as MemberEvent).member.incarnation;
      return is(event, "join", "c") && deadAs > 0
        ? [told(event, { incarnation: deadAs as never })]
        : [event];
    });
    expect(checker).toBe("stories");
    expect(message).toContain("under the same incarnation");
  });

  test("an incarnation that its owner has never had", () => {
    const { checker, message } = violationOf((event) => {
      return is(event, "update", "a") ? [told(event, { incarnation: 999 as never })] : [event];
    });
    expect(checker).toBe("incarnations");
    expect(message).toContain("a under incarnation 999, who has never had more than");
  });

  test("a member that nobody is", () => {
    const { checker, message } = violationOf((event) => {
      return is(event, "join", "b") ? [told(event, { name: "ghost" })] : [event];
    });
    expect(checker).toBe("incarnations");
    expect(message).toBe("speaks of ghost, who has never been");
  });

  test("tags that are not what was told", () => {
    const { checker } = violationOf((event) => {
      const { type, member } = event.event as MembershipEvent;
      const isTold = type === "update" && member.name === "a";
      return isTold ? [told(event, { tags: new Map() })] : [event];
    });
    expect(checker).toBe("replay");
  });

  test("a member that is somewhere else for one of the others", () => {
    const { checker, message } = violationOf((event) => {
      const isTold = event.node === "d" && is(event, "join", "b");
      return isTold ? [told(event, { address: parseAddress("10.9.9.9:1") })] : [event];
    });
    expect(checker).toBe("metadata");
    expect(message).toMatch(/^knows b under incarnation \d+ at 10\.\S+, another one at 10\./);
  });

  test("tags that one has wrong, although it has the incarnation right", () => {
    const { checker, message } = violationOf((event) => {
      const isTold = event.node === "d" && is(event, "update", "a");
      return isTold ? [told(event, { tags: new Map([["role", "web"]]) })] : [event];
    });
    expect(checker).toBe("metadata");
    expect(message).toMatch(
      /role=web, another one at \S+ role=db$|role=db, another one .* role=web$/,
    );
  });

  test("a table that grows beyond its limit", () => {
    const { checker, message } = violationOf(undefined, (cluster) => {
      const eachStore = (visit: (what: string, size: number, most: number) => void): void =>
        visit("forgotten names", 20_000, 16_384);
      Object.defineProperty(cluster.membership("a"), "eachStore", { value: eachStore });
    });
    expect(checker).toBe("limits");
    expect(message).toBe("keeps 20000 forgotten names, more than 16384");
  });

  test("a node that accuses itself", () => {
    const { checker, message } = violationOf(
      (event) => [event],
      (cluster) => {
        const membership = cluster.membership("a");
        Object.defineProperty(membership, "state", { value: "suspect" });
      },
    );
    expect(checker).toBe("selves");
    expect(message).toBe("holds itself for suspect");
  });

  test("a queue that grows beyond its limit", () => {
    const { checker, message } = violationOf(
      (event) => [event],
      ({ world }) => {
        world.machine("a").eachQueue = (visit) => visit("membership", 5000, 1);
      },
    );
    expect(checker).toBe("limits");
    expect(message).toBe("membership has 5000 messages in its queue");
  });

  test("a node that says everything fifty times", () => {
    const { checker, message } = violationOf(undefined, undefined, (sent) => {
      if (sent.node !== "b" || sent.packet === undefined) return [sent];
      return Array.from({ length: 50 }, () => sent);
    });
    expect(checker).toBe("traffic");
    expect(message).toMatch(/has sent \d+ datagrams too many: [\d.]+ a second/);
  });

  test("a suspect that is called without end", () => {
    const { checker, message } = violationOf(undefined, undefined, (sent) => {
      const isCall = sent.packet?.parts[0]?.wire.type === "suspect" && sent.packet.parts.length > 1;
      return isCall ? Array.from({ length: 30 }, () => sent) : [sent];
    });
    expect(checker).toBe("traffic");
    expect(message).toMatch(/has sent \d+ last calls to one suspect too many/);
  });

  test("a node that dials all the time", () => {
    const { checker, message } = violationOf(undefined, undefined, (sent) => {
      if (sent.node !== "b") return [sent];
      return [sent, ...Array.from({ length: 4 }, () => ({ ...sent, packet: undefined }))];
    });
    expect(checker).toBe("traffic");
    expect(message).toMatch(/has sent \d+ streams too many/);
  });

  test("a packet that is larger than its limit", () => {
    const { checker, message } = violationOf(undefined, undefined, (sent) => {
      const { packet } = sent;
      if (packet === undefined) return [sent];
      const many = Array.from({ length: 100 }, () => packet.first);
      return [{ ...sent, packet: new Packet(packet.first, many) }];
    });
    expect(checker).toBe("traffic");
    expect(message).toMatch(/sends a packet of \d+ bytes, more than 1400/);
  });

  /** The first ping of the story, changed. */
  const pingWith = (change: (part: Outgoing) => Partial<Outgoing>): TamperSent => {
    return (sent) => {
      const [part] = sent.packet?.parts ?? [];
      if (part?.wire.type !== "ping") return [sent];
      return [{ ...sent, packet: new Packet({ ...part, ...change(part) } as Outgoing) }];
    };
  };

  test.each<[bug: string, change: (part: Outgoing) => Partial<Outgoing>, message: RegExp]>([
    [
      "is read as another one",
      ({ wire, message }) => ({
        message: { ...message, seq: 7 } as never,
        encodeInto: (target: Uint8Array, at: number) => {
          return wire.encodeInto({ ...message, seq: 8 } as never, target, at);
        },
      }),
      /sends a ping whose seq is read as something else/,
    ],
    [
      "is longer than announced",
      ({ size, wire, message }) => ({
        size: size + 1,
        encodeInto: (target: Uint8Array, at: number) => wire.encodeInto(message, target, at),
      }),
      /announces \d+ bytes and writes \d+/,
    ],
    [
      "goes out as another type",
      ({ wire, message }) => ({
        encodeInto: (target: Uint8Array, at: number) => {
          const end = wire.encodeInto(message, target, at);
          target[at] = 1;
          return end;
        },
      }),
      /sends a ping as another type/,
    ],
  ])("a message that %s", (_, change, expected) => {
    const { checker, message } = violationOf(undefined, undefined, pingWith(change));
    expect(checker).toBe("codec");
    expect(message).toMatch(expected);
  });

  test("a packet that is taken although its key was removed", () => {
    const remove = vi.spyOn(Keyring.prototype, "remove").mockImplementation(() => {});
    try {
      const { checker, message } = violationOf(undefined, ({ secrets, world }) => {
        secrets.install("a", "k2");
        secrets.use("a", "k2");
        secrets.remove("a", "k1");
        world.run(3000);
      });
      expect(checker).toBe("keys");
      expect(message).toBe("takes a packet for which it has no key");
    } finally {
      remove.mockRestore();
    }
  });

  test("a packet that is taken although nobody has sealed it", () => {
    const open = vi
      .spyOn(SealedEnvelope.prototype, "open")
      .mockImplementation((datagram) => new PlainEnvelope(crc32).open(datagram));
    try {
      const { checker, message } = violationOf(undefined, ({ secrets, world }) => {
        secrets.only("a", []);
        world.run(3000);
      });
      expect(checker).toBe("keys");
      expect(message).toBe("takes a packet for which it has no key");
    } finally {
      open.mockRestore();
    }
  });

  test("a stranger that gets into a table", () => {
    const { checker, message } = violationOf(
      (event) => (is(event, "leave", "e") ? [told(event, { name: "x" })] : [event]),
      (cluster) => {
        cluster.add("x");
        cluster.secrets.only("x", ["stolen"]);
        cluster.world.run(100);
      },
    );
    expect(["keys", "stories"]).toContain(checker);
    expect(message).toMatch(/x/);
  });

  test("agreement that does not come", () => {
    const watch = new Watch();
    const cluster = new Cluster({ seed: 1, network: { loss: 1 } });
    watch.began(cluster);
    cluster.form(["a", "b"]);
    const agreed = cluster.runUntilAgreed(1000);
    expect(() => watch.waited(agreed, 1000, undefined)).toThrow(/no agreement within 1000ms/);
  });
});

test("the bound grows with the nodes, and with the dead who are still asked for", () => {
  const bound = (n: number, gone: number): number => agreementBoundMs(n, gone, { preset: "lan" });
  expect(bound(3, 0)).toBeLessThan(bound(30, 0));
  expect(bound(30, 0)).toBeLessThan(bound(30, 10));
});

test("whoever gossips and probes rarely may do all of it at once", () => {
  const rare = [
    "cluster a b c d preset=lan seed=7 probeIntervalMs=30000 gossipIntervalMs=2000 reconnectIntervalMs=300000",
    "run 1h",
    "add e",
    "join e d",
    "pause a",
    "run 10m",
    "",
  ].join("\n");
  const { violation, looks } = checkStory(rare);
  expect(violation).toBeUndefined();
  expect(looks["traffic"]).toBeGreaterThan(100);
});
