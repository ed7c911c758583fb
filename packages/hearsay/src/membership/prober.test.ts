import { describe, expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Address, Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import { LocalHealth } from "./local-health.ts";
import type { Member } from "./member.ts";
import { Prober } from "./prober.ts";
import type { ProberConfig, ProberEffects, ProbeRound } from "./prober.ts";
import type { TcpPingResult } from "./tcp-pinger.ts";
import { fixedRng } from "./test/fixed-rng.ts";
import { memberNamed, speakVersions } from "./test/members.ts";

/** Renders effects as the lines that a reader of the paper would write. */
class Transcript implements ProberEffects {
  readonly lines: string[] = [];
  ping(target: Member, seq: ProbeSeq): void {
    this.lines.push(`ping ${target.name} #${seq}`);
  }
  pingRequest(relay: Member, target: Member, seq: ProbeSeq, wantsNack: boolean): void {
    const nack = wantsNack ? "" : ", no nack";
    this.lines.push(`ask ${relay.name} about ${target.name} #${seq}${nack}`);
  }
  tcpPing(target: Member, seq: ProbeSeq): void {
    this.lines.push(`tcp ping ${target.name} #${seq}`);
  }
  endTcpPing(): void {
    this.lines.push("end tcp ping");
  }
  probed(target: Member, rttMs: number, payload: Uint8Array | undefined): void {
    this.lines.push(`${target.name} answered in ${rttMs} ms: ${payload}`);
  }
  unreachable(target: Member, round: ProbeRound): void {
    const asked = round.relays.map((relay) => relay.name).join(" ");
    this.lines.push(`${target.name}@${round.incarnation} unreachable #${round.seq} (${asked})`);
  }
  reachableByTcp(target: Member, round: ProbeRound): void {
    this.lines.push(`${target.name} answers on tcp alone #${round.seq}`);
  }
}

/**
 * A prober that knows `names`, probes them in order and always asks the same relays. The lot puts its first turn at
 * `lotMs`.
 */
function proberOf(names: string, options: Partial<ProberConfig> = {}, lotMs = 0) {
  const members = names
    .split(" ")
    .filter(Boolean)
    .map((name) => memberNamed(name));
  let next = 0;
  let seq = 0;
  const health = new LocalHealth(8);
  const config = {
    probeIntervalMs: 1000,
    probeTimeoutMs: 300,
    indirectChecks: 2,
    awarenessScalesTimeout: true,
    nacks: true,
    tcpPing: false,
    probeEvents: false,
    ...options,
  };
  const prober = new Prober(config, {
    health,
    nextTarget: () => members[next++ % members.length],
    relays: (target, count) => members.filter((m) => m !== target).slice(0, count),
    nextSeq: () => ++seq as ProbeSeq,
  });
  prober.start(0 as Instant, { ...fixedRng, below: () => lotMs });
  const lines = (act: (transcript: Transcript) => void) => {
    const transcript = new Transcript();
    act(transcript);
    return [...transcript.lines, `sleep until ${prober.deadline}`];
  };
  return {
    prober,
    members,
    health,
    at: (ms: number) => lines((t) => prober.handleTimeout(ms as Instant, fixedRng, t)),
    ack: (number: number, ms = 0, payload?: Uint8Array) =>
      lines((t) => prober.handleAck(number as ProbeSeq, payload, ms as Instant, t)),
    nack: (number: number, from: string) =>
      lines(() => prober.handleNack(number as ProbeSeq, from as Address)),
    tcp: (number: number, result: TcpPingResult, ms = 0) =>
      lines(() => prober.handleTcpPinged(number as ProbeSeq, result, ms as Instant)),
    joined: (ms: number) => lines(() => prober.handleJoined(ms as Instant)),
    late: (ms: number, now: number) => lines(() => prober.excuse(ms, now as Instant)),
  };
}

test("a direct ack ends the round early, and the next one starts on time", () => {
  const { at, ack } = proberOf("b c d");
  expect(at(0)).toEqual(["ping b #1", "sleep until 300"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["ping c #2", "sleep until 1300"]);
});

test("whoever has joined somebody asks at once, and goes on at the turns that the lot has drawn", () => {
  const { at, ack, joined } = proberOf("b c d", {}, 700);
  expect(joined(40)).toEqual(["sleep until 40"]);
  expect(at(40)).toEqual(["ping b #1", "sleep until 340"]);
  expect(ack(1, 42)).toEqual(["sleep until 700"]);
  expect(at(700)).toEqual(["ping c #2", "sleep until 1000"]);
  expect(ack(2, 702)).toEqual(["sleep until 1700"]);
});

test("an early round that nobody answers does not change the turns of the others", () => {
  const { at, joined } = proberOf("b c d", {}, 700);
  joined(40);
  at(40);
  at(340);
  expect(at(1040)).toEqual(["b@5 unreachable #1 (c d)", "sleep until 1700"]);
});

test("the first round alone is early: later joins hasten nothing", () => {
  const { at, ack, joined } = proberOf("b c d", {}, 700);
  joined(40);
  at(40);
  expect(joined(41)).toEqual(["sleep until 340"]);
  ack(1, 42);
  expect(joined(50)).toEqual(["sleep until 700"]);
});

test("who has joined a cluster that is empty asks early when it is so no longer", () => {
  const { at, joined, members } = proberOf("", {}, 700);
  joined(40);
  expect(at(40)).toEqual(["sleep until 700"]);
  members.push(memberNamed("b"));
  joined(60);
  expect(at(60)).toEqual(["ping b #1", "sleep until 360"]);
});

test("who has left, or does not run yet, begins no round by joining", () => {
  const { prober, joined } = proberOf("b", {}, 700);
  prober.stop();
  expect(joined(40)).toEqual([`sleep until ${NEVER}`]);
});

test("direct answers in time are told with their time and payload, if that is asked for", () => {
  const { at, ack, late } = proberOf("b c d e", { probeEvents: true });
  at(0);
  expect(ack(1, 12, Uint8Array.of(7, 8))).toEqual(["b answered in 12 ms: 7,8", "sleep until 1000"]);
  at(1000);
  expect(ack(2, 1003)).toEqual(["c answered in 3 ms: undefined", "sleep until 2000"]);
  // Once relays were asked, nobody knows which way an ack has come.
  at(2000);
  at(2300);
  expect(ack(3, 2310)).toEqual(["sleep until 3000"]);
  // And the time of a round in which we were late is our own.
  at(3000);
  late(500, 3500);
  expect(ack(4, 3501)).toEqual(["sleep until 4500"]);
});

test("a lost ping is rescued by a relay, under the same number", () => {
  const { at, ack } = proberOf("b c d");
  at(0);
  expect(at(300)).toEqual(["ask c about b #1", "ask d about b #1", "sleep until 1000"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(at(1000)).toEqual(["ping c #2", "sleep until 1300"]);
});

test("silence is a verdict at the end of the interval, not before", () => {
  const { at, nack } = proberOf("b c d");
  at(0);
  at(300);
  nack(1, "c");
  nack(1, "d");
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

test("acks of earlier rounds, of rounds to come and of finished ones are not ours", () => {
  const { at, ack } = proberOf("b c d");
  at(0);
  expect(ack(0)).toEqual(["sleep until 300"]);
  expect(ack(2)).toEqual(["sleep until 300"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
  expect(ack(1)).toEqual(["sleep until 1000"]);
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

describe("local health", () => {
  /** The score after a round of `b` that fails, two relays asked, these having said nack. */
  const scoreAfter = (nackers: readonly string[], options: Partial<ProberConfig> = {}): number => {
    const { at, nack, health } = proberOf("b c d", options);
    at(0);
    at(300);
    for (const from of nackers) nack(1, from);
    at(1000);
    return health.score;
  };

  test("a failed probe counts the nacks that have not come", () => {
    expect(scoreAfter([])).toBe(2);
    expect(scoreAfter(["c"])).toBe(1);
    expect(scoreAfter(["c", "d"])).toBe(0);
  });

  test("a nack that the network has doubled is one", () => {
    expect(scoreAfter(["c", "c"])).toBe(1);
  });

  test("where nobody was asked for one, a failed probe is one step", () => {
    expect(scoreAfter([], { indirectChecks: 0 })).toBe(1);
    expect(scoreAfter([], { nacks: false })).toBe(1);
  });

  test("relays that know no nacks are not asked for one", () => {
    const { at, members, health } = proberOf("b c d");
    speakVersions(members[1] as Member, Uint8Array.of(1, 3, 2, 2, 5, 5));
    at(0);
    expect(at(300).slice(0, 2)).toEqual(["ask c about b #1, no nack", "ask d about b #1"]);
    at(1000);
    expect(health.score).toBe(1);
  });

  test("nacks of another round, or before anybody was asked, count for nothing", () => {
    const { at, nack, health } = proberOf("b c d");
    at(0);
    nack(1, "c");
    at(300);
    nack(2, "d");
    at(1000);
    expect(health.score).toBe(2);
  });

  test("it lengthens both interval and timeout of the rounds that begin with it", () => {
    const { at, ack, health } = proberOf("b c d");
    health.change(2);
    expect(at(0)).toEqual(["ping b #1", "sleep until 900"]);
    expect(ack(1)).toEqual(["sleep until 3000"]);
    expect(health.score).toBe(1);
    expect(at(3000)).toEqual(["ping c #2", "sleep until 3600"]);
    expect(at(3600).at(-1)).toBe("sleep until 5000");
  });

  test("as memberlist has it, it lengthens the interval alone", () => {
    const { at, health } = proberOf("b c d", { awarenessScalesTimeout: false });
    health.change(2);
    expect(at(0)).toEqual(["ping b #1", "sleep until 300"]);
    expect(at(300).at(-1)).toBe("sleep until 3000");
  });
});

describe("the ping over a stream", () => {
  const withTcp = { tcpPing: true };

  test("goes out beside the indirect ones, and ends with the round", () => {
    const { at, ack } = proberOf("b c", withTcp);
    at(0);
    expect(at(300)).toEqual(["ask c about b #1", "tcp ping b #1", "sleep until 1000"]);
    expect(ack(1)).toEqual(["end tcp ping", "sleep until 1000"]);
  });

  test("rescues a member that no packet reaches, at the end of the interval", () => {
    const { at, tcp, health } = proberOf("b c", withTcp);
    health.change(1);
    at(0);
    at(600);
    expect(tcp(1, "answered")).toEqual(["sleep until 2000"]);
    expect(at(2000)).toEqual(["b answers on tcp alone #1", "sleep until 2000"]);
    expect(health.score).toBe(0);
  });

  test("a packet that comes after it still wins: packets do get through", () => {
    const { at, tcp, ack } = proberOf("b c", withTcp);
    at(0);
    at(300);
    tcp(1, "answered");
    expect(ack(1)).toEqual(["end tcp ping", "sleep until 1000"]);
  });

  test("that is refused rescues nobody", () => {
    const { at, tcp } = proberOf("b c", withTcp);
    at(0);
    at(300);
    tcp(1, "refused");
    const verdict = ["b@5 unreachable #1 (c)", "sleep until 1000"];
    expect(at(1000)).toEqual(["end tcp ping", ...verdict]);
  });

  test("of an earlier round counts for nothing", () => {
    const { at, tcp } = proberOf("b c", withTcp);
    at(0);
    at(300);
    at(1000);
    at(1000);
    at(1600);
    tcp(1, "answered");
    expect(at(3000)).toContain("c@5 unreachable #2 (b)");
  });

  test("is not sent to a member too old to answer it", () => {
    const { at, members } = proberOf("b c", withTcp);
    speakVersions(members[0] as Member, Uint8Array.of(1, 2, 2, 2, 5, 5));
    at(0);
    expect(at(300)).toEqual(["ask c about b #1", "sleep until 1000"]);
  });
});

describe("when we were late ourselves", () => {
  test("the round gets all of it back, and so does the next one", () => {
    const { at, late } = proberOf("b c d");
    at(0);
    at(300);
    expect(late(60_000, 60_600)).toEqual(["sleep until 61000"]);
    expect(at(61_000)).toEqual(["b@5 unreachable #1 (c d)", "sleep until 61000"]);
  });

  test("and a whole timeout at least: the answer may be lost with what our socket could not hold", () => {
    const { at, late, ack } = proberOf("b c d");
    at(0);
    expect(late(60_000, 60_300)).toEqual(["sleep until 60600"]);
    expect(at(60_600).slice(0, 1)).toEqual(["ask c about b #1"]);
    expect(ack(1)).toEqual(["sleep until 61000"]);
  });

  test("between two rounds there is nothing to give back", () => {
    const { at, ack, late } = proberOf("b c d");
    at(0);
    ack(1);
    expect(late(5000, 6000)).toEqual(["sleep until 1000"]);
  });
});
