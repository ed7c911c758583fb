/** A world writes down what its nodes were told and did; each of them can be run again from it. */
import { describe, expect, test } from "vitest";
import { NodeMachine, PeerTable } from "../composition/index.ts";
import { parseAddress } from "../kernel/index.ts";
import type { Incarnation, Instant } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { readRecording, Replayer } from "../recording/index.ts";
import { Cluster } from "./cluster.ts";
import type { WorldOptions } from "./world-options.ts";

const NAMES = ["a", "b", "c", "d"];

/** A join, a crash, a restart and a leave. */
function story(options: Partial<WorldOptions> = {}) {
  let text = "";
  const trace = { write: (lines: string) => void (text += lines) };
  const cluster = new Cluster({
    seed: 3,
    network: { latencyMs: [1, 20], loss: 0.05 },
    membership: { preset: "local" },
    peers: "each",
    trace,
    ...options,
  });
  const { world } = cluster;
  cluster.form(NAMES);
  world.run(2000);
  world.crash("d");
  world.run(8000);
  world.restart("d");
  cluster.join("d", ["a"]);
  world.run(3000);
  cluster.leave("b");
  world.run(1000);
  return { text, world, cluster };
}

describe("a trace", () => {
  test("is the same for the same seed, in either wire mode, and changes nothing", () => {
    const { text, world } = story();
    expect(story().text).toBe(text);
    expect(story({ wire: "objects" }).text).toBe(text);
    const without = story({ trace: undefined as never }).world;
    expect(world.events).toEqual(without.events);
    expect(world.counts).toEqual(without.counts);
  });

  test("has every input and every change with its reason", () => {
    const { text, world } = story();
    const { head, records } = readRecording(text);
    expect(head).toMatchObject({ kind: "world", config: { seed: 3 } });
    const inputs = records.flatMap((record) => (record.record === "input" ? [record] : []));
    expect(inputs).toHaveLength(world.steps);
    const told = inputs.flatMap(({ name, at, out }) => {
      return out.flatMap((one) => {
        return one.type === "notify" ? [{ node: name, at, event: one.event }] : [];
      });
    });
    expect(told).toEqual(world.events);
    expect(told.some(({ event }) => (event as { type: string }).type === "fail")).toBe(true);
  });

  test.each(NAMES)("lets node %s be run again, alone", (name) => {
    const { text, cluster } = story();
    const address = parseAddress(`10.0.0.${NAMES.indexOf(name) + 1}:7946`);
    let membership: Membership | undefined;
    const make = () => {
      const peers = new PeerTable();
      const [now, firstIncarnation] = [0 as Instant, 1 as Incarnation];
      const config = { preset: "local" } as const;
      membership = new Membership({ name, address, peers, config, firstIncarnation, now });
      return { peers, machine: new NodeMachine({ name, address, peers, tenants: [membership] }) };
    };
    const replayer = new Replayer(readRecording(text), make, { name });
    for (let step = replayer.step(); step !== undefined; step = replayer.step()) {
      expect(step.difference).toBeUndefined();
    }
    expect(replayer.number).toBeGreaterThan(30);
    expect(membership?.members()).toEqual(cluster.members(name));
  });
});
