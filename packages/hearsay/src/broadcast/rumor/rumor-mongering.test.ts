import { describe, expect, test } from "vitest";
import { PeerTable } from "../../composition/index.ts";
import { encode, NO_PEER, parseAddress, RecordedEffects, Sfc32 } from "../../kernel/index.ts";
import type {
  ChannelSet,
  Instant,
  NodeEvent,
  PeerId,
  PeerSampler,
  TenantEffect,
  TenantInput,
} from "../../kernel/index.ts";
import type { Delivered, PublishCommand } from "../publication.ts";
import type { RumorConfig } from "./config.ts";
import { RumorMongering } from "./rumor-mongering.ts";
import { RUMOR_MESSAGES, VERDICT } from "./wire.ts";
import type { Rumor, RumorMessage } from "./wire.ts";

/** One node called `self` that chooses a, b, c … in turn, and what it does. Its cycle is 100 ms. */
class Bench {
  readonly peers = new PeerTable();
  readonly machine: RumorMongering;
  readonly #effects = new RecordedEffects<RumorMessage>();
  readonly #rng = new Sfc32(1);
  now = 0 as Instant;

  constructor(config: Partial<RumorConfig> = {}, others = "abc") {
    let next = 0;
    const sampler: PeerSampler = {
      size: others.length,
      sample: (count) => {
        const chosen = Array.from({ length: Math.min(count, others.length) }, (_, i) => {
          return this.peer(others[(next + i) % others.length] as string);
        });
        next += count;
        return chosen;
      },
    };
    this.machine = new RumorMongering({
      name: "self",
      epoch: 1,
      sampler,
      config: { intervalMs: 100, ...config },
    });
    this.put({ type: "start", channels: 0 as ChannelSet });
  }

  put(input: TenantInput<RumorMessage, PublishCommand>): string[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    return this.#effects.take().flatMap((effect) => this.#words(effect));
  }

  hears(from: string, message: RumorMessage): string[] {
    const address = parseAddress(`10.0.0.${from.charCodeAt(0)}:7946`);
    const peer = from === "?" ? NO_PEER : this.peer(from);
    return this.put({ type: "message", message, from: address, peer, carrier: "datagram" });
  }

  publish(payload: string): string[] {
    const bytes = Uint8Array.from(payload, (letter) => letter.charCodeAt(0));
    const command: PublishCommand = { type: "publish", topic: "t", payload: bytes };
    return this.put({ type: "command", command });
  }

  /** Moves on in time; what the node does if it wakes then. */
  at(ms: number): string[] {
    this.now = ms as Instant;
    return this.machine.deadline <= ms ? this.put({ type: "timeout" }) : [];
  }

  peer(name: string): PeerId {
    return this.peers.intern(name, parseAddress(`10.0.0.${name.charCodeAt(0)}:7946`));
  }

  get hot(): string {
    return this.machine.hot.map(({ origin, number }) => `${origin}${number}`).join(" ");
  }

  #words(effect: TenantEffect<RumorMessage>): string[] {
    switch (effect.type) {
      case "send":
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

function words(message: RumorMessage): string {
  switch (message.type) {
    case "rumors": {
      const told = message.rumors.map(({ origin, number, hops }) => `${origin}${number}/${hops}`);
      return [message.asks ? "ask" : "tell", ...told].join(" ");
    }
    case "feedback": {
      const names = Object.keys(VERDICT);
      return message.verdicts.map((one) => `${names[one.verdict]} ${one.number}`).join(", ");
    }
    default:
      return message.type;
  }
}

function deliveredWords(event: NodeEvent): string {
  const { topic, origin, number, hops } = event as Delivered;
  return `delivered ${topic} ${origin}${number} at ${hops}`;
}

function rumor(number: number, more: Partial<Rumor> = {}): Rumor {
  const payload = new Uint8Array(9);
  return { origin: "o", epoch: 1, number, topic: "t", hops: 1, payload, counter: 0, ...more };
}

function tell(...rumors: Rumor[]): RumorMessage {
  return { type: "rumors", asks: false, rumors };
}

function ask(...rumors: Rumor[]): RumorMessage {
  return { type: "rumors", asks: true, rumors };
}

function feedback(verdict: keyof typeof VERDICT, number = 1, origin = "self"): RumorMessage {
  return { type: "feedback", verdicts: [{ origin, epoch: 1, number, verdict: VERDICT[verdict] }] };
}

describe("push", () => {
  test("what is published is delivered at once and told to one peer a cycle, from the next on", () => {
    const bench = new Bench();
    expect(bench.publish("x")).toEqual(["delivered t self1 at 0"]);
    expect(bench.machine.deadline).toBe(100);
    expect([100, 200, 300].map((ms) => bench.at(ms))).toEqual([
      ["a: tell self1/1"],
      ["b: tell self1/1"],
      ["c: tell self1/1"],
    ]);
  });

  test("what is heard is delivered once, judged, and told on with one hop more", () => {
    const bench = new Bench();
    expect(bench.hears("b", tell(rumor(1, { hops: 3 })))).toEqual([
      "delivered t o1 at 3",
      "b: needed 1",
    ]);
    expect(bench.at(100)).toEqual(["a: tell o1/4"]);
    expect(bench.hears("c", tell(rumor(1)))).toEqual(["drop repeated", "c: needless 1"]);
  });

  test("in the cycle in which it was learnt, whoever tells it again is told that it was needed", () => {
    const bench = new Bench();
    bench.hears("b", tell(rumor(1)));
    expect(bench.hears("c", tell(rumor(1)))).toEqual(["drop repeated", "c: needed 1"]);
  });

  test("judged at once, it was not", () => {
    const bench = new Bench({ judged: "atOnce" });
    bench.hears("b", tell(rumor(1)));
    expect(bench.hears("c", tell(rumor(1)))).toEqual(["drop repeated", "c: needless 1"]);
  });

  test("several rumors travel in one packet, those that do not fit in the next", () => {
    const bench = new Bench({ packetBytes: 200 });
    for (let i = 0; i < 4; i++) bench.publish("x".repeat(60));
    expect(bench.at(100)).toEqual(["a: tell self4/1 self3/1"]);
    expect(bench.at(200)).toEqual(["b: tell self2/1 self1/1"]);
    expect(bench.at(300)).toEqual(["c: tell self4/1 self3/1"]);
  });

  test("a node with nothing to tell does not wake", () => {
    expect(new Bench().machine.deadline).toBe(Infinity);
  });

  test("fanout peers are told in each cycle", () => {
    const bench = new Bench({ fanout: 2 });
    bench.publish("x");
    expect(bench.at(100)).toEqual(["a: tell self1/1", "b: tell self1/1"]);
  });

  test("news from somebody unknown is taken; nobody is answered", () => {
    const bench = new Bench();
    expect(bench.hears("?", ask(rumor(1)))).toEqual(["delivered t o1 at 1", "drop stranger"]);
  });
});

describe("interest", () => {
  /** Cycles until it is told no more, where every contact gets this feedback. */
  function told(config: Partial<RumorConfig>, ...verdicts: (keyof typeof VERDICT)[]): number {
    const bench = new Bench(config);
    bench.publish("x");
    for (let cycle = 1; cycle < 50; cycle++) {
      const [line = ""] = bench.at(cycle * 100);
      if (!line.includes("tell")) return cycle - 1;
      const verdict = verdicts[cycle - 1] ?? verdicts.at(-1);
      if (verdict !== undefined) bench.hears(line[0] as string, feedback(verdict));
    }
    return Infinity;
  }

  test("ends with the kth contact in vain", () => {
    expect([1, 2, 3].map((k) => told({ k }, "needless"))).toEqual([1, 2, 3]);
  });

  test("begins anew with a useful contact, unless told otherwise", () => {
    const verdicts = ["needless", "needed", "needless"] as const;
    expect(told({ k: 2 }, ...verdicts)).toBe(4);
    expect(told({ k: 2, resetOnNeed: false }, ...verdicts)).toBe(3);
  });

  test("is not lost where nobody answers, nor while all need it", () => {
    expect(told({ k: 1 })).toBe(Infinity);
    expect(told({ k: 1 }, "needed")).toBe(Infinity);
  });

  test("ends after k contacts of any kind when it is blind", () => {
    expect(told({ k: 3, response: "blind" }, "needed")).toBe(3);
  });

  test("ends by chance with a coin", () => {
    expect(told({ k: 1, interest: "coin" }, "needless")).toBe(1);
    const lives = [2, 3, 4, 5].map((k) => told({ k, interest: "coin" }, "needless"));
    expect(lives.every((life) => life >= 1 && life < 40)).toBe(true);
  });

  test("counts one contact a cycle, or each at once", () => {
    for (const [judged, hot] of [
      ["cycleStart", "self1"],
      ["atOnce", ""],
    ] as const) {
      const bench = new Bench({ k: 2, direction: "pull", judged });
      bench.publish("x");
      bench.at(100);
      for (const name of "abc") {
        bench.hears(name, ask());
        bench.hears(name, feedback("needless"));
      }
      bench.at(200);
      expect(bench.hot).toBe(hot);
    }
  });

  test("what is removed is remembered by name: it is neither delivered nor told again", () => {
    const bench = new Bench({ k: 1 });
    bench.publish("x");
    bench.at(100);
    bench.hears("a", feedback("needless"));
    expect(bench.at(200)).toEqual([]);
    expect(bench.machine.deadline).toBe(Infinity);
    expect(bench.machine.hasSeen({ origin: "self", epoch: 1, number: 1 })).toBe(true);
    const heard = tell(rumor(1, { origin: "self" }));
    expect(bench.hears("b", heard)).toEqual(["drop repeated", "b: needless 1"]);
    expect(bench.at(300)).toEqual([]);
  });

  test("ends by expiry after a time, so many pushes, or so many rounds", () => {
    const k = Infinity;
    expect(told({ k }, "needless")).toBe(Infinity);
    expect(told({ k, expiry: { afterRounds: 4 } }, "needed")).toBe(4);
    expect(told({ k, expiry: { afterPushes: 6 }, fanout: 2 }, "needed")).toBe(3);
    expect(told({ k, expiry: { afterMs: 501 } }, "needed")).toBe(5);
    expect(told({ k: 2, expiry: { afterRounds: 4 } }, "needless")).toBe(2);
  });
});

describe("pull", () => {
  const direction = "pull";

  test("everybody asks in each cycle, and begins anywhere within one", () => {
    const bench = new Bench({ direction });
    expect(bench.machine.deadline).toBeGreaterThan(0);
    expect(bench.machine.deadline).toBeLessThanOrEqual(100);
    expect([100, 200].map((ms) => bench.at(ms))).toEqual([["a: ask"], ["b: ask"]]);
  });

  test("who knows answers, from the cycle after it has learnt it", () => {
    const bench = new Bench({ direction });
    expect(bench.hears("b", ask())).toEqual([]);
    bench.publish("x");
    expect(bench.hears("b", ask())).toEqual([]);
    bench.at(100);
    expect(bench.hears("b", ask())).toEqual(["b: tell self1/1"]);
  });

  test("a cycle in which one needed it counts for none in vain", () => {
    const bench = new Bench({ direction, k: 1 });
    bench.publish("x");
    for (const [ms, verdict, hot] of [
      [100, "needed", "self1"],
      [200, "needless", ""],
    ] as const) {
      bench.at(ms);
      for (const name of "abc") {
        bench.hears(name, ask());
        bench.hears(name, feedback(name === "b" ? verdict : "needless"));
      }
      bench.at(ms + 100);
      expect(bench.hot).toBe(hot);
    }
  });

  test("a cycle is over at its end, even when a question comes before the timeout", () => {
    const bench = new Bench({ direction, k: 1 });
    bench.publish("x");
    bench.at(100);
    bench.hears("a", ask());
    bench.hears("a", feedback("needless"));
    bench.now = 200 as Instant;
    expect(bench.hears("b", ask())).toEqual([]);
  });
});

describe("push and pull at once", () => {
  const direction = "pushpull";

  test("who is asked answers with what was not told, and judges what was", () => {
    const bench = new Bench({ direction });
    bench.publish("x");
    bench.at(100);
    expect(bench.hears("b", ask(rumor(7)))).toEqual([
      "delivered t o7 at 1",
      "b: tell self1/1",
      "b: needed 7",
    ]);
    expect(bench.hears("c", ask(rumor(1, { origin: "self" })))).toEqual([
      "drop repeated",
      "c: needless 1",
    ]);
  });

  test("a contact between two who know counts for both", () => {
    const bench = new Bench({ direction, k: 1 });
    bench.publish("x");
    bench.at(100);
    bench.hears("b", ask(rumor(1, { origin: "self" })));
    bench.at(200);
    expect(bench.hot).toBe("");
  });

  test("with minimization it counts for the lesser counter, and for both on a tie", () => {
    const outcomes = [0, 1, 2].map((counter) => {
      const bench = new Bench({ direction, k: 2, minimization: true });
      bench.publish("x");
      // One contact in vain: our counter is at 1.
      bench.at(100);
      bench.hears("b", ask(rumor(1, { origin: "self", counter: 5 })));
      bench.at(200);
      const lines = bench.hears("c", ask(rumor(1, { origin: "self", counter })));
      bench.at(300);
      return [counter, lines.at(-1), bench.hot];
    });
    expect(outcomes).toEqual([
      [0, "c: needless 1", "self1"],
      [1, "c: needless 1", ""],
      [2, "c: excused 1", ""],
    ]);
  });
});

describe("a connection limit", () => {
  test("is asked for before anything is told", () => {
    const bench = new Bench({ connectionLimit: 1 });
    bench.publish("x");
    expect(bench.at(100)).toEqual(["a: call"]);
    expect(bench.hears("a", { type: "accept" })).toEqual(["a: tell self1/1"]);
    expect(bench.hears("a", { type: "accept" })).toEqual(["drop notCalled"]);
  });

  test("lets so many in in a cycle, and refuses the others", () => {
    const bench = new Bench({ connectionLimit: 2 });
    const call: RumorMessage = { type: "call" };
    const answers = [..."abc"].flatMap((name) => bench.hears(name, call));
    expect(answers).toEqual(["a: accept", "b: accept", "c: refuse"]);
    bench.at(100);
    expect(bench.hears("c", call)).toEqual(["c: accept"]);
  });

  test("makes the refused hunt for others, as often as they may", () => {
    const bench = new Bench({ connectionLimit: 1, huntLimit: 2 });
    bench.publish("x");
    const refuse: RumorMessage = { type: "refuse" };
    expect(bench.at(100)).toEqual(["a: call"]);
    expect(bench.hears("b", refuse)).toEqual(["drop notCalled"]);
    expect(bench.hears("a", refuse)).toEqual(["b: call"]);
    expect(bench.hears("b", refuse)).toEqual(["c: call"]);
    expect(bench.hears("c", refuse)).toEqual([]);
    expect(bench.at(200)).toEqual(["a: call"]);
  });

  test("of pull refuses the question itself, and costs no interest", () => {
    const bench = new Bench({ direction: "pull", connectionLimit: 1, k: 1 });
    bench.publish("x");
    bench.at(100);
    expect(bench.hears("a", ask())).toEqual(["a: tell self1/1"]);
    expect(bench.hears("b", ask())).toEqual(["b: refuse"]);
    bench.at(200);
    expect(bench.hot).toBe("self1");
  });
});

describe("of bad input", () => {
  test("what is too large for a packet is refused at its origin, and counted where it comes", () => {
    const bench = new Bench({ packetBytes: 200 });
    expect(bench.publish("x".repeat(200))).toEqual(["drop rumorTooLarge"]);
    expect(bench.publish("x")).toEqual(["delivered t self1 at 0"]);
    const large = rumor(1, { payload: new Uint8Array(200) });
    expect(bench.hears("a", tell(large))[0]).toBe("drop rumorTooLarge");
    expect(bench.hot).toBe("self1");
  });

  test("feedback counts from those alone who were told", () => {
    const bench = new Bench({ k: 1 });
    expect(bench.hears("a", feedback("needless"))).toEqual(["drop notAsked"]);
    bench.publish("x");
    bench.at(100);
    expect(bench.hears("b", feedback("needless"))).toEqual(["drop notAsked"]);
    expect(bench.hears("a", feedback("needless", 99))).toEqual([]);
    bench.at(200);
    expect(bench.hot).toBe("self1");
  });

  test("of more rumors than are told at a time, the one told longest is given up and counted", () => {
    const bench = new Bench({ maxHot: 2 });
    bench.publish("x");
    bench.at(100);
    expect(bench.publish("y")).toEqual(["delivered t self2 at 0"]);
    expect(bench.publish("z")).toEqual(["delivered t self3 at 0", "drop tooManyRumors"]);
    expect(bench.hot).toBe("self3 self2");
  });

  test("more origins than are remembered are not taken", () => {
    const bench = new Bench({ maxOrigins: 1 });
    bench.hears("a", tell(rumor(1)));
    expect(bench.hears("a", tell(rumor(1, { origin: "p" })))[0]).toBe("drop tooManyOrigins");
  });

  test("impossible options are refused by name", () => {
    const bad: [Partial<RumorConfig>, RegExp][] = [
      [{ intervalMs: 0 }, /intervalMs/],
      [{ k: 0 }, /^k:/],
      [{ k: 1.5 }, /^k:/],
      [{ direction: "shove" as never }, /direction/],
      [{ minimization: true }, /minimization/],
      [{ expiry: { afterMs: 0 } }, /expiry.afterMs/],
      [{ expiry: { never: 1 } as never }, /expiry/],
      [{ connectionLimit: 0 }, /connectionLimit/],
    ];
    for (const [config, message] of bad) expect(() => new Bench(config)).toThrow(message);
  });
});

test("every message reads as it was written", () => {
  const messages: RumorMessage[] = [
    ask(rumor(3), rumor(4, { counter: 7, hops: 300 })),
    tell(),
    feedback("excused"),
    { type: "call" },
    { type: "accept" },
    { type: "refuse" },
  ];
  for (const message of messages) {
    const type = RUMOR_MESSAGES.find((one) => one.type === message.type);
    if (type === undefined) throw new Error(message.type);
    const bytes = encode(type, message);
    expect(bytes.length).toBe(type.sizeOf(message));
    expect(type.decode(bytes, type.prefix.length, bytes.length)).toEqual(message);
  }
});

test("a machine that was written out goes on as the one it was", () => {
  const config: Partial<RumorConfig> = { k: 2, connectionLimit: 1, huntLimit: 3 };
  const [one, other] = [new Bench(config), new Bench(config)];
  one.publish("x");
  one.at(100);
  one.hears("a", { type: "accept" });
  one.hears("a", feedback("needless"));
  one.hears("b", { type: "call" });
  one.at(200);
  const saved = one.machine.save();
  for (const name of "abcab") other.peer(name);
  other.machine.restore(structuredClone(saved));
  expect(other.machine.save()).toEqual(saved);
  other.now = one.now;
  for (const bench of [one, other]) bench.hears("b", { type: "accept" });
  for (const bench of [one, other]) bench.hears("b", feedback("needless"));
  expect(other.machine.save()).toEqual(one.machine.save());
});
