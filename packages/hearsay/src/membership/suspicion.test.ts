import { describe, expect, test } from "vitest";
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { MEMBERSHIP_PRESETS } from "./config.ts";
import type { Member } from "./member.ts";
import { MAX_LAST_CALLS, Suspicions } from "./suspicion.ts";
import type { SuspicionConfig } from "./suspicion.ts";
import { memberNamed } from "./test/members.ts";

const at = (ms: number) => ms as Instant;

function suspicionsOf(options: Partial<SuspicionConfig> = {}) {
  // The last call has tests of its own.
  const suspicions = new Suspicions({ ...MEMBERSHIP_PRESETS.lan, lastCall: false, ...options });
  const sleep = () => `sleep until ${suspicions.deadline}`;
  return {
    suspicions,
    confirm: (member: Member, by: string, ms: number) => {
      const worthTelling = suspicions.confirm(member, by, at(ms));
      return `${worthTelling ? "tell, " : ""}${sleep()}`;
    },
    timeout: (ms: number) => {
      const lines: string[] = [];
      suspicions.handleTimeout(at(ms), {
        drop: (reason) => lines.push(reason),
        lastCall: (member) => lines.push(`call ${member.name}`),
        expired: (member, { startedAt, timeoutMs, by, confirmedBy }) => {
          const all = [by, ...confirmedBy].join(" ");
          lines.push(`${member.name} is dead: ${all} at ${startedAt}, ${timeoutMs} ms`);
        },
      });
      return [...lines, sleep()];
    },
  };
}

describe("without confirmations", () => {
  const fixed = { confirmations: false };

  test("the timeout grows with the cluster, and is told with who began it", () => {
    const { suspicions, timeout } = suspicionsOf(fixed);
    suspicions.start(memberNamed("b"), "a", 5, at(100));
    suspicions.start(memberNamed("c"), "d", 100, at(200));
    expect(timeout(4099)).toEqual(["sleep until 4100"]);
    expect(timeout(4100)).toEqual(["b is dead: a at 100, 4000 ms", "sleep until 8200"]);
    expect(timeout(8200)).toEqual(["c is dead: d at 200, 8000 ms", "sleep until Infinity"]);
  });

  test("what others say changes nothing and is not told on", () => {
    const { suspicions, confirm } = suspicionsOf(fixed);
    const b = memberNamed("b");
    suspicions.start(b, "a", 5, at(0));
    expect(confirm(b, "c", 10)).toBe("sleep until 4000");
  });
});

describe("with confirmations", () => {
  test("it begins at six times the least and shrinks with each new accuser, as measured on memberlist", () => {
    const { suspicions, confirm, timeout } = suspicionsOf();
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    expect(suspicions.deadline).toBe(24_000);
    expect(confirm(b, "c", 100)).toBe("tell, sleep until 11381");
    expect(confirm(b, "d", 200)).toBe("tell, sleep until 4000");
    expect(timeout(4000)).toEqual(["b is dead: a c d at 0, 4000 ms", "sleep until Infinity"]);
  });

  test("the accuser itself, the same name again and more than are needed count for nothing", () => {
    const { suspicions, confirm } = suspicionsOf();
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    expect(confirm(b, "a", 100)).toBe("sleep until 24000");
    expect(confirm(b, "c", 100)).toBe("tell, sleep until 11381");
    expect(confirm(b, "c", 110)).toBe("sleep until 11381");
    expect(confirm(b, "d", 120)).toBe("tell, sleep until 4000");
    expect(confirm(b, "e", 130)).toBe("sleep until 4000");
    expect(suspicions.of(b)).toMatchObject({ confirmedBy: ["c", "d"], confirmationsNeeded: 2 });
  });

  test("one that comes late shortens the time that runs, and may end it at once", () => {
    const { suspicions, confirm, timeout } = suspicionsOf();
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    expect(confirm(b, "c", 20_000)).toBe("tell, sleep until 20000");
    expect(timeout(20_000)).toEqual(["b is dead: a c at 0, 11381 ms", "sleep until Infinity"]);
  });

  test("a cluster too small for them, or a multiplier that asks for none, has the least time at once", () => {
    for (const [known, suspicionMult] of [
      [3, 4],
      [100, 2],
    ] as const) {
      const { suspicions } = suspicionsOf({ suspicionMult });
      const b = memberNamed("b");
      suspicions.start(b, "a", known, at(0));
      expect(suspicions.of(b)).toMatchObject({ confirmationsNeeded: 0 });
      expect(suspicions.deadline).toBe(4000);
    }
  });

  test("nobody is confirmed who is not suspected", () => {
    const { confirm } = suspicionsOf();
    expect(confirm(memberNamed("b"), "c", 10)).toBe("sleep until Infinity");
  });
});

test("without suspicion, whoever is suspected is dead at once", () => {
  const { suspicions, timeout } = suspicionsOf({ suspicion: false });
  suspicions.start(memberNamed("b"), "a", 100, at(7));
  expect(timeout(7)).toEqual(["b is dead: a at 7, 0 ms", "sleep until Infinity"]);
});

test("a cancelled suspicion never expires", () => {
  const { suspicions, timeout } = suspicionsOf();
  const b = memberNamed("b");
  suspicions.start(b, "a", 5, at(0));
  expect(suspicions.has(b)).toBe(true);
  suspicions.cancel(b);
  expect(suspicions.has(b)).toBe(false);
  expect(suspicions.deadline).toBe(NEVER);
  expect(timeout(99_999)).toEqual(["sleep until Infinity"]);
});

describe("the last calls", () => {
  const withCalls = { lastCall: true };
  /** Rings from `from` to `to`, at a call each 100 ms. */
  const called = (timeout: (ms: number) => string[], from: number, to: number): number => {
    let calls = 0;
    for (let ms = from; ms < to; ms += 100) {
      expect(timeout(ms)).toEqual(["call b", `sleep until ${ms + 100}`]);
      calls++;
    }
    return calls;
  };

  test("go out ten times in the last interval", () => {
    const { suspicions, timeout } = suspicionsOf(withCalls);
    suspicions.start(memberNamed("b"), "a", 3, at(0));
    expect(timeout(2999)).toEqual(["sleep until 3000"]);
    expect(called(timeout, 3000, 4000)).toBe(10);
    expect(timeout(4000)).toEqual(["b is dead: a at 0, 4000 ms", "sleep until Infinity"]);
  });

  /** All that comes while so many are suspected at once. */
  const storm = (count: number) => {
    const { suspicions, timeout } = suspicionsOf(withCalls);
    for (let i = 0; i < count; i++) suspicions.start(memberNamed(`m${i}`), "a", 3, at(0));
    const lines: string[] = [];
    while (suspicions.deadline < NEVER) lines.push(...timeout(suspicions.deadline));
    const of = (start: string): string[] => lines.filter((line) => line.startsWith(start));
    expect(lines.filter((line) => line.includes("is dead"))).toHaveLength(count);
    expect(of("tooManyLastCalls")).toHaveLength(10 * count - of("call ").length);
    return { calls: of("call "), suspicions, timeout };
  };

  test("are fewer to each where many are suspected at once, the last among them", () => {
    for (const [count, each] of [
      [51, 10],
      [100, 5],
      [150, 3],
      [300, 1],
      [512, 1],
    ] as const) {
      const { calls } = storm(count);
      expect([count, calls.length]).toEqual([count, each * count]);
      expect(new Set(calls).size).toBe(count);
    }
  });

  test("are never more in a probe interval than there may be; the next has calls of its own", () => {
    const { calls, suspicions, timeout } = storm(5000);
    expect(calls).toHaveLength(MAX_LAST_CALLS);
    suspicions.start(memberNamed("b"), "a", 3, at(10_000));
    expect(called(timeout, 13_000, 14_000)).toBe(10);
  });

  test("move with the end, and are not cut off by a confirmation that comes late", () => {
    const { suspicions, confirm, timeout } = suspicionsOf(withCalls);
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    expect(suspicions.deadline).toBe(23_000);
    expect(confirm(b, "c", 100)).toBe("tell, sleep until 10381");
    expect(timeout(10_381)).toEqual(["call b", "sleep until 10481"]);
    expect(confirm(b, "d", 10_400)).toBe("tell, sleep until 10400");
    expect(called(timeout, 10_400, 11_300)).toBe(9);
    expect(timeout(11_300)).toEqual(["b is dead: a c d at 0, 4000 ms", "sleep until Infinity"]);
  });

  test("are as many as there is time for", () => {
    const { suspicions, confirm, timeout } = suspicionsOf(withCalls);
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    confirm(b, "c", 100);
    expect(timeout(11_000)).toEqual(["call b", "sleep until 11081"]);
    expect(called(timeout, 11_081, 11_381)).toBe(3);
    expect(timeout(11_381).length).toBe(2);
  });

  test("are repeated when we were asleep after them", () => {
    const { suspicions, timeout } = suspicionsOf(withCalls);
    suspicions.start(memberNamed("b"), "a", 3, at(0));
    called(timeout, 3000, 3500);
    suspicions.excuse(60_000, at(63_500));
    expect(called(timeout, 66_500, 67_500)).toBe(10);
  });
});

describe("when we were late ourselves", () => {
  test("every suspicion gets the time back", () => {
    const { suspicions } = suspicionsOf();
    suspicions.start(memberNamed("b"), "a", 10, at(0));
    suspicions.excuse(60_000, at(61_000));
    expect(suspicions.deadline).toBe(84_000);
  });

  test("and at least the least timeout from now on, whatever is confirmed meanwhile", () => {
    const { suspicions, confirm, timeout } = suspicionsOf();
    const b = memberNamed("b");
    suspicions.start(b, "a", 10, at(0));
    confirm(b, "c", 10);
    suspicions.excuse(2000, at(13_000));
    expect(suspicions.deadline).toBe(17_000);
    expect(confirm(b, "d", 13_001)).toBe("tell, sleep until 17000");
    expect(timeout(17_000)).toEqual(["b is dead: a c d at 0, 4000 ms", "sleep until Infinity"]);
  });
});
