import { expect, test } from "vitest";
import type { ScenarioCommand } from "./scenario-command.ts";
import { parseCommand } from "./scenario-parser.ts";
import { commandText } from "./scenario-print.ts";

const read = (text: string): ScenarioCommand => parseCommand({ number: 3, text });

const everywhere = { kind: "everywhere" };

test.each([
  [
    "cluster a b preset=tiny seed=7 latency=1..10ms loss=5%",
    {
      type: "cluster",
      names: ["a", "b"],
      seed: 7,
      latencyMs: [1, 10],
      loss: 0.05,
      seeds: [],
      options: new Map([["preset", "tiny"]]),
    },
  ],
  [
    "cluster n1..n3 seed=1 latency=lognormal:20ms:0.8 seeds=n1,n2",
    {
      type: "cluster",
      names: ["n1", "n2", "n3"],
      seed: 1,
      latencyMs: { type: "lognormal", medianMs: 20, sigma: 0.8 },
      loss: 0,
      seeds: ["n1", "n2"],
      options: new Map(),
    },
  ],
  ["add n1..n3 x", { type: "add", names: ["n1", "n2", "n3", "x"] }],
  ["add x as b at 10.0.0.1:7946", { type: "add", names: ["x"], as: "b", at: "10.0.0.1:7946" }],
  ["join d a b", { type: "join", names: ["d"], via: ["a", "b"] }],
  ["join n2..n4 n1", { type: "join", names: ["n2", "n3", "n4"], via: ["n1"] }],
  ["join d e via a b", { type: "join", names: ["d", "e"], via: ["a", "b"] }],
  [
    "tags a role=db dc=",
    {
      type: "tags",
      name: "a",
      tags: new Map([
        ["role", "db"],
        ["dc", ""],
      ]),
    },
  ],
  ["kill a b", { type: "kill", names: ["a", "b"] }],
  ["restart a", { type: "restart", names: ["a"], memory: false }],
  ["restart a with memory", { type: "restart", names: ["a"], memory: true }],
  [
    "restart a at [fd00::1]:7946 with memory",
    { type: "restart", names: ["a"], at: "[fd00::1]:7946", memory: true },
  ],
  ["pause a b", { type: "pause", names: ["a", "b"] }],
  ["pause a for 1m", { type: "pause", names: ["a"], forMs: 60_000 }],
  ["slow a b 100ms", { type: "slow", names: ["a", "b"], ms: 100 }],
  ["clock a +1h", { type: "clock", names: ["a"], ms: 3_600_000 }],
  ["clock a -1h", { type: "clock", names: ["a"], ms: -3_600_000 }],
  ["drift a 2%", { type: "drift", names: ["a"], share: 0.02 }],
  ["drift a -0.5%", { type: "drift", names: ["a"], share: -0.005 }],
  ["nat a", { type: "nat", names: ["a"], on: true }],
  ["nat a at 192.0.2.1:9", { type: "nat", names: ["a"], at: "192.0.2.1:9", on: true }],
  ["nat a off", { type: "nat", names: ["a"], on: false }],
  ["partition a b | c d | e", { type: "partition", groups: [["a", "b"], ["c", "d"], ["e"]] }],
  ["bridge a b | c | d e", { type: "bridge", groups: [["a", "b"], ["c"], ["d", "e"]] }],
  ["ring a b c d", { type: "ring", names: ["a", "b", "c", "d"] }],
  ["isolate a", { type: "isolate", names: ["a"] }],
  ["cut a -> b", { type: "cut", place: { kind: "way", from: ["a"], to: ["b"], both: false } }],
  [
    "cut a b <-> n1..n3",
    {
      type: "cut",
      place: { kind: "way", from: ["a", "b"], to: ["n1", "n2", "n3"], both: true },
    },
  ],
  ["repair", { type: "repair", place: everywhere }],
  ["repair a", { type: "repair", place: { kind: "nodes", names: ["a"] } }],
  ["loss 10%", { type: "loss", loss: 0.1, place: everywhere }],
  [
    "loss a -> b 80%",
    { type: "loss", loss: 0.8, place: { kind: "way", from: ["a"], to: ["b"], both: false } },
  ],
  ["latency 5ms", { type: "latency", latencyMs: [5, 5], place: everywhere }],
  [
    "latency exponential 20ms",
    {
      type: "latency",
      latencyMs: { type: "exponential", meanMs: 20, leastMs: 0 },
      place: everywhere,
    },
  ],
  [
    "latency a -> b exponential 5..20ms",
    {
      type: "latency",
      latencyMs: { type: "exponential", meanMs: 20, leastMs: 5 },
      place: { kind: "way", from: ["a"], to: ["b"], both: false },
    },
  ],
  [
    "latency a lognormal 20ms 0.8",
    {
      type: "latency",
      latencyMs: { type: "lognormal", medianMs: 20, sigma: 0.8 },
      place: { kind: "nodes", names: ["a"] },
    },
  ],
  ["jitter 50ms", { type: "jitter", ms: 50 }],
  ["bandwidth 1mbit", { type: "bandwidth", bitsPerSecond: 1e6, place: everywhere }],
  ["bandwidth off", { type: "bandwidth", place: everywhere }],
  ["duplicate 5%", { type: "duplicate", share: 0.05 }],
  ["replay 10%", { type: "replay", share: 0.1 }],
  ["corrupt 2.5%", { type: "corrupt", share: 0.025 }],
  [
    "clog a -> b for 2s",
    {
      type: "clog",
      place: { kind: "way", from: ["a"], to: ["b"], both: false },
      forMs: 2000,
    },
  ],
  ["unclog", { type: "unclog", place: everywhere }],
  ["block udp", { type: "block", protocol: "udp", place: everywhere }],
  [
    "block tcp a b",
    { type: "block", protocol: "tcp", place: { kind: "nodes", names: ["a", "b"] } },
  ],
  ["unblock", { type: "unblock", place: everywhere }],
  ["unblock udp", { type: "unblock", protocol: "udp", place: everywhere }],
  ["calm", { type: "calm" }],
  ["run 1500ms", { type: "run", ms: 1500 }],
  ["run until agreed max 10s", { type: "runUntilAgreed", maxMs: 10_000 }],
  ["members a", { type: "members", name: "a" }],
  ["agree", { type: "agree" }],
  ["counts", { type: "counts" }],
])("%s is a command, and reads the same when it is written", (text, command) => {
  expect(read(text)).toEqual(command);
  expect(commandText(read(text))).toBe(text);
});

test.each([
  ["explode a", 'explode: there is no command "explode"'],
  ["run", "run: expected run 1500ms"],
  ["run 5", "run: expected a time such as 1500ms or 2s, got 5"],
  ["run until agreed", "run: expected run until agreed max 10s"],
  ["kill", "kill: expected the name of a node"],
  ["cluster seed=1", "cluster: expected the name of a node"],
  ["cluster a seed=x", "cluster: expected a whole number as seed"],
  ["cluster a loss=5", "cluster: expected a share of 0%..100%, got 5"],
  ["cluster a latency=9..1ms", "cluster: expected a range with the lesser time first"],
  ["partition a b", "partition: expected partition a b | c d"],
  ["cut a b", "cut: expected cut a -> b"],
  ["tags", "tags: expected tags d role=db"],
  ["tags a role", "tags: expected settings such as role=db"],
  ["cluster a latency=lognormal:20ms:9", "cluster: expected ms >= 0, a range of two"],
  ["cluster a seeds=b", "cluster: expected seeds among the named nodes"],
  ["kill a a", "kill: expected each name once"],
  ["kill at", 'kill: expected the name of a node, got "at"'],
  ["add a b at 10.0.0.9:7946", "add: expected one node at an address"],
  ["add a at home", "add: expected an address such as 10.0.0.9:7946, got home"],
  ["add a at", 'add: expected one word after "at", at the end'],
  ["restart a with honours", "restart: expected restart a with memory"],
  ["join d", "join: expected join d a"],
  ["pause a for ever", "pause: expected a time such as 1500ms or 2s, got ever"],
  ["slow a", "slow: expected a time such as 1500ms or 2s, got a"],
  ["slow a 2m", "slow: expected at most 60s for each input"],
  ["clock a 1h", "clock: expected a jump such as +1h or -30s, got 1h"],
  ["drift a 60%", "drift: expected a share of -50%..50%, got 60%"],
  ["partition a | a", "partition: expected each name in one group alone"],
  ["ring a b", "ring: expected three nodes or more"],
  ["cut a", "cut: expected cut a -> b"],
  ["cut a ->", "cut: expected the name of a node"],
  ["loss -5%", "loss: expected a share of 0%..100%, got -5%"],
  ["loss a b", "loss: expected a share of 0%..100%, got b"],
  ["latency", "latency: expected a latency such as 5ms"],
  ["latency pareto 5ms x", "latency: expected a latency such as 5ms or 1..10ms, got x"],
  ["latency exponential 20..5ms", "latency: expected a range with the lesser time first"],
  ["jitter", "jitter: expected jitter 50ms"],
  ["bandwidth 0mbit", "bandwidth: expected a bandwidth such as 1mbit"],
  ["duplicate 101%", "duplicate: expected a share of 0%..100%, got 101%"],
  ["replay", "replay: expected replay 5%"],
  ["corrupt a 5%", "corrupt: expected corrupt 5%"],
  ["clog a for", 'clog: expected one word after "for", at the end'],
  ["block", "block: expected block udp or block tcp"],
  ["block icmp", "block: expected block udp or block tcp"],
  ["calm down", "calm: expected calm alone"],
  ["add n3..n1", "add: expected a range such as n1..n32"],
])("%s is refused, with its line", (text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ name: "ScenarioError", line: 3 }));
  expect(() => read(text)).toThrow(`line 3: ${message}`);
});
