import { expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import type { Member } from "./member.ts";
import { Suspicions } from "./suspicion.ts";
import { memberNamed } from "./test/members.ts";

const at = (ms: number) => ms as Instant;

function suspicionsOf() {
  const suspicions = new Suspicions({ suspicionMult: 4, probeIntervalMs: 1000 });
  return {
    suspicions,
    timeout: (ms: number) => {
      const lines: string[] = [];
      suspicions.handleTimeout(at(ms), {
        expired: (member: Member, { startedAt, timeoutMs, by }) => {
          lines.push(`${member.name} is dead: ${by} at ${startedAt}, ${timeoutMs} ms`);
        },
      });
      return [...lines, `sleep until ${suspicions.deadline}`];
    },
  };
}

test("the timeout grows with the cluster, and is told with who began it", () => {
  const { suspicions, timeout } = suspicionsOf();
  suspicions.start(memberNamed("b"), "a", 5, at(100));
  suspicions.start(memberNamed("c"), "d", 100, at(200));
  expect(timeout(4099)).toEqual(["sleep until 4100"]);
  expect(timeout(4100)).toEqual(["b is dead: a at 100, 4000 ms", "sleep until 8200"]);
  expect(timeout(8200)).toEqual(["c is dead: d at 200, 8000 ms", "sleep until Infinity"]);
});

test("a cancelled suspicion never expires", () => {
  const { suspicions, timeout } = suspicionsOf();
  const b = memberNamed("b");
  suspicions.start(b, "a", 5, at(0));
  expect(suspicions.has(b)).toBe(true);
  suspicions.cancel(b);
  expect(suspicions.has(b)).toBe(false);
  expect(suspicions.deadline).toBe(NEVER);
  expect(timeout(9999)).toEqual(["sleep until Infinity"]);
});

test("a late wake-up leaves the refutation in our socket time to be read, once", () => {
  const { suspicions, timeout } = suspicionsOf();
  suspicions.start(memberNamed("b"), "a", 5, at(0));
  suspicions.start(memberNamed("c"), "a", 5, at(2000));
  expect(timeout(7000)).toEqual(["sleep until 8000"]);
  expect(timeout(8500)).toEqual(["c is dead: a at 2000, 4000 ms", "sleep until 10000"]);
  expect(timeout(10_000)).toEqual(["b is dead: a at 0, 4000 ms", "sleep until Infinity"]);
});

test("a pause of an hour delays a verdict by the timeout at most", () => {
  const { suspicions, timeout } = suspicionsOf();
  suspicions.start(memberNamed("b"), "a", 5, at(0));
  expect(timeout(3_600_000)).toEqual(["sleep until 3604000"]);
});
