import { describe, expect, test } from "vitest";
import type { NetworkCounts } from "./network-counts.ts";
import { around, between, way } from "./place.ts";
import { ToyWorld } from "./test/toy-tenant.ts";
import type { WorldOptions } from "./world-options.ts";

/** Numbers of the notes that arrived, in their order, from lines such as `12 b note 7 from …`. */
const notes = (lines: readonly string[]): number[] => {
  return lines.filter((line) => line.includes(" note ")).map((line) => Number(line.split(" ")[3]));
};

/** A world in which a has told b `count` notes at once, and what b has heard of them after a second. */
function told(count: number, options: Partial<WorldOptions> = {}): [number[], NetworkCounts] {
  const toys = new ToyWorld("a b", options);
  for (let n = 0; n < count; n++) toys.tell("a", "b", n);
  return [notes(toys.after(1000)), toys.world.counts];
}

/** Who hears whom, of all pairs: `ab ba …`. */
function heard(toys: ToyWorld): string {
  const { names } = toys.world;
  const pairs = names.flatMap((from) => {
    return names.filter((to) => to !== from).map((to) => ({ from, to }));
  });
  for (const [n, { from, to }] of pairs.entries()) toys.tell(from, to, n);
  return notes(toys.after(1000))
    .toSorted((a, b) => a - b)
    .map((n) => `${pairs[n]?.from}${pairs[n]?.to}`)
    .join(" ");
}

describe("shapes", () => {
  test("a bridge reaches both sides, which do not reach each other", () => {
    const toys = new ToyWorld("a b c d e");
    toys.world.links.bridge([["a", "b"], ["c"], ["d", "e"]]);
    expect(heard(toys)).toBe("ab ac ba bc ca cb cd ce dc de ec ed");
  });

  test("in a ring each reaches the two next to it", () => {
    const toys = new ToyWorld("a b c d e");
    toys.world.links.ring(["a", "b", "c", "d", "e"]);
    expect(heard(toys)).toBe("ab ae ba bc cb cd dc de ea ed");
  });

  test("an isolated node reaches nobody, not those who come later either, and others stay isolated when it is back", () => {
    const toys = new ToyWorld("a b c d");
    toys.world.links.isolate(["a"]);
    toys.world.links.isolate(["b"]);
    expect(heard(toys)).toBe("cd dc");
    toys.world.links.repair(around("a"));
    expect(heard(toys)).toBe("ac ad ca cd da dc");
    toys.world.repair();
    expect(heard(toys).split(" ")).toHaveLength(12);
  });

  test("ways are cut one way or both, between groups", () => {
    const toys = new ToyWorld("a b c d");
    toys.world.links.cut(way(["a", "b"], ["c"]));
    toys.world.links.cut(between(["a"], ["d"]));
    expect(heard(toys)).toBe("ab ba bd ca cb cd db dc");
    toys.world.links.repair(way(["a"], ["c", "d"]));
    expect(heard(toys)).toBe("ab ac ad ba bd ca cb cd db dc");
  });
});

describe("copies", () => {
  test("duplicates arrive at their share, each at a time of its own, and are counted", () => {
    const network = { latencyMs: [1, 50], duplicate: 0.2 } as const;
    const [numbers, counts] = told(1000, { network });
    expect(numbers.length).toBe(1000 + counts.duplicated);
    expect(counts.duplicated).toBeGreaterThan(160);
    expect(counts.duplicated).toBeLessThan(240);
    expect(new Set(numbers).size).toBe(1000);
  });

  test("replays bring back what was sent before, even long before", () => {
    const toys = new ToyWorld("a b", { network: { latencyMs: 10, replay: 0.3 } });
    const early: number[] = [];
    for (let n = 0; n < 4000; n++) {
      toys.tell("a", "b", n);
      toys.world.run(1);
      if (n >= 3900) early.push(...notes(toys.lines()).filter((number) => number < n - 1000));
      else toys.lines();
    }
    const { replayed } = toys.world.counts;
    expect(replayed).toBeGreaterThan(1100);
    expect(replayed).toBeLessThan(1300);
    expect(early.length).toBeGreaterThan(0);
  });

  test("nothing is replayed into a partition", () => {
    const toys = new ToyWorld("a b c", { network: { replay: 1 } });
    toys.tell("a", "b", 1);
    toys.after(100);
    toys.world.partition([["a", "c"], ["b"]]);
    toys.tell("a", "c", 2);
    expect(notes(toys.after(100))).toEqual([2]);
    expect(toys.world.counts.replayed).toBe(0);
  });
});

test("what is corrupted is damaged, and is dropped where a checksum tells", () => {
  const [numbers, { corrupted }] = told(1000, { network: { corrupt: 0.1 } });
  expect(corrupted).toBeGreaterThan(70);
  expect(corrupted).toBeLessThan(130);
  const intact = new Set(numbers.filter((n) => n < 1000));
  // Notes of toys are two thirds of their datagrams, and have no checksum.
  expect(intact.size).toBeGreaterThanOrEqual(1000 - corrupted);
  expect(intact.size).toBeLessThan(1000);
});

test("jitter delays by up to its bound, and lets datagrams overtake each other", () => {
  const toys = new ToyWorld("a b", { network: { latencyMs: 10, jitterMs: 50 } });
  for (let n = 0; n < 100; n++) toys.tell("a", "b", n);
  const lines = toys.after(1000);
  const numbers = notes(lines);
  const times = lines.map((line) => Number(line.split(" ")[0]));
  expect(numbers).not.toEqual(numbers.toSorted((a, b) => a - b));
  expect(Math.min(...times)).toBeLessThan(15);
  expect(Math.max(...times)).toBeGreaterThan(55);
  expect(Math.max(...times)).toBeLessThan(60);
  expect(toys.world.counts.jittered).toBe(100);
});

describe("latency", () => {
  test("differs from way to way, and the most particular word holds", () => {
    const toys = new ToyWorld("a b c");
    const { links } = toys.world;
    links.setLatency(50, way(["a"], ["b"]));
    links.setLatency(200, around("c"));
    for (const to of ["b", "c"]) toys.tell("a", to, 1);
    toys.tell("b", "a", 2);
    links.setLatency(5, way(["c"], ["a"]));
    toys.tell("c", "a", 3);
    expect(toys.after(1000).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
      "5 a note 3",
      "10 a note 2",
      "50 b note 1",
      "200 c note 1",
    ]);
    links.setLatency(1);
    toys.tell("a", "c", 4);
    expect(toys.after(10)).toEqual(["1001 c note 4 from 10.0.0.1:7946"]);
  });

  test("can be given as a matrix", () => {
    const toys = new ToyWorld("a b", {
      network: {
        latencyMatrixMs: [
          [0, 30],
          [7, 0],
        ],
      },
    });
    toys.tell("a", "b", 1);
    toys.tell("b", "a", 2);
    expect(toys.after(100).map((line) => line.split(" ")[0])).toEqual(["7", "30"]);
  });

  test("of streams follows the same distributions", () => {
    const toys = new ToyWorld("a b");
    toys.world.links.setLatency(100, way(["b"], ["a"]));
    toys.dial("a", "b");
    expect(toys.after(1000)[0]).toBe("110 a 1 opened");
  });
});

describe("loss of one way", () => {
  test("leaves the others as they are", () => {
    const toys = new ToyWorld("a b c");
    toys.world.links.setLoss(1, way(["a"], ["b"]));
    expect(heard(toys)).toBe("ac ba bc ca cb");
    expect(toys.world.counts.lost).toBe(1);
  });
});

describe("bandwidth", () => {
  test("datagrams queue in front of a slow link, each direction for itself", () => {
    // 35 bytes with their headers, at one byte a ms.
    const toys = new ToyWorld("a b", { network: { latencyMs: 10, bandwidth: 8000 } });
    for (let n = 0; n < 3; n++) toys.tell("a", "b", n);
    toys.tell("b", "a", 3);
    expect(toys.after(1000).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
      "45 b note 0",
      "45 a note 3",
      "80 b note 1",
      "115 b note 2",
    ]);
    expect(toys.world.counts.queued).toBe(4);
  });

  test("a full queue drops, and the link is free again when it has caught up", () => {
    const toys = new ToyWorld("a b", { network: { bandwidth: 80_000 } });
    for (let n = 0; n < 3000; n++) toys.tell("a", "b", n);
    expect(toys.after(60_000)).toHaveLength(Math.floor(65_536 / 35));
    expect(toys.world.counts.overflowed).toBe(3000 - Math.floor(65_536 / 35));
    toys.world.links.setBandwidth(undefined);
    toys.tell("a", "b", 1);
    expect(toys.after(2)).toHaveLength(1);
  });

  test("a stream takes as long as its bytes need", () => {
    const toys = new ToyWorld("a b", { network: { latencyMs: 1 } });
    toys.dial("a", "b");
    toys.after(100);
    toys.world.links.setBandwidth(8_000_000, way(["a"], ["b"]));
    toys.write("a", "x".repeat(100_000));
    const last = toys.after(1000).findLast((line) => line.includes("chunk"));
    expect(Number(last?.split(" ")[0])).toBeGreaterThan(200);
    expect(Number(last?.split(" ")[0])).toBeLessThan(203);
  });
});

describe("a clogged way", () => {
  test("holds all until it is free, in its order", () => {
    const toys = new ToyWorld("a b");
    toys.world.links.clog(way(["a"], ["b"]));
    for (let n = 0; n < 3; n++) toys.tell("a", "b", n);
    toys.tell("b", "a", 9);
    expect(notes(toys.after(500))).toEqual([9]);
    toys.world.links.unclog();
    expect(toys.after(100).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
      "510 b note 0",
      "510 b note 1",
      "510 b note 2",
    ]);
    expect(toys.world.counts.clogged).toBe(3);
  });

  test("is free after its time, unless it was clogged anew", () => {
    const toys = new ToyWorld("a b");
    const { links } = toys.world;
    links.clog(way(["a"], ["b"]), 100);
    toys.tell("a", "b", 1);
    expect(notes(toys.after(99))).toEqual([]);
    expect(notes(toys.after(20))).toEqual([1]);
    links.clog(way(["a"], ["b"]), 100);
    toys.after(50);
    links.clog(way(["a"], ["b"]));
    toys.tell("a", "b", 2);
    expect(notes(toys.after(1000))).toEqual([]);
    links.unclog(around("a"));
    expect(notes(toys.after(20))).toEqual([2]);
  });

  test("holds a thousand datagrams, and loses more", () => {
    const toys = new ToyWorld("a b");
    toys.world.links.clog();
    for (let n = 0; n < 1200; n++) toys.tell("a", "b", n);
    toys.after(10);
    toys.world.links.unclog();
    expect(toys.after(100)).toHaveLength(1000);
    expect(toys.world.counts.overflowed).toBe(200);
  });

  test("holds streams, too", () => {
    const toys = new ToyWorld("a b");
    toys.dial("a", "b");
    toys.after(100);
    toys.world.links.clog(way(["a"], ["b"]), 1000);
    toys.write("a", "late");
    expect(toys.after(900).filter((line) => line.includes("chunk"))).toEqual([]);
    expect(toys.after(200)).toEqual(["1110 b -1 chunk late"]);
  });
});

describe("a firewall", () => {
  /** Whether notes and dials get from a to b. */
  const passes = (toys: ToyWorld, exchange: number): string => {
    toys.tell("a", "b", 1);
    toys.dial("a", "b", exchange);
    const lines = toys.after(500).join(" ");
    return `${lines.includes("note") ? "udp" : ""} ${lines.includes("opened") ? "tcp" : ""}`.trim();
  };

  test("stops UDP and lets TCP through, or the reverse", () => {
    const toys = new ToyWorld("a b");
    const { links } = toys.world;
    links.block("udp");
    expect(passes(toys, 1)).toBe("tcp");
    links.unblock("udp");
    links.block("tcp");
    expect(passes(toys, 2)).toBe("udp");
    links.unblock();
    expect(passes(toys, 3)).toBe("udp tcp");
    expect(toys.world.counts.blocked).toBe(2);
  });

  test("around one node or on one way leaves the others alone", () => {
    const toys = new ToyWorld("a b c");
    const { links } = toys.world;
    links.block("udp", around("c"));
    expect(heard(toys)).toBe("ab ba");
    links.unblock("udp", around("c"));
    links.block("udp", way(["a"], ["b"]));
    expect(heard(toys)).toBe("ac ba bc ca cb");
    links.block("tcp", way(["b"], ["a"]));
    expect(passes(toys, 1)).toBe("");
  });
});

test("behind a NAT a node is seen at another address, which reaches it", () => {
  const toys = new ToyWorld("a b");
  const outside = toys.world.outsideOf("a");
  toys.world.rewrite("a", outside);
  toys.tell("a", "b", 1);
  toys.do("b", { type: "tell", to: outside, n: 2 });
  toys.dial("a", "b");
  expect(toys.after(1000)).toEqual([
    "10 b note 1 from 203.0.113.1:7946",
    "10 a note 2 from 10.0.0.2:7946",
    "20 a 1 opened",
    "20 a 1 writable",
    "30 b -1 accepted from 203.0.113.1:32768",
  ]);
  expect(toys.world.counts.rewritten).toBe(2);
  toys.world.rewrite("a");
  toys.tell("a", "b", 3);
  expect(toys.after(10)).toEqual(["1010 b note 3 from 10.0.0.1:7946"]);
  expect(() => toys.world.rewrite("a", toys.world.addressOf("b"))).toThrow(/lives at/);
});

test("switching one fault shifts the decisions of no other", () => {
  const lossOf = (network: WorldOptions["network"]): Set<number> => {
    const [numbers] = told(500, { network: { loss: 0.3, ...network } });
    return new Set(numbers);
  };
  const lost = lossOf({});
  expect(lost.size).toBeLessThan(400);
  expect(lossOf({ duplicate: 0.5 })).toEqual(lost);
  expect(lossOf({ jitterMs: 30 })).toEqual(lost);
  expect(lossOf({ latencyMs: { type: "lognormal", medianMs: 20 } })).toEqual(lost);
  const copies = (network: WorldOptions["network"]): number => {
    return told(500, { network: { duplicate: 0.5, ...network } })[1].duplicated;
  };
  expect(copies({ replay: 0.5, jitterMs: 10 })).toBe(copies({}));
});

test("calm ends all of it", () => {
  const toys = new ToyWorld("a b c");
  const { links } = toys.world;
  links.setLatency(500);
  links.setLoss(1);
  links.setJitter(400);
  links.setBandwidth(100);
  links.setDuplication(1);
  links.setCorruption(1);
  links.setReplay(1);
  links.ring(["a", "b", "c"]);
  links.isolate(["a"]);
  links.block("udp");
  links.clog();
  toys.world.slow("a", 100);
  toys.world.drift("b", 0.5);
  toys.world.pause("c");
  toys.world.calm();
  toys.tell("a", "b", 1);
  toys.tell("b", "c", 2);
  expect(toys.after(10)).toEqual([
    "10 b note 1 from 10.0.0.1:7946",
    "10 c note 2 from 10.0.0.2:7946",
  ]);
});

test.each([
  [{ jitterMs: -1 }, "jitterMs"],
  [{ bandwidth: 0 }, "bandwidth"],
  [{ duplicate: 2 }, "duplicate"],
  [{ replay: -0.1 }, "replay"],
  [{ corrupt: NaN }, "corrupt"],
  [{ latencyMatrixMs: [[-1]] }, "latencyMs"],
])("%j is refused", (network, option) => {
  expect(() => new ToyWorld("a", { network })).toThrow(
    expect.objectContaining({ code: "ERR_OPTION", option }),
  );
});
