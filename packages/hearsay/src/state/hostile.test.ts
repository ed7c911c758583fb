/** What liars, garbage and chance can do to the state of nodes: be counted, and be outlived. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { ExchangeId } from "../kernel/index.ts";
import { resolveStateConfig } from "./config.ts";
import { packDeltas } from "./delta-packing.ts";
import { OwnerState } from "./owner-state.ts";
import { StateTable } from "./state-table.ts";
import { EPOCH, Handful } from "./test/handful.ts";
import { MAX_GENERATION_AHEAD } from "./own-state.ts";
import type { DeltaEntry, Digest, OwnerDelta, StateMessage } from "./wire.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function ack2(deltas: readonly OwnerDelta[]): StateMessage {
  return { type: "ack2", wants: [], deltas, stream: false };
}

function deltaOf(owner: string, more: Partial<OwnerDelta> = {}): OwnerDelta {
  const entries = [{ key: "zone", version: 1, ttlMs: 0, value: bytes("lie") }];
  return {
    owner,
    generation: EPOCH,
    from: 0,
    upTo: 1,
    floor: 0,
    whole: false,
    entries,
    ...more,
  };
}

describe("a liar", () => {
  test("who has poisoned a member's state everywhere is outlived by the member", () => {
    const liars = [
      { generation: EPOCH, upTo: 2 ** 40 },
      { generation: EPOCH + MAX_GENERATION_AHEAD - 10, upTo: 5 },
    ];
    for (const lie of liars) {
      const nodes = new Handful("abc");
      nodes.set("a", "zone", "eu");
      nodes.run(2000);
      for (const at of "bc") {
        const version = nodes.machine(at).digests()[0]?.version as number;
        nodes.hears(at, at === "b" ? "c" : "b", ack2([deltaOf("a", { from: version, ...lie })]));
      }
      nodes.run(10_000);
      for (const at of "abc") expect(nodes.read(at, "a")).toBe("zone=eu");
    }
  });

  test("is not believed what is out of all bounds, nor anything about us or about nobody", () => {
    const nodes = new Handful("abc", { maxKeys: 2, maxOwnerBytes: 1024 });
    nodes.set("a", "zone", "eu");
    const tell = (more: Partial<OwnerDelta>): void => {
      nodes.hears("a", "b", ack2([deltaOf("c", more)]));
    };
    const entry = (key: string, version: number): DeltaEntry => {
      return { key, version, ttlMs: 0, value: bytes("x") };
    };
    tell({ generation: EPOCH + MAX_GENERATION_AHEAD + 1000 });
    tell({ upTo: Number.MAX_SAFE_INTEGER });
    expect(nodes.drops).toEqual({ incredibleState: 2 });
    tell({ from: 5, upTo: 6, entries: [] });
    tell({ upTo: 2, entries: [entry("b", 2), entry("a", 1)] });
    tell({ upTo: 2, entries: [entry("a", 1), entry("a", 2)] });
    tell({ upTo: 2, entries: [entry("a", 3)] });
    tell({ upTo: 3, entries: [entry("a", 1), entry("b", 2), entry("c", 3)] });
    tell({ entries: [{ ...entry("a", 1), value: new Uint8Array(1024) }] });
    expect(nodes.drops).toMatchObject({ gapInDelta: 1, disorderedDelta: 3, ownerTooLarge: 2 });
    nodes.hears("a", "b", ack2([deltaOf("a", { upTo: 9 }), deltaOf("nobody")]));
    nodes.hears("a", "?", ack2([deltaOf("c")]));
    expect(nodes.drops["stranger"]).toBe(1);
    expect(nodes.machine("a").owners()).toEqual(["a"]);
    expect(nodes.read("a", "a")).toBe("zone=eu");
  });

  test("who asks without end is answered so often, and no more", () => {
    const nodes = new Handful("ab");
    nodes.set("a", "zone", "x".repeat(900));
    for (let i = 0; i < 1000; i++) {
      const digests = [{ owner: "a", generation: EPOCH, version: 0 }];
      nodes.hears("a", "b", { type: "syn", sums: undefined, ranges: [], digests });
    }
    expect(nodes.sent.length).toBeLessThanOrEqual(300);
    expect(nodes.drops["tooManyExchanges"]).toBeGreaterThan(700);
  });
});

const number = fc.oneof(fc.nat(5), fc.maxSafeNat(), fc.nat(2 ** 32 - 1));
const name = fc.constantFrom("a", "b", "c", "nobody", "");
const digest: fc.Arbitrary<Digest> = fc.record({
  owner: name,
  generation: fc.oneof(fc.constant(EPOCH), fc.nat(2 ** 32 - 1)),
  version: number,
});
const entry: fc.Arbitrary<DeltaEntry> = fc.record({
  key: fc.string({ maxLength: 3 }),
  version: number,
  ttlMs: number,
  value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
});
const delta: fc.Arbitrary<OwnerDelta> = fc.record({
  owner: name,
  generation: fc.oneof(fc.constant(EPOCH), fc.nat(2 ** 32 - 1)),
  from: number,
  upTo: number,
  floor: number,
  whole: fc.boolean(),
  entries: fc.array(entry, { maxLength: 5 }),
});
const ranges = fc.array(fc.nat(2 ** 32 - 1), { maxLength: 6 });
const digests = fc.array(digest, { maxLength: 6 });
const deltas = fc.array(delta, { maxLength: 4 });
const message: fc.Arbitrary<StateMessage> = fc.oneof(
  fc.record({
    type: fc.constant("syn" as const),
    sums: fc.option(fc.uint8Array({ maxLength: 256 }), { nil: undefined }),
    ranges,
    digests,
  }),
  fc.record({
    type: fc.constant("ack" as const),
    ranges,
    digests,
    wants: digests,
    deltas,
    stream: fc.boolean(),
  }),
  fc.record({ type: fc.constant("ack2" as const), wants: digests, deltas, stream: fc.boolean() }),
);

describe("garbage", () => {
  test("throws nothing, stays within the limits, and leaves a cluster that converges", () => {
    const property = fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const nodes = new Handful("abc", { maxOwnerBytes: 1024, intervalMs: 500 });
      nodes.set("a", "zone", "eu");
      nodes.set("b", "zone", "us");
      for (const one of messages) {
        nodes.hears("a", "b", one);
        nodes.run(10);
      }
      for (const at of "abc") expect(nodes.machine(at).size.bytes).toBeLessThanOrEqual(3 * 1024);
      nodes.run(10_000);
      for (const at of "abc") {
        expect(nodes.read(at, "a")).toBe("zone=eu");
        expect(nodes.read(at, "b")).toBe("zone=us");
      }
    });
    fc.assert(property, { numRuns: 150, seed: 3 });
  });

  test("on a stream ends the stream", () => {
    const property = fc.property(fc.array(fc.uint8Array(), { maxLength: 5 }), (chunks) => {
      const nodes = new Handful("ab");
      nodes.set("a", "zone", "eu");
      const exchange = -9 as ExchangeId;
      nodes.put("a", { type: "accepted", exchange, from: "10.0.0.98:7946" as never });
      for (const chunk of chunks) nodes.put("a", { type: "chunk", exchange, bytes: chunk });
      nodes.put("a", { type: "failed", exchange, reason: "reset" });
      expect(nodes.read("a", "a")).toBe("zone=eu");
    });
    fc.assert(property, { numRuns: 100, seed: 3 });
  });
});

/** The invariant: of each owner, q has what p has, or its version is beyond all that q was told. */
function violation(p: OwnerState, q: OwnerState): string | undefined {
  for (const [key, { version, value }] of p.entries) {
    const held = q.entries.get(key);
    if (version > q.version || version <= q.floor) continue;
    if (held?.version === version && held.value === value) continue;
    if (held !== undefined && held.version > version) continue;
    return `${key}@${version} is not known to who stands at ${q.version}`;
  }
  for (const [key, { version, value }] of q.entries) {
    const latest = p.entries.get(key);
    if (latest !== undefined || value === undefined || q.version < p.version) continue;
    return `${key}@${version} lives on where it was deleted`;
  }
  return undefined;
}

describe("Scuttlebutt's invariant", () => {
  test("holds after every delta, whatever is written, deleted, forgotten and left out", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key: fc.nat(9), size: fc.nat(300) }),
      fc.record({ do: fc.constant("delete" as const), key: fc.nat(9) }),
      fc.record({ do: fc.constant("collect" as const), ms: fc.nat(3000) }),
      fc.record({ do: fc.constant("tell" as const), from: fc.nat(2), to: fc.nat(2) }),
    );
    const order = fc.constantFrom("fair" as const, "breadth" as const, "depth" as const);
    const property = fc.property(fc.array(step, { maxLength: 80 }), order, (steps, theOrder) => {
      const config = resolveStateConfig({ packetBytes: 400, budgetBytes: 500, order: theOrder });
      const states = [0, 1, 2].map(() => new OwnerState("a", 1));
      const [owner] = states as [OwnerState, OwnerState, OwnerState];
      let now = 0 as typeof NEVER;
      for (const one of steps) {
        if (one.do === "set") owner.write(`k${one.key}`, new Uint8Array(one.size), NEVER, now);
        else if (one.do === "delete") owner.write(`k${one.key}`, undefined, NEVER, now);
        else if (one.do === "collect") {
          now = (now + one.ms) as typeof NEVER;
          owner.collect(1000, now);
        } else {
          const [from, to] = [states[one.from], states[one.to]] as [OwnerState, OwnerState];
          if (to === owner || from.version <= to.version) continue;
          const { packets } = packDeltas([{ state: from, from: to.version }], config, 400, now);
          for (const told of packets.flat()) {
            expect(Array.isArray(to.apply(told, config, now))).toBe(true);
          }
          expect(violation(owner, to) ?? "holds").toBe("holds");
          expect(violation(from, to) ?? "holds").toBe("holds");
        }
      }
    });
    fc.assert(property, { numRuns: 400, seed: 5 });
  });

  test("is what the check above would miss if a delta left out an old key", () => {
    const config = resolveStateConfig();
    const [p, q] = [new OwnerState("a", 1), new OwnerState("a", 1)];
    p.write("old", bytes("1"), NEVER, 0 as typeof NEVER);
    p.write("new", bytes("1"), NEVER, 0 as typeof NEVER);
    const entries = [{ key: "new", version: 2, ttlMs: 0, value: bytes("1") }];
    const now = 0 as typeof NEVER;
    q.apply(deltaOf("a", { generation: 1, upTo: 2, entries }), config, now);
    expect(violation(p, q)).toContain("old@1");
  });
});

describe("sums and digests of a thousand owners", () => {
  test("agree where the states do, and name the parts that differ", () => {
    const [a, b] = [new StateTable(), new StateTable()];
    const now = 0 as typeof NEVER;
    for (const table of [a, b]) {
      for (let i = 0; i < 1000; i++) {
        table.admit(`node-${i}`);
        table.change(`node-${i}`, 1, (state) => state.write("k", bytes("v"), NEVER, now));
      }
    }
    expect(a.sums()).toEqual(b.sums());
    expect(a.sums().length).toBe(256);
    b.change("node-17", 1, (state) => state.write("k", bytes("w"), NEVER, now));
    const part = a.unexplained(b.sums(), [], 1200);
    expect(part.ranges).toHaveLength(2);
    expect(part.digests.map(({ owner }) => owner)).toContain("node-17");
    expect(part.digests.length).toBeLessThan(40);
    const named = [{ owner: "node-17", generation: 1, version: 2 }];
    expect(a.unexplained(b.sums(), named, 1200).digests).toEqual([]);
  });

  test("come in parts that are all, and fit, by turns", () => {
    const table = new StateTable();
    for (let i = 0; i < 1000; i++) {
      table.admit(`node-${i}`);
      table.change(`node-${i}`, 1, (state) => {
        return state.write("k", bytes("v"), NEVER, 0 as typeof NEVER);
      });
    }
    const parts = table.allParts(1000);
    const owners = parts.flatMap((part) => part.digests.map(({ owner }) => owner));
    expect(new Set(owners).size).toBe(1000);
    expect(owners).toHaveLength(1000);
    for (const { ranges: covered, digests: told } of parts) {
      const named = new Set(told.map(({ owner }) => owner));
      expect(table.unnamed(covered, named).size).toBe(0);
    }
    const turning = new Set<string>();
    for (let i = 0; i < 300; i++) {
      for (const { owner } of table.rotatingPart(200, 4).digests) turning.add(owner);
    }
    expect(turning.size).toBe(1000);
  });
});
