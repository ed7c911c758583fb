import { expect, test } from "vitest";
import type { Address, Instant, ProbeSeq } from "../kernel/index.ts";
import { Relay } from "./relay.ts";
import type { RelayEffects } from "./relay.ts";

const at = (ms: number) => ms as Instant;
const seq = (number: number) => number as ProbeSeq;

/** Renders effects as lines, each call of the relay followed by when it next wakes. */
function relayOf(maxRelays = 10, probeIntervalMs = 1000) {
  let lines: string[] = [];
  const effects: RelayEffects = {
    relayPing: (target, name, number) => lines.push(`ping ${name} at ${target} #${number}`),
    relayAck: (to, number) => lines.push(`ack to ${to} #${number}`),
    relayNack: (to, number) => lines.push(`nack to ${to} #${number}`),
    drop: (reason) => lines.push(`drop ${reason}`),
  };
  let next = 40;
  const relay = new Relay(
    { probeIntervalMs, probeTimeoutMs: 500, maxRelays },
    { nextSeq: () => seq(++next) },
  );
  const run = (act: () => void) => {
    lines = [];
    act();
    return [...lines, `sleep until ${relay.deadline}`];
  };
  return {
    relay,
    ask: (ms: number, number: number, wantsNack = true) =>
      run(() => {
        const request = {
          seq: seq(number),
          target: "10.0.0.3:1" as Address,
          targetName: "c",
          replyTo: "10.0.0.1:1" as Address,
          wantsNack,
        };
        relay.handleRequest(request, at(ms), effects);
      }),
    ack: (number: number) => run(() => relay.handleAck(seq(number), effects)),
    excuse: (lateMs: number) => run(() => relay.excuse(lateMs)),
    timeout: (ms: number) => run(() => relay.handleTimeout(at(ms), effects)),
  };
}

test("an ack goes back under the number that the requester knows", () => {
  const { ask, ack } = relayOf();
  expect(ask(0, 7)).toEqual(["ping c at 10.0.0.3:1 #41", "sleep until 400"]);
  expect(ack(41)).toEqual(["ack to 10.0.0.1:1 #7", "sleep until Infinity"]);
  expect(ack(41)).toEqual(["sleep until Infinity"]);
});

test("silence is told at 80 % of the timeout, and a late ack still passed on", () => {
  const { ask, ack, timeout } = relayOf();
  ask(0, 7);
  expect(timeout(399)).toEqual(["sleep until 400"]);
  expect(timeout(400)).toEqual(["nack to 10.0.0.1:1 #7", "sleep until 500"]);
  expect(ack(41)).toEqual(["ack to 10.0.0.1:1 #7", "sleep until Infinity"]);
});

test("after the timeout the errand is over", () => {
  const { ask, ack, timeout, relay } = relayOf();
  ask(0, 7);
  timeout(400);
  expect(timeout(500)).toEqual(["sleep until Infinity"]);
  expect(relay.size).toBe(0);
  expect(ack(41)).toEqual(["sleep until Infinity"]);
});

test("who did not ask for a nack gets none", () => {
  const { ask, timeout } = relayOf();
  expect(ask(0, 7, false)).toEqual(["ping c at 10.0.0.3:1 #41", "sleep until 500"]);
  expect(timeout(500)).toEqual(["sleep until Infinity"]);
});

test("a wake-up far too late says nack and is done", () => {
  const { ask, timeout, relay } = relayOf();
  ask(0, 7);
  expect(timeout(9000)).toEqual(["nack to 10.0.0.1:1 #7", "sleep until Infinity"]);
  expect(relay.size).toBe(0);
});

test("where the timeout leaves little of the interval, the nack is earlier still", () => {
  const { ask, timeout } = relayOf(10, 700);
  expect(ask(0, 7)).toEqual(["ping c at 10.0.0.3:1 #41", "sleep until 160"]);
  expect(timeout(160)).toEqual(["nack to 10.0.0.1:1 #7", "sleep until 500"]);
});

test("who was late itself neither says nack nor gives up before its socket is read", () => {
  const { ask, ack, excuse, timeout } = relayOf();
  ask(0, 7);
  expect(excuse(9000)).toEqual(["sleep until 9400"]);
  expect(timeout(9400)).toEqual(["nack to 10.0.0.1:1 #7", "sleep until 9500"]);
  expect(ack(41)).toEqual(["ack to 10.0.0.1:1 #7", "sleep until Infinity"]);
});

test("equal numbers of two requesters do not mix", () => {
  const { ask, ack } = relayOf();
  ask(0, 7);
  expect(ask(10, 7)).toEqual(["ping c at 10.0.0.3:1 #42", "sleep until 400"]);
  expect(ack(42)).toEqual(["ack to 10.0.0.1:1 #7", "sleep until 400"]);
});

test("beyond its limit the table takes no more, and counts it", () => {
  const { ask } = relayOf(1);
  ask(0, 7);
  expect(ask(1, 8)).toEqual(["drop tooManyRelays", "sleep until 400"]);
});
