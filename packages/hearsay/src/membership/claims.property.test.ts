import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { suspicionTimeout } from "./formulas.ts";
import { addressOf, ClaimsScene } from "./test/claims-scene.ts";

const RECLAIM_MS = 3000;
/** As the scene has it. */
const FORGOTTEN_MS = 60_000;
const elsewhere = parseAddress("10.9.9.9:1");

type Step =
  | { type: "alive"; node: string; incarnation: number; address: Address }
  | { type: "suspect" | "dead"; node: string; incarnation: number; from: string }
  | { type: "rumour"; node: string; incarnation: number; state: "suspect" | "dead" }
  | { type: "wait"; ms: number };

interface Row {
  state: "alive" | "suspect" | "dead" | "left";
  incarnation: number;
  address: Address;
  changedAt: number;
  expiresAt: number;
}

/** The rules of transition as a table-less, event-less, timer-less paraphrase. */
class Model {
  readonly rows = new Map<string, Row>();
  /** Who has left without ever having been heard of. */
  readonly #farewells = new Map<string, { incarnation: number; at: number }>();
  now = 0;

  constructor(others: string) {
    for (const name of others) this.#put(name, 1, addressOf(name));
    this.#put("a", 10, addressOf("a"));
  }

  apply(step: Step): void {
    if (step.type === "wait") return this.#wait(step.ms);
    const { node, incarnation } = step;
    const row = this.rows.get(node);
    if (row === undefined) {
      if (incarnation <= this.#farewellOf(node)) return;
      if (step.type === "alive" && incarnation > 0) this.#put(node, incarnation, step.address);
      const isFarewell = step.type === "dead" && step.from === node;
      if (isFarewell) this.#farewells.set(node, { incarnation, at: this.now });
      return;
    }
    const isGone = row.state === "dead" || row.state === "left";
    if (step.type === "alive") {
      const { address } = step;
      const mayMove =
        row.state === "left" || (row.state === "dead" && this.now - row.changedAt > RECLAIM_MS);
      if (address !== row.address) {
        if (mayMove && incarnation > row.incarnation) this.#put(node, incarnation, address);
      } else if (node === "a") {
        if (incarnation > row.incarnation) row.incarnation = incarnation + 1;
      } else if (incarnation > row.incarnation) this.#put(node, incarnation, address);
      return;
    }
    const leavesDead = row.state === "dead" && step.type === "dead" && step.from === node;
    if (incarnation < row.incarnation || (isGone && !leavesDead)) return;
    if (node === "a") {
      row.incarnation = incarnation + 1;
      return;
    }
    if (step.type === "dead") {
      const state = step.from === node ? "left" : "dead";
      Object.assign(row, { state, incarnation, changedAt: this.now });
    } else if (row.state === "alive") {
      const expiresAt = this.now + suspicionTimeout(4, this.rows.size, 1000);
      Object.assign(row, { state: "suspect", incarnation, changedAt: this.now, expiresAt });
    }
  }

  #farewellOf(node: string): number {
    const { incarnation, at } = this.#farewells.get(node) ?? { incarnation: -1, at: -Infinity };
    return this.now - at <= FORGOTTEN_MS ? incarnation : -1;
  }

  view(): string[] {
    return [...this.rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { state, incarnation }]) => `${name} ${state}@${incarnation}`);
  }

  /** In steps of one timer, as a punctual host does. */
  #wait(ms: number): void {
    this.now += ms;
    for (const row of this.rows.values()) {
      if (row.state === "suspect" && row.expiresAt <= this.now) {
        Object.assign(row, { state: "dead", changedAt: row.expiresAt });
      }
    }
  }

  #put(name: string, incarnation: number, address: Address): void {
    this.rows.set(name, {
      state: "alive",
      incarnation,
      address,
      changedAt: this.now,
      expiresAt: Infinity,
    });
  }
}

const node = fc.constantFrom("a", "b", "c", "d", "e");
const incarnation = fc.oneof(fc.nat(14), fc.constantFrom(9, 10, 11));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ node, incarnation, moved: fc.boolean() }).map((claim) => {
      const address = claim.moved ? elsewhere : addressOf(claim.node);
      const { node: name, incarnation: number } = claim;
      return { type: "alive", node: name, incarnation: number, address } as const;
    }),
    fc.record({
      type: fc.constantFrom("suspect" as const, "dead" as const),
      node,
      incarnation,
      from: node,
    }),
    fc.record({
      type: fc.constant("rumour" as const),
      node,
      incarnation,
      state: fc.constantFrom("suspect" as const, "dead" as const),
    }),
    fc.record({ type: fc.constant("wait" as const), ms: fc.nat(5000) }),
  ),
  { maxLength: 40 },
);

/** Lets the suspicions expire on the millisecond, as on a host that is never late. */
function wait(scene: ClaimsScene, ms: number): void {
  const end = scene.now + ms;
  while (scene.suspicions.deadline <= end) scene.wait(scene.suspicions.deadline - scene.now);
  scene.wait(end - scene.now);
}

function apply(scene: ClaimsScene, step: Step): string[] {
  switch (step.type) {
    case "alive":
      return scene.alive(step.node, step.incarnation, { address: step.address });
    case "suspect":
      return scene.suspect(step.node, step.incarnation, step.from);
    case "dead":
      return scene.dead(step.node, step.incarnation, step.from);
    case "rumour":
      return scene.rumour(step.node, step.incarnation, step.state);
    case "wait":
      wait(scene, step.ms);
      return [];
  }
}

test("after any sequence of claims the table is what a dumb model of the rules says", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const scene = new ClaimsScene("bcd", RECLAIM_MS);
      const model = new Model("bcd");
      for (const step of sequence) {
        apply(scene, step);
        model.apply(step);
        expect(scene.view()).toEqual(model.view());
      }
    }),
    { numRuns: 2000 },
  );
});

test("no claim lowers an incarnation, wakes the dead without a higher one, or turns us against ourselves", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const scene = new ClaimsScene("bcd", RECLAIM_MS);
      for (const step of sequence) {
        const before = new Map(scene.table.sorted().map((member) => [member.name, { ...member }]));
        apply(scene, step);
        expect(scene.local.member.state).toBe("alive");
        for (const member of scene.table.all()) {
          const was = before.get(member.name);
          if (was === undefined || was.address !== member.address) continue;
          expect(member.incarnation).toBeGreaterThanOrEqual(was.incarnation);
          const isBack = was.state !== "alive" && member.state === "alive";
          if (isBack) expect(member.incarnation).toBeGreaterThan(was.incarnation);
          const isGone = was.state === "dead" || was.state === "left";
          if (isGone && member.state !== was.state) {
            expect([was.state, member.state]).not.toEqual(["left", "dead"]);
            expect(member.state).not.toBe("suspect");
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test("events replayed are the member table, and every accepted claim is told on once", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const scene = new ClaimsScene("bcd", RECLAIM_MS);
      for (const step of sequence) {
        const before = scene.view();
        const lines = apply(scene, step);
        const spreads = lines.filter((line) => line.startsWith("spread")).length;
        expect(spreads).toBeLessThanOrEqual(1);
        if (step.type !== "wait" && scene.view().join() !== before.join()) expect(spreads).toBe(1);
      }
      const replayed = new Map<string, string>();
      for (const { type, member } of scene.events) {
        if (type !== "conflict") replayed.set(member.name, member.state);
      }
      for (const { name, state } of scene.table.all()) {
        if (name !== "a") expect(replayed.get(name)).toBe(state);
      }
    }),
    { numRuns: 1000 },
  );
});
