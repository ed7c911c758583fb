import { expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import type { Member } from "./member.ts";
import { Prober } from "./prober.ts";
import type { ProberEffects, ProbeRound } from "./prober.ts";
import { fixedRng } from "./test/fixed-rng.ts";
import { memberNamed } from "./test/members.ts";

/** Renders effects as the lines that a reader of the paper would write. */
class Transcript implements ProberEffects {
  readonly lines: string[] = [];
  ping(target: Member, seq: ProbeSeq): void {
    this.lines.push(`ping ${target.name} #${seq}`);
  }
  pingRequest(relay: Member, target: Member, seq: ProbeSeq): void {
    this.lines.push(`ask ${relay.name} about ${target.name} #${seq}`);
  }
  unreachable(target: Member, round: ProbeRound): void {
    const asked = round.relays.map((relay) => relay.name).join(" ");
    this.lines.push(`${target.name}@${round.incarnation} unreachable #${round.seq} (${asked})`);
  }
}

/** A prober that knows `names`, probes them in order and always asks the same relays. */
function proberOf(names: string) {
  const members = names
    .split(" ")
    .filter(Boolean)
    .map((name) => memberNamed(name));
  let next = 0;
  let seq = 0;
  const prober = new Prober(
    { probeIntervalMs: 1000, probeTimeoutMs: 300, indirectChecks: 2 },
    {
      nextTarget: () => members[next++ % members.length],
      relays: (target, count) => members.filter((m) => m !== target).slice(0, count),
      nextSeq: () => ++seq as ProbeSeq,
    },
  );
  prober.start(0 as Instant, fixedRng);
  const lines = (act: (transcript: Transcript) => void) => {
    const transcript = new Transcript();
    act(transcript);
    return [...transcript.lines, `sleep until ${prober.deadline}`];
  };
  return {
    prober,
    members,
    at: (ms: number) => lines((t) => prober.handleTimeout(ms as Instant, fixedRng, t)),
    ack: (number: number) => lines(() => prober.handleAck(number as ProbeSeq)),
  };
}

test("a direct ack ends the round early, and the next one starts on time", () => {
  const { at, ack } = proberOf("b c d");
  expect(at(0)).toEqual(["ping b #1", "sleep until 300"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["ping c #2", "sleep until 1300"]);
});

test("a lost ping is rescued by a relay, under the same number", () => {
  const { at, ack } = proberOf("b c d");
  at(0);
  expect(at(300)).toEqual(["ask c about b #1", "ask d about b #1", "sleep until 1000"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["ping c #2", "sleep until 1300"]);
});

test("silence is a verdict at the end of the interval, not before", () => {
  const { at } = proberOf("b c d");
  at(0);
  at(300);
  expect(at(999)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["b@5 unreachable #1 (c d)", "sleep until 1000"]);
  expect(at(1000)).toEqual(["ping c #2", "sleep until 1300"]);
});

test("the verdict is about the incarnation that was probed, not one announced meanwhile", () => {
  const { at, members } = proberOf("b c d");
  at(0);
  (members[0] as Member).incarnation = 6 as Incarnation;
  at(300);
  expect(at(1000)[0]).toBe("b@5 unreachable #1 (c d)");
});

test("a late wake-up first gives waiting packets as long as it was late, once", () => {
  const { at, ack } = proberOf("b c d");
  at(0);
  expect(at(340)).toEqual(["sleep until 380"]);
  expect(at(390)).toEqual(["ask c about b #1", "ask d about b #1", "sleep until 1090"]);
  expect(at(1100)).toEqual(["sleep until 1110"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
});

test("a pause of a minute costs no more than the phases' own length again", () => {
  const { at } = proberOf("b c d");
  at(0);
  expect(at(60_000)).toEqual(["sleep until 60300"]);
  expect(at(60_300)).toEqual(["ask c about b #1", "ask d about b #1", "sleep until 61000"]);
  expect(at(99_000)).toEqual(["sleep until 99700"]);
  expect(at(99_700)).toEqual(["b@5 unreachable #1 (c d)", "sleep until 1000"]);
  expect(at(99_700)).toEqual(["ping c #2", "sleep until 100000"]);
});

test("acks of earlier rounds, of rounds to come and of finished ones are not ours", () => {
  const { at, ack, prober } = proberOf("b c d");
  at(0);
  expect(prober.handleAck(0 as ProbeSeq)).toBe(false);
  expect(prober.handleAck(2 as ProbeSeq)).toBe(false);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(prober.handleAck(1 as ProbeSeq)).toBe(false);
});

test("without relays it still waits for the end of the interval", () => {
  const { at } = proberOf("b");
  at(0);
  expect(at(300)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["b@5 unreachable #1 ()", "sleep until 1000"]);
});

test("alone, it keeps looking for company", () => {
  expect(proberOf("").at(0)).toEqual(["sleep until 1000"]);
});

test("stopped in the middle of a round, it says nothing more", () => {
  const { at, prober } = proberOf("b c");
  at(0);
  prober.stop();
  expect(prober.deadline).toBe(NEVER);
  expect(at(5000)).toEqual(["sleep until Infinity"]);
});
