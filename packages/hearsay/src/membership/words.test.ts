import { expect, test } from "vitest";
import type { Address, Incarnation, Instant, ProbeSeq } from "../kernel/index.ts";
import type { Explanation } from "./explanation.ts";
import type { Reason } from "./reasons.ts";
import { Hands } from "./test/hands.ts";
import { failedRound } from "./test/members.ts";
import { explainInWords, reasonWords } from "./words.ts";

const address = "10.0.0.7:7946" as Address;
const gossip = { via: "gossip", address, name: "b" } as const;
const exchange = { via: "pushPull", address, name: undefined } as const;
const one = 1 as Incarnation;

function probeFailed(details: Partial<Extract<Reason, { type: "probeFailed" }>>): Reason {
  const { incarnation: _, relays: __, ...facts } = failedRound({ seq: 17 as ProbeSeq });
  return { type: "probeFailed", ...facts, relays: [], ...details };
}

const EXPIRED = {
  type: "suspicionExpired",
  startedAt: 0 as Instant,
  by: "b",
  confirmedBy: [],
  confirmationsNeeded: 2,
  timeoutMs: 3000,
  excusedMs: 0,
} as const;

test.each<[Reason, string]>([
  [{ type: "started" }, "started here"],
  [{ type: "heardAlive", from: exchange }, "heard of it in an exchange with 10.0.0.7"],
  [{ type: "refuted", was: one, from: gossip }, "it refuted the suspicion, heard from b"],
  [
    { type: "refuting", claim: "dead", was: one, by: "c", from: gossip },
    "we contradicted c, who held us for dead at incarnation 1, heard from b",
  ],
  [
    { type: "refuting", claim: "suspect", was: one, by: undefined, from: exchange },
    "we contradicted somebody, who held us for suspect at incarnation 1, heard in an exchange with 10.0.0.7",
  ],
  [
    { type: "refuting", claim: "alive", was: one, by: undefined, from: gossip },
    "we contradicted what was said of us under incarnation 1, heard from b",
  ],
  [
    { type: "moved", previous: address, from: gossip },
    "it came back from 10.0.0.7:7946, heard from b",
  ],
  [{ type: "tagsChanged", from: gossip }, "it changed its tags, heard from b"],
  [{ type: "tagsSet" }, "our tags were set"],
  [probeFailed({}), "no answer to our probe 17 within 1.0 s"],
  [
    probeFailed({ relays: ["b", "c"], nacksReceived: 1, tcp: "silent", localHealth: 2 }),
    "no answer to our probe 17 within 1.0 s, nor through b, c (1 of them had none either), nor over TCP, our local health 2",
  ],
  [
    probeFailed({ excusedMs: 500 }),
    "no answer to our probe 17 within 1.0 s, 0.5 s of it because we were late",
  ],
  [{ type: "accused", by: "c", from: gossip }, "c suspects it, heard from b"],
  [
    { type: "toldByState", state: "dead", from: exchange },
    "said to be dead, heard in an exchange with 10.0.0.7",
  ],
  [EXPIRED, "suspected by b, not refuted within 3.0 s"],
  [
    { ...EXPIRED, confirmedBy: ["c", "d"] },
    "suspected by b, confirmed by c, d, not refuted within 3.0 s",
  ],
  [{ type: "declaredDead", by: "c", from: gossip }, "c declared it dead, heard from b"],
  [{ type: "left", from: gossip }, "it said goodbye, heard from b"],
  [{ type: "leaving" }, "we said goodbye"],
  [{ type: "forcedOut" }, "an operator declared it gone"],
  [{ type: "nameTaken", from: gossip }, "another node claims its name, heard from b"],
])("%j", (reason, words) => {
  expect(reasonWords(reason)).toBe(words);
});

test("a reason of a newer library is named", () => {
  expect(reasonWords({ type: "eclipse" } as unknown as Reason)).toBe("eclipse");
});

/** `a` knows `b` and `c`, and tells what it knows of `b`. */
function scene() {
  const hands = new Hands("abc");
  for (const name of ["b", "c"]) {
    hands.command(name, { type: "join", id: 1, addresses: [hands.node("a").address] });
    hands.exchange(name, 1, "a");
  }
  const explain = (): string[] => {
    const explanation = hands.node("a").membership.explain("b", hands.now);
    return explanation === undefined ? [] : explainInWords(explanation, hands.now);
  };
  return { hands, explain };
}

test("a suspect: who said so and when, and how long it has left", () => {
  const { hands, explain } = scene();
  hands.tell("a", "c", { type: "suspect", incarnation: 100 as Incarnation, node: "b", from: "c" });
  hands.now = (hands.now + 1500) as Instant;
  expect(explain()).toEqual([
    "b is suspect at 10.0.0.2:7946, incarnation 100, since 1.5 s ago.",
    "1.5 s ago b joined, incarnation 100: heard of it in an exchange with 10.0.0.2.",
    "1.5 s ago we suspected b: c suspects it, heard from c.",
    "Suspected by c since 1.5 s ago; b has 2.5 s left to refute.",
  ]);
});

test("one that died, was asked for, and is forgotten: the story outlives the row", () => {
  const { hands, explain } = scene();
  hands.tell("a", "c", { type: "dead", incarnation: 100 as Incarnation, node: "b", from: "c" });
  hands.tell("a", "c", { type: "dead", incarnation: 100 as Incarnation, node: "c", from: "c" });
  hands.until("a", hands.now + 40_000);
  expect(hands.view("a")).toEqual(["a alive@100"]);
  const lines = explain();
  expect(lines[0]).toBe("b is not known any more; it was dead at 10.0.0.2:7946, incarnation 100.");
  expect(lines[2]).toBe("40.0 s ago b was marked dead: c declared it dead, heard from c.");
  expect(lines[3]).toMatch(
    /^We ask for it at 10\.0\.0\.2:7946 now and then, (once|\d times) so far, last \d\.\d s ago\.$/,
  );
  expect(lines[4]).toBe("News of it up to incarnation 100 is old and ignored.");
});

test("of ourselves: what we had to contradict", () => {
  const { hands } = scene();
  hands.tell("a", "c", { type: "suspect", incarnation: 100 as Incarnation, node: "a", from: "b" });
  const explanation = hands.node("a").membership.explain("a", hands.now) as Explanation;
  expect(explainInWords(explanation, hands.now)).toEqual([
    "a is alive at 10.0.0.1:7946, incarnation 101, since 0.0 s ago.",
    "0.0 s ago a joined, incarnation 100: started here.",
    "0.0 s ago a was alive again, incarnation 101: we contradicted b, who held us for suspect at incarnation 100, heard from c.",
    "We have reason to think that we are slow ourselves (local health 1).",
  ]);
});

test("of nobody there is nothing to say", () => {
  const { hands } = scene();
  expect(hands.node("a").membership.explain("z", hands.now)).toBeUndefined();
});
