import { describe, expect, test } from "vitest";
import { PeerTable } from "../../composition/index.ts";
import { encode, NO_PEER, parseAddress, RecordedEffects, Sfc32 } from "../../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Instant,
  MessageType,
  TenantEffect,
  TenantInput,
} from "../../kernel/index.ts";
import type { PeerEntry } from "../peer-entry.ts";
import { resolvePeerSamplingConfig, SAMPLING_PRESETS } from "./config.ts";
import type { PeerSamplingOptions } from "./config.ts";
import { PeerSampling } from "./peer-sampling.ts";
import type { PeerSamplingCommand } from "./peer-sampling.ts";
import { OLDEST, MAX_EXCHANGED, PEER_SAMPLING_CHANNEL, PEER_SAMPLING_MESSAGES } from "./wire.ts";
import type { AgedEntry, PeerSamplingMessage } from "./wire.ts";

type Input = TenantInput<PeerSamplingMessage, PeerSamplingCommand>;

const CYCLE_MS = 1000;
const TIMEOUT_MS = 400;
const [REQUEST, REPLY] = PEER_SAMPLING_MESSAGES as readonly [
  MessageType<PeerSamplingMessage>,
  MessageType<PeerSamplingMessage>,
];

/** One node called `self`, peers by letter or name, and what it asks for. */
class Bench {
  readonly peers = new PeerTable();
  machine: PeerSampling;
  drops: string[] = [];
  now = 0 as Instant;
  readonly #options: PeerSamplingOptions;
  readonly #effects = new RecordedEffects<PeerSamplingMessage>();
  readonly #rng: Sfc32;

  constructor(options: PeerSamplingOptions = {}, seed = 1) {
    this.#options = { intervalMs: CYCLE_MS, timeoutMs: TIMEOUT_MS, ...options };
    this.#rng = new Sfc32(seed);
    this.machine = this.#make();
    this.put({ type: "start", channels: 0 as ChannelSet });
  }

  #make(): PeerSampling {
    return new PeerSampling({ self: entry("self"), peers: this.peers, config: this.#options });
  }

  put(input: Input): TenantEffect<PeerSamplingMessage>[] {
    this.machine.handle(input, this.now, this.#rng, this.#effects);
    const effects = this.#effects.take();
    for (const effect of effects) if (effect.type === "drop") this.drops.push(effect.reason);
    return effects;
  }

  join(names: Iterable<string>): void {
    const contacts = Array.from(names, entry);
    this.put({ type: "command", command: { type: "join", contacts } });
  }

  /** The request of the next cycle, and whom it goes to; if the last one was not answered, its time is over. */
  cycle(): { to: string; request: Request } {
    for (;;) {
      this.now = Math.max(this.now, this.machine.deadline) as Instant;
      const [sent] = this.at(this.now);
      if (sent?.message.type === "sampleRequest") return { to: sent.to, request: sent.message };
    }
  }

  hears(from: string, message: PeerSamplingMessage): ReturnType<Bench["sent"]> {
    const address = entry(from).address;
    const peer = this.peers.at(address);
    const sent = this.sent(
      this.put({ type: "message", message, from: address, peer, carrier: "datagram" }),
    );
    this.peers.sweep();
    return sent;
  }

  sent(
    effects: TenantEffect<PeerSamplingMessage>[],
  ): { to: string; message: PeerSamplingMessage }[] {
    return effects.flatMap((effect) => {
      if (effect.type === "send") {
        return [{ to: this.peers.nameOf(effect.peer), message: effect.message }];
      }
      return effect.type === "sendTo" ? [{ to: effect.address, message: effect.message }] : [];
    });
  }

  at(ms: number): ReturnType<Bench["sent"]> {
    this.now = ms as Instant;
    const sent = this.sent(this.put({ type: "timeout" }));
    this.peers.sweep();
    return sent;
  }

  signal(type: "peerUp" | "peerDown", name: string, speaks = true): void {
    const { address } = entry(name);
    const peer = this.peers.intern(name, address);
    if (speaks) this.peers.setChannels(peer, 0x3ff_ffff as ChannelSet);
    this.put({ type: "signal", signal: { type, peer, reason: "failed" } });
    this.peers.release(peer);
    this.peers.sweep();
  }

  get view(): string[] {
    return this.machine.members.map((peer) => this.peers.nameOf(peer)).toSorted();
  }

  ageOf(name: string): number {
    return this.machine.ageOf(this.peers.firstNamed(name));
  }

  /** Writes all out and goes on in another machine. */
  rebirth(): void {
    const saved = structuredClone({ machine: this.machine.save(), peers: this.peers.save() });
    this.peers.restore(saved.peers);
    this.machine = this.#make();
    this.machine.restore(saved.machine);
  }
}

type Request = Extract<PeerSamplingMessage, { type: "sampleRequest" }>;

function entry(name: string): PeerEntry {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 60_000;
  return { name, address: parseAddress(`10.0.${hash >> 8}.${hash & 255}:7946`) };
}

function aged(names: Iterable<string>, age = 0): AgedEntry[] {
  return Array.from(names, (name) => ({ ...entry(name), age }));
}

function namesIn({ entries }: { entries: readonly AgedEntry[] }): string[] {
  return entries.map(({ name }) => name);
}

function request(entries: readonly AgedEntry[], wants = true): Request {
  return { type: "sampleRequest", number: 7, wants, entries };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

describe("an exchange", () => {
  test("gives one's own entry first and half a view, and takes in what comes back", () => {
    const bench = new Bench({ viewSize: 8 });
    bench.join("abcdef");
    const { to, request: sent } = bench.cycle();
    expect(bench.view).toContain(to);
    expect(sent.wants).toBe(true);
    expect(sent.entries.length).toBe(4);
    expect(sent.entries[0]).toEqual({ ...entry("self"), age: 0 });
    bench.hears(to, { type: "sampleReply", number: sent.number, entries: aged("xyz") });
    expect(bench.view).toHaveLength(8);
    expect(bench.view).toEqual(expect.arrayContaining(["x", "y", "z"]));
  });

  test("is answered with one's own part of the view, drawn before what came is taken in", () => {
    const bench = new Bench({ viewSize: 8 });
    bench.join("abc");
    const [reply] = bench.hears("x", request(aged("xyz")));
    expect(reply?.to).toBe(entry("x").address);
    expect(reply?.message).toMatchObject({ type: "sampleReply", number: 7 });
    expect(namesIn(reply?.message as Request)).toEqual([
      "self",
      expect.stringMatching(/[abc]/),
      expect.anything(),
      expect.anything(),
    ]);
    expect(bench.view.join("")).toBe("abcxyz");
    // Now that it is known, the answer goes to the peer: news may ride on it.
    expect(bench.hears("x", request(aged("x")))[0]?.to).toBe("x");
  });

  test("with push alone brings nothing back, but a word that the peer lives; with pull it gives nothing", () => {
    const push = new Bench({ propagation: "push", viewSize: 4 });
    push.join("a");
    expect(push.cycle().request).toMatchObject({
      wants: false,
      entries: [entry("self"), entry("a")],
    });
    const [reply] = push.hears("b", request(aged("b"), false));
    expect(reply?.message).toMatchObject({ type: "sampleReply", entries: [] });
    expect(push.view).toEqual(["a", "b"]);
    const pull = new Bench({ propagation: "pull", viewSize: 4 });
    pull.join("a");
    expect(pull.cycle().request).toMatchObject({ wants: true, entries: [] });
  });

  test("asks the oldest entry with tail selection, anybody with rand", () => {
    const tail = new Bench({ peerSelection: "tail", viewSize: 6 });
    tail.hears("x", request([...aged("x", 3), ...aged("y", 9)]));
    expect(tail.cycle().to).toBe("y");
    // Of a contact nobody has heard yet.
    tail.join("a");
    expect(tail.cycle().to).toBe("a");
    const asked = new Set<string>();
    const rand = new Bench({ viewSize: 6, removesSilent: false });
    rand.join("abcd");
    for (let i = 0; i < 60; i++) asked.add(rand.cycle().to);
    expect([...asked].toSorted().join("")).toBe("abcd");
  });

  test("ages grow by one with each exchange, and the younger word of a peer counts", () => {
    const bench = new Bench({ viewSize: 6, removesSilent: false });
    bench.hears("x", request(aged("ab"), false));
    expect(bench.ageOf("a")).toBe(1);
    for (let i = 0; i < 5; i++) bench.cycle();
    // The fifth is not over yet.
    expect(bench.ageOf("a")).toBe(5);
    bench.hears("x", request(aged("a", 2)));
    expect(bench.ageOf("a")).toBe(3);
    expect(bench.ageOf("b")).toBe(6);
    bench.hears("x", request(aged("a", 4)));
    expect(bench.ageOf("a")).toBe(4);
    bench.hears("x", request(aged("z", OLDEST)));
    bench.cycle();
    expect(bench.ageOf("z")).toBe(OLDEST);
  });
});

describe("of entries too many", () => {
  test("healer lets the oldest go", () => {
    const bench = new Bench({ preset: "healer", viewSize: 6 });
    bench.hears("x", request(aged("abc", 9)));
    bench.hears("x", request(aged("def", 4)));
    bench.hears("x", request(aged("xyz", 0)));
    expect(bench.view.join("")).toBe("defxyz");
  });

  test("swapper lets those go that it has sent, however young they are", () => {
    const bench = new Bench({ preset: "swapper", viewSize: 6 });
    bench.hears("x", request(aged("abc")));
    bench.hears("x", request(aged("def")));
    const { to, request: sent } = bench.cycle();
    const given = namesIn(sent).filter((name) => name !== "self");
    bench.hears(to, { type: "sampleReply", number: sent.number, entries: aged("xy", 50) });
    expect(bench.view).toEqual(expect.arrayContaining(["x", "y"]));
    for (const name of given) expect(bench.view).not.toContain(name);
  });

  test("newscast sends all and keeps the youngest", () => {
    const bench = new Bench({ preset: "newscast", viewSize: 4 });
    bench.hears("x", request(aged("abcd", 3)));
    const [reply] = bench.hears("x", request([...aged("xy", 1), ...aged("z", 8)]));
    expect(namesIn(reply?.message as Request).toSorted()).toEqual(["a", "b", "c", "d", "self"]);
    expect(bench.view.join("")).toMatch(/^[abcd]{2}xy$/);
  });

  test("cyclon drops whom it asks, and answers without its own entry", () => {
    const bench = new Bench({ preset: "cyclon", viewSize: 5, exchangeSize: 3 });
    bench.hears("x", request(aged("abc", 3)));
    bench.hears("x", request([...aged("x", 1), ...aged("y", 9)]));
    const { to, request: sent } = bench.cycle();
    expect(to).toBe("y");
    expect(bench.view.join("")).toBe("abcx");
    expect(namesIn(sent)).toHaveLength(3);
    bench.hears("y", { type: "sampleReply", number: sent.number, entries: aged("pqr") });
    expect(bench.view).toEqual(expect.arrayContaining(["p", "q", "r"]));
    expect(bench.view).toHaveLength(5);
    const [reply] = bench.hears("z", request(aged("z")));
    expect(namesIn(reply?.message as Request)).toHaveLength(3);
    expect(namesIn(reply?.message as Request)).not.toContain("self");
    expect(bench.view).toHaveLength(5);
  });
});

describe("a silent peer", () => {
  test("is taken out when its time is over, and not before", () => {
    const bench = new Bench({ viewSize: 4 });
    bench.join("abc");
    const { to } = bench.cycle();
    const asked = bench.now;
    bench.at(asked + TIMEOUT_MS - 1);
    expect(bench.view).toContain(to);
    expect(bench.machine.deadline).toBe(asked + TIMEOUT_MS);
    bench.at(asked + TIMEOUT_MS);
    expect(bench.view).not.toContain(to);
    // The first exchange was at once; the next comes anywhere in the cycle, but after this one's time.
    expect(bench.machine.deadline).toBeGreaterThan(asked + TIMEOUT_MS);
    expect(bench.machine.deadline).toBeLessThanOrEqual(asked + CYCLE_MS);
    const next = bench.cycle();
    bench.hears(next.to, { type: "sampleReply", number: next.request.number, entries: [] });
    expect(bench.machine.deadline).toBe(bench.now + CYCLE_MS);
  });

  test("is not blamed by a node that was late itself", () => {
    const bench = new Bench({ viewSize: 4 });
    bench.join("abc");
    const { to } = bench.cycle();
    bench.at(bench.now + 2 * TIMEOUT_MS);
    expect(bench.view).toContain(to);
  });

  test("stays where the paper's rules shall work alone", () => {
    const bench = new Bench({ viewSize: 4, removesSilent: false });
    bench.join("abc");
    for (let i = 0; i < 20; i++) bench.cycle();
    expect(bench.view.join("")).toBe("abc");
  });

  test("that answers late is counted, and what it says is not taken", () => {
    const bench = new Bench({ viewSize: 4 });
    bench.join("abc");
    const { to, request: sent } = bench.cycle();
    bench.at(bench.now + TIMEOUT_MS);
    const late = { type: "sampleReply", number: sent.number, entries: aged("x") } as const;
    bench.hears(to, late);
    expect(bench.view).not.toContain("x");
    expect(bench.drops).toEqual(["lateReply"]);
  });
});

describe("entering", () => {
  test("whoever knew nobody exchanges at once, and falls back on its first contacts when all are lost", () => {
    const bench = new Bench({ viewSize: 4 });
    expect(bench.machine.deadline).toBeGreaterThan(0);
    bench.join(["self", "a", "a", "b"]);
    expect(bench.view).toEqual(["a", "b"]);
    expect(bench.machine.deadline).toBe(0);
    for (let lost = 0; lost < 2; lost++) {
      bench.cycle();
      bench.at(bench.now + TIMEOUT_MS);
    }
    expect(bench.view).toEqual([]);
    expect(["a", "b"]).toContain(bench.cycle().to);
    expect(bench.view).toHaveLength(2);
  });

  test("knows nobody and asks nobody until somebody is named", () => {
    const bench = new Bench();
    for (let i = 1; i < 10; i++) expect(bench.at(i * CYCLE_MS)).toEqual([]);
    expect(bench.machine.size).toBe(0);
    expect(bench.machine.sample(3, NO_PEER, new Sfc32(1))).toEqual([]);
  });

  test("beside membership the live of our kind fill the view, and the dead leave it", () => {
    const bench = new Bench({ viewSize: 3 });
    for (const name of "abcd") bench.signal("peerUp", name);
    bench.signal("peerUp", "serf", false);
    expect(bench.view.join("")).toBe("abc");
    bench.signal("peerDown", "b");
    bench.signal("peerDown", "nobody");
    expect(bench.view.join("")).toBe("ac");
  });
});

describe("bad input", () => {
  test("our own name or address never enters the view", () => {
    const bench = new Bench({ viewSize: 8 });
    const { address } = entry("self");
    const elsewhere = { name: "self", address: entry("y").address, age: 0 };
    bench.hears(
      "x",
      request([...aged("x"), ...aged(["self"]), { name: "me", address, age: 0 }, elsewhere]),
    );
    expect(bench.view).toEqual(["x"]);
    expect(bench.drops).toEqual([]);
  });

  test("a node that meets itself under another address gives no answer, and takes that address out", () => {
    const bench = new Bench({ viewSize: 8, peerSelection: "tail" });
    bench.hears("x", request(aged("alias", 9).slice(0, 1)));
    const alias = bench.view[0] as string;
    const { to, request: sent } = bench.cycle();
    expect(to).toBe(alias);
    expect(bench.hears(alias, sent)).toEqual([]);
    expect(bench.drops).toEqual(["ownRequest"]);
    bench.at(bench.now + TIMEOUT_MS);
    expect(bench.view).toEqual([]);
  });

  test("one address has one place, whatever names it is given: in a message, and over many", () => {
    const bench = new Bench({ viewSize: 30 });
    const { address } = entry("attacker");
    const names = Array.from({ length: 15 }, (_, i) => ({ name: `n${i}`, address, age: 0 }));
    bench.hears("x", request(names));
    expect(bench.view).toEqual(["n0"]);
    expect(bench.drops).toEqual(["repeatedAddress"]);
    for (const name of names) {
      bench.hears("x", request([name]));
      expect(bench.view).toEqual([name.name]);
    }
    // What nobody knows any more is nobody's row.
    expect(bench.peers.size).toBe(1);
  });

  test("of a message that is too long no more is read than one may send", () => {
    const bench = new Bench({ viewSize: 20, exchangeSize: 10 });
    bench.hears("x", request(aged(LETTERS)));
    expect(bench.view.join("")).toBe(LETTERS.slice(0, 10));
    expect(bench.drops).toEqual(["tooManyEntries"]);
    const entries = Array.from({ length: MAX_EXCHANGED + 1 }, () => aged("a")[0] as AgedEntry);
    const bytes = encode(REQUEST, request(entries));
    expect(() => REQUEST.decode(bytes, 3, bytes.length)).toThrow(/limit/);
  });

  test("a flood of requests is answered up to a limit, from one exchange of ours to the next", () => {
    const bench = new Bench({ viewSize: 8 });
    bench.join("a");
    bench.cycle();
    const answers = Array.from({ length: 300 }, () => bench.hears("x", request(aged("x"))).length);
    expect(answers.filter((count) => count > 0)).toHaveLength(256);
    expect(new Set(bench.drops)).toEqual(new Set(["tooManyRequests"]));
    bench.cycle();
    expect(bench.hears("x", request(aged("x")))).toHaveLength(1);
  });

  test("a view full of lies is rid of them when the liar is silent", () => {
    const bench = new Bench({ viewSize: 10, preset: "swapper" });
    bench.join("abcde");
    const lies = Array.from({ length: 60 }, (_, i) => `lie${i}`);
    for (let i = 0; i < 60; i += 5) bench.hears("x", request(aged(lies.slice(i, i + 5))));
    expect(bench.view.filter((name) => name.startsWith("lie")).length).toBeGreaterThan(6);
    for (let i = 0; i < 200 && bench.view.some((name) => name.startsWith("lie")); i++) {
      const { to, request: sent } = bench.cycle();
      // The honest answer; the invented cannot.
      const reply = { type: "sampleReply", number: sent.number, entries: aged([to]) } as const;
      if (!to.startsWith("lie")) bench.hears(to, reply);
      bench.at(bench.now + TIMEOUT_MS);
    }
    expect(bench.view.filter((name) => name.startsWith("lie"))).toEqual([]);
  });

  test("a reply that answers no request of ours is counted, whoever sends it", () => {
    const bench = new Bench();
    bench.join("a");
    bench.hears("a", { type: "sampleReply", number: 1, entries: aged("xyz") });
    const { request: sent } = bench.cycle();
    bench.hears("a", { type: "sampleReply", number: sent.number + 1, entries: aged("xyz") });
    expect(bench.view).toEqual(["a"]);
    expect(bench.drops).toEqual(["lateReply", "lateReply"]);
  });

  test("long names leave entries out, so that every message fits into a packet", () => {
    const bench = new Bench({ viewSize: 30 });
    const name = (i: number): string => `${i}`.padStart(3, "0") + "é".repeat(62);
    for (let i = 0; i < 30; i++) bench.hears("x", request(aged([name(i)])));
    const { request: sent } = bench.cycle();
    expect(sent.entries.length).toBeGreaterThan(5);
    expect(REQUEST.sizeOf(sent)).toBeLessThan(1350);
    // Who was left out is not taken for sent.
    const swapper = new Bench({ viewSize: 30, preset: "swapper" });
    for (let i = 0; i < 30; i++) swapper.hears("x", request(aged([name(i)])));
    const given = swapper.cycle();
    const fresh = Array.from({ length: 15 }, (_, i) => `new${i}`);
    const { number } = given.request;
    swapper.hears(given.to, { type: "sampleReply", number, entries: aged(fresh) });
    for (const one of namesIn(given.request)) expect(swapper.view).not.toContain(one);
  });
});

test("messages survive their bytes", () => {
  const number = 0xffff_ffff;
  for (const [type, message] of [
    [REQUEST, { type: "sampleRequest", number, wants: true, entries: aged("abc", 300) }],
    [
      REPLY,
      {
        type: "sampleReply",
        number,
        entries: [{ name: "v6", address: "[::1]:1" as Address, age: 0 }],
      },
    ],
  ] as [MessageType<PeerSamplingMessage>, PeerSamplingMessage][]) {
    const bytes = encode(type, message);
    expect([...bytes.subarray(0, 2)]).toEqual([8, PEER_SAMPLING_CHANNEL.charCodeAt(0)]);
    expect(type.decode(bytes, 3, bytes.length)).toEqual(message);
  }
});

test("a machine that is written out and read back goes on as if nothing had been", () => {
  for (const preset of SAMPLING_PRESETS) {
    const [one, other] = [new Bench({ preset, viewSize: 6 }), new Bench({ preset, viewSize: 6 })];
    const story = (bench: Bench, isReborn: boolean): unknown[] => {
      bench.join("abcdef");
      return Array.from({ length: 30 }, (_, i) => {
        const told: unknown[] = [];
        const { to, request: sent } = bench.cycle();
        if (isReborn) bench.rebirth();
        told.push(to, sent);
        const fresh = LETTERS.slice(i % 20, (i % 20) + 3);
        told.push(bench.hears("x", request(aged(fresh, i % 3))));
        if (isReborn) bench.rebirth();
        const reply = {
          type: "sampleReply",
          number: sent.number,
          entries: aged("uvw", 1),
        } as const;
        if (i % 3 > 0) bench.hears(to, reply);
        bench.at(bench.now + TIMEOUT_MS);
        if (isReborn) bench.rebirth();
        return [...told, bench.view, bench.machine.deadline];
      });
    };
    expect(story(other, true)).toEqual(story(one, false));
    expect(other.drops).toEqual(one.drops);
    expect(other.peers.size).toBe(one.peers.size);
  }
});

describe("options", () => {
  test("presets are the papers' protocols, for views of any size", () => {
    const chosen = (preset: (typeof SAMPLING_PRESETS)[number], viewSize: number) => {
      const config = resolvePeerSamplingConfig({ preset, viewSize });
      const { exchangeSize, healing, swapping, peerSelection } = config;
      return [exchangeSize, healing, swapping, peerSelection];
    };
    expect(chosen("blind", 30)).toEqual([15, 0, 0, "rand"]);
    expect(chosen("healer", 30)).toEqual([15, 15, 0, "rand"]);
    expect(chosen("swapper", 30)).toEqual([15, 0, 15, "rand"]);
    expect(chosen("newscast", 30)).toEqual([31, 30, 0, "rand"]);
    expect(chosen("cyclon", 35)).toEqual([14, 0, 14, "tail"]);
    expect(resolvePeerSamplingConfig({ preset: "cyclon" }).viewSize).toBe(35);
    for (const preset of SAMPLING_PRESETS) {
      for (let size = 1; size <= 256; size++) {
        expect(() => resolvePeerSamplingConfig({ preset, viewSize: size })).not.toThrow();
      }
    }
  });

  test("what cannot be is refused by name", () => {
    for (const [options, option] of [
      [{ viewSize: 0 }, "viewSize"],
      [{ viewSize: 257 }, "viewSize"],
      [{ exchangeSize: 32 }, "exchangeSize"],
      [{ healing: 10, swapping: 6 }, "swapping"],
      [{ healing: 16 }, "healing"],
      [{ timeoutMs: 20_000 }, "timeoutMs"],
      [{ intervalMs: 1 }, "intervalMs"],
      [{ preset: "x" }, "preset"],
      [{ peerSelection: "head" }, "peerSelection"],
      [{ propagation: "shove" }, "propagation"],
    ] as [PeerSamplingOptions, string][]) {
      const error = expect.objectContaining({ code: "ERR_OPTION", option });
      expect(() => resolvePeerSamplingConfig(options)).toThrow(error);
    }
  });
});
