/** Each checker catches a bug that is planted for it, and says nothing of a cluster that is well. */
import { describe, expect, test } from "vitest";
import type { MemberEvent, MembershipEvent } from "../../membership/index.ts";
import { Cluster } from "../cluster.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Violation } from "./checker.ts";
import { agreementBoundMs } from "./liveness.ts";
import { Violated, Watch } from "./watch.ts";

/** What is done to an event before the checkers see it, as a bug in the machine would. */
type Tamper = (event: WorldEvent) => readonly WorldEvent[];

/** A story with a crash, a pause, a leave and a change of tags, under all checkers. */
function story(tamper: Tamper = (event) => [event], more?: (cluster: Cluster) => void): Watch {
  const watch = new Watch();
  const cluster = new Cluster({
    seed: 5,
    wire: "objects",
    network: { latencyMs: [1, 10] },
    membership: { preset: "local" },
    epochSeconds: 1,
    onStart: (node) => watch.started(node),
    onEvent: (event) => {
      for (const one of tamper(event)) watch.event(one);
    },
    onStep: (node) => watch.step(node),
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
function violationOf(tamper: Tamper, more?: (cluster: Cluster) => void): Violation {
  try {
    story(tamper, more);
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
  expect(Object.keys(looks).toSorted()).toEqual([
    "incarnations",
    "limits",
    "replay",
    "selves",
    "stories",
  ]);
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
      return is(event, "update", "a") ? [told(event, { tags: new Map() })] : [event];
    });
    expect(checker).toBe("replay");
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
