/** What applications can know of probes: payloads of acks, round-trip times, pings on demand. */
import { describe, expect, test } from "vitest";
import type { MembershipCommand, MembershipOptions, ProbedEvent } from "../membership/index.ts";
import { MAX_OWN_ACK_PAYLOAD_BYTES } from "../membership/index.ts";
import { MAX_PINGS } from "../membership/pings.ts";
import { Cluster } from "./cluster.ts";

/** Three members, one way 5 ms, with no news left to tell. */
function threeOf(membership: MembershipOptions = {}) {
  const cluster = new Cluster({ seed: 3, network: { latencyMs: [5, 5] }, membership });
  const { world } = cluster;
  cluster.form(["a", "b", "c"]);
  world.run(5000);
  const tell = (name: string, command: MembershipCommand) => {
    world.command(name, "membership", command);
  };
  const events = <T>(node: string, type: string): T[] =>
    world.events
      .filter((row) => row.node === node && row.event.type === type)
      .map(({ event }) => event as unknown as T);
  return { cluster, world, tell, events };
}

const payload = Uint8Array.of(1, 2, 3);

describe("a payload on acks", () => {
  test("is told with the round-trip time to whoever probes, as often as it probes", () => {
    const { world, tell, events } = threeOf({ probeEvents: true });
    tell("b", { type: "setAckPayload", payload });
    const since = events<ProbedEvent>("a", "probed").length;
    world.run(20_000);
    const probed = events<ProbedEvent>("a", "probed").slice(since);
    expect(probed.length).toBeGreaterThanOrEqual(19);
    for (const { member, rttMs, payload: heard, at } of probed) {
      expect([rttMs, heard]).toEqual([10, member.name === "b" ? payload : undefined]);
      expect(at).toBeLessThanOrEqual(world.now);
    }
    expect(new Set(probed.map(({ member }) => member.name))).toEqual(new Set(["b", "c"]));
  });

  test("is one of at most 512 bytes: a longer one changes nothing and is counted; none takes it off", () => {
    const { world, tell, events } = threeOf({ probeEvents: true });
    tell("b", {
      type: "setAckPayload",
      payload: new Uint8Array(MAX_OWN_ACK_PAYLOAD_BYTES).fill(7),
    });
    tell("b", { type: "setAckPayload", payload: new Uint8Array(MAX_OWN_ACK_PAYLOAD_BYTES + 1) });
    expect(world.stats("b").drops["ackPayloadTooLarge"]).toBe(1);
    const last = () => {
      world.run(5000);
      const fromB = events<ProbedEvent>("a", "probed").filter(({ member }) => member.name === "b");
      return fromB.at(-1)?.payload;
    };
    expect(last()).toEqual(new Uint8Array(512).fill(7));
    tell("b", { type: "setAckPayload", payload: undefined });
    expect(last()).toBeUndefined();
  });

  test("unless asked for, no probe is told of", () => {
    const { world, events } = threeOf();
    world.run(20_000);
    expect(events("a", "probed")).toEqual([]);
  });
});

describe("a ping on demand", () => {
  test("tells the round-trip time and the payload", () => {
    const { world, tell, events } = threeOf();
    tell("b", { type: "setAckPayload", payload });
    tell("a", { type: "ping", id: 1, name: "b" });
    tell("a", { type: "ping", id: 2, name: "c" });
    world.run(20);
    expect(events("a", "pinged")).toEqual([
      { type: "pinged", id: 1, rttMs: 10, payload },
      { type: "pinged", id: 2, rttMs: 10, payload: undefined },
    ]);
  });

  test("that is not answered fails when the probe timeout is over, and accuses nobody", () => {
    const { world, tell, events } = threeOf();
    world.cut("a", "b");
    tell("a", { type: "ping", id: 1, name: "b" });
    world.run(499);
    expect(events("a", "commandFailed")).toEqual([]);
    world.run(1);
    expect(events("a", "commandFailed")).toMatchObject([{ id: 1, code: "ERR_TIMEOUT" }]);
  });

  test("of a stranger or of ourselves is a mistake, and so are too many at a time", () => {
    const { tell, events } = threeOf();
    tell("a", { type: "ping", id: 1, name: "who" });
    tell("a", { type: "ping", id: 2, name: "a" });
    for (let id = 3; id < 4 + MAX_PINGS; id++) tell("a", { type: "ping", id, name: "b" });
    expect(events("a", "commandFailed")).toMatchObject([
      { id: 1, code: "ERR_UNKNOWN_MEMBER" },
      { id: 2, code: "ERR_OPTION" },
      { id: 3 + MAX_PINGS, code: "ERR_QUEUE_FULL" },
    ]);
  });

  test("is given the time by which we were late ourselves", () => {
    const { world, tell, events } = threeOf();
    tell("a", { type: "ping", id: 1, name: "b" });
    world.pause("a");
    world.run(3000);
    world.resume("a");
    world.run(1000);
    expect(events("a", "commandFailed")).toEqual([]);
    expect(events("a", "pinged")).toHaveLength(1);
  });
});
