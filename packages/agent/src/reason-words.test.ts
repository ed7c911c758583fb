import { expect, it } from "vitest";
import type { Reason } from "hearsay";
import type { Address, Incarnation, Instant, ProbeSeq } from "hearsay/kernel";
import { reasonWords } from "./reason-words.ts";

const address = "10.0.0.7:7946" as Address;
const gossip = { via: "gossip", address, name: "b" } as const;
const exchange = { via: "pushPull", address, name: undefined } as const;

const PROBE = { type: "probeFailed", seq: 1 as ProbeSeq, startedAt: 0 as Instant } as const;

it.each<[Reason, string]>([
  [{ type: "started" }, "started here"],
  [{ type: "heardAlive", from: exchange }, "heard of it in an exchange with 10.0.0.7"],
  [
    { type: "refuted", was: 1 as Incarnation, from: gossip },
    "it refuted the suspicion, heard from b",
  ],
  [
    { type: "moved", previous: address, from: gossip },
    "it came back from 10.0.0.7:7946, heard from b",
  ],
  [{ type: "tagsChanged", from: gossip }, "it changed its tags, heard from b"],
  [{ type: "tagsSet" }, "our tags were set"],
  [{ ...PROBE, relays: [] }, "no answer to our probe"],
  [{ ...PROBE, relays: ["b", "c"] }, "no answer to our probe, nor through b, c"],
  [{ type: "accused", by: "c", from: gossip }, "c suspects it, heard from b"],
  [
    { type: "toldByState", state: "dead", from: exchange },
    "said to be dead, heard in an exchange with 10.0.0.7",
  ],
  [
    { type: "suspicionExpired", startedAt: 0 as Instant, by: "b", timeoutMs: 3000 },
    "suspected by b, not refuted within 3.0 s",
  ],
  [{ type: "declaredDead", by: "c", from: gossip }, "c declared it dead, heard from b"],
  [{ type: "left", from: gossip }, "it said goodbye, heard from b"],
  [{ type: "leaving" }, "we said goodbye"],
  [{ type: "nameTaken", from: gossip }, "another node claims its name, heard from b"],
])("%j", (reason, words) => {
  expect(reasonWords(reason)).toBe(words);
});

it("a reason of a newer library is named", () => {
  expect(reasonWords({ type: "eclipse" } as unknown as Reason)).toBe("eclipse");
});
