import { describe, expect, test } from "vitest";
import type { Instant, PeerId, ProbeSeq } from "../kernel/index.ts";
import type { Member } from "./member.ts";
import { memberNamed } from "./test/members.ts";
import { UDP_BLOCKED_EVERY_MS, UdpWatch } from "./udp-watch.ts";
import type { UdpWatchEffects } from "./udp-watch.ts";

/** A watch, and what it asks for as lines. */
function watching() {
  const watch = new UdpWatch();
  const lines: string[] = [];
  const effects: UdpWatchEffects = {
    notify: ({ type, member, at }) => lines.push(`${type} ${member.name} at ${at}`),
    signal: ({ type, peer }) => lines.push(`${type} ${peer}`),
    drop: (reason) => lines.push(`drop ${reason}`),
  };
  const taken = (): string[] => lines.splice(0);
  const rescue = (member: Member, at: number): string[] => {
    watch.handleRescue(member, at as Instant, effects);
    return taken();
  };
  const acked = (seq: number, at: number): string[] => {
    const isOurs = watch.handleAck(seq as ProbeSeq, at as Instant, effects);
    return isOurs ? taken() : ["of another"];
  };
  return { watch, rescue, acked };
}

function peerNamed(name: string, peer: number): Member {
  return Object.assign(memberNamed(name), { peer: peer as PeerId });
}

const [b, c] = [peerNamed("b", 1), peerNamed("c", 2)];
const SEQ = 7 as ProbeSeq;

describe("datagrams that get lost", () => {
  test("each rescue is counted and signalled, and told once in ten minutes a member", () => {
    const { rescue } = watching();
    expect(rescue(b, 0)).toEqual(["drop udpBlocked", "packetsLost 1", "udpBlocked b at 0"]);
    expect(rescue(b, UDP_BLOCKED_EVERY_MS - 1)).toEqual(["drop udpBlocked", "packetsLost 1"]);
    expect(rescue(c, 1000)).toContain("udpBlocked c at 1000");
    expect(rescue(b, UDP_BLOCKED_EVERY_MS)).toContain("udpBlocked b at 600000");
  });

  test("a trial that is answered ends it, and it is told that it has ended", () => {
    const { watch, rescue, acked } = watching();
    rescue(b, 0);
    expect(watch.isBlocked(b)).toBe(true);
    watch.handleTrial(b, SEQ);
    expect(acked(SEQ + 1, 500)).toEqual(["of another"]);
    expect(acked(SEQ, 1000)).toEqual(["packetsPass 1", "udpRestored b at 1000"]);
    expect(watch.isBlocked(b)).toBe(false);
    expect(acked(SEQ, 1000)).toEqual(["of another"]);
  });

  test("what was not told of is not told to have ended", () => {
    const { watch, rescue, acked } = watching();
    for (const at of [0, 2000]) {
      rescue(b, at);
      watch.handleTrial(b, SEQ);
      const told = acked(SEQ, at + 1000).includes(`udpRestored b at ${at + 1000}`);
      expect(told).toBe(at === 0);
    }
  });

  test("who is gone is blocked no more, and an answer that comes late says nothing", () => {
    const { watch, rescue, acked } = watching();
    rescue(b, 0);
    watch.handleTrial(b, SEQ);
    watch.handleDown(b.peer);
    expect(watch.isBlocked(b)).toBe(false);
    expect(acked(SEQ, 1000)).toEqual([]);
  });

  test("what was written out goes on", () => {
    const { watch, rescue } = watching();
    rescue(b, 0);
    watch.handleTrial(b, SEQ);
    const other = watching();
    other.watch.restore(watch.save([b, c]), () => b);
    expect(other.watch.save([b, c])).toEqual(watch.save([b, c]));
    expect(other.acked(SEQ, 1000)).toEqual(["packetsPass 1", "udpRestored b at 1000"]);
    expect(other.rescue(b, 2000)).toEqual(["drop udpBlocked", "packetsLost 1"]);
  });
});
