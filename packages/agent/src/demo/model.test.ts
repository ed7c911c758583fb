import { beforeEach, describe, expect, it } from "vitest";
import { DemoModel } from "./model.ts";
import type { Observation } from "./model.ts";
import { member, START, someNodes } from "./test/model-samples.ts";

describe("the model", () => {
  let told: Observation[];
  let model: DemoModel;

  beforeEach(() => {
    told = [];
    model = someNodes(3, (observation) => told.push(observation));
    told.splice(0);
    model.changes.splice(0);
  });

  it("agrees when every running node believes what is so", () => {
    const counts = { alive: 3, suspect: 0, dead: 0, left: 0 };
    expect(model.verdict()).toEqual({ type: "agree", counts });
  });

  it("is forming while somebody starts", () => {
    model.add("n4");
    expect(model.verdict()).toEqual({ type: "forming" });
  });

  it("tells a death from not noticed to agreed", () => {
    const n3 = model.node("n3");
    if (n3 !== undefined) n3.process = "killed";
    expect(model.verdict()).toEqual({ type: "unnoticed", about: ["n3"] });
    model.observe("n1", member("n3", "suspect", 1000));
    expect(model.verdict()).toEqual({ type: "differ", about: ["n3"] });
    model.observe("n2", member("n3", "suspect", 1100));
    expect(model.verdict()).toEqual({ type: "suspicion", about: ["n3"] });
    model.observe("n1", member("n3", "dead", 4000));
    model.observe("n2", member("n3", "dead", 4100));
    expect(model.verdict()).toMatchObject({ type: "agree", counts: { alive: 2, dead: 1 } });
  });

  it("takes not knowing the dead for no other opinion", () => {
    const n3 = model.node("n3");
    if (n3 !== undefined) n3.process = "killed";
    model.observe("n1", member("n3", "dead", 4000));
    model.node("n2")?.beliefs.delete("n3");
    expect(model.verdict()).toMatchObject({ type: "agree", counts: { alive: 2, dead: 1 } });
  });

  it("joins what several observers saw into one change", () => {
    model.observe("n1", member("n3", "suspect", 1000, "no answer"));
    model.observe("n2", member("n3", "suspect", 1100, "n1 suspects it"));
    model.observe("n1", member("n3", "dead", 4000));
    expect(model.changes).toEqual([
      { at: 1000, subject: "n3", state: "suspect", observers: ["n1", "n2"], reason: "no answer" },
      { at: 4000, subject: "n3", state: "dead", observers: ["n1"], reason: "because" },
    ]);
    expect(told).toHaveLength(3);
  });

  it("counts the second suspicion of one observer as another change", () => {
    for (const [at, state] of [
      [1000, "suspect"],
      [2000, "alive"],
      [3000, "suspect"],
    ] as const) {
      model.observe("n1", member("n3", state, at));
    }
    expect(model.changes.map(({ state }) => state)).toEqual(["suspect", "alive", "suspect"]);
  });

  it("ignores an answer that is older than an event before it", () => {
    model.observe("n1", member("n3", "dead", 4000));
    model.observeAll("n1", [member("n3", "suspect", 1000)]);
    expect(model.node("n1")?.beliefs.get("n3")?.state).toBe("dead");
  });

  it("forgets the dead that are listed no more, and not the living", () => {
    model.observe("n1", member("n3", "dead", 4000));
    model.observeAll("n1", [member("n1")]);
    const beliefs = model.node("n1")?.beliefs;
    expect([...(beliefs?.keys() ?? [])]).toEqual(["n1", "n2"]);
  });

  it("shows guests after its own nodes", () => {
    model.observe("n2", member("me"));
    expect(model.subjects).toEqual(["n1", "n2", "n3", "me"]);
    expect(model.verdict()).toEqual({ type: "differ", about: ["me"] });
  });

  it("does not count what a node thinks of itself as news", () => {
    model.observe("n1", member("n1", "left", 10));
    expect(told).toEqual([]);
  });

  it("knows when it began", () => {
    expect(model.elapsed(START + 1500)).toBe(1500);
  });
});
