/**
 * Models for tests of the model and of the view.
 * @module
 */
import type { MemberJson } from "../../http/member-json.ts";
import { DemoModel } from "../model.ts";
import type { Observation } from "../model.ts";

export const START: number = Date.UTC(2026, 0, 1);

export function member(
  name: string,
  state: MemberJson["state"] = "alive",
  at = 500,
  text = "because",
): MemberJson {
  return {
    name,
    address: "127.0.0.1:1",
    state,
    incarnation: 1,
    tags: {},
    since: new Date(START + at).toISOString(),
    reason: { type: "started", text },
  };
}

/** Nodes that run and know each other. */
export function someNodes(
  count: number,
  onObservation?: (observation: Observation) => void,
): DemoModel {
  const model = new DemoModel(START, onObservation);
  for (let i = 1; i <= count; i++) {
    const node = model.add(`n${i}`);
    node.process = "running";
    node.pid = 4710 + i;
    node.address = `127.0.0.1:${40000 + i}`;
    node.http = `127.0.0.1:${50000 + i}`;
  }
  const everybody = model.nodes.map(({ name }) =>
    member(name, "alive", 500, "heard of it from n1"),
  );
  for (const { name } of model.nodes) model.observeAll(name, everybody);
  return model;
}
