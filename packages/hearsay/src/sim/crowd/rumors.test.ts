/** Rumor mongering in crowds: what the paper says of it, on a small scale. */
import { describe, expect, test, vi } from "vitest";
import { resolveRumorConfig, RumorMongering } from "../../broadcast/index.ts";
import type { RumorConfig } from "../../broadcast/index.ts";
import type { PeerId } from "../../kernel/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdOptions } from "./crowd.ts";

// Crowds need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000 });

const N = 1000;
const CYCLE_MS = 100;

interface Course {
  /** Share of those who never hear it. */
  readonly residue: number;
  /** Rumors sent, for each node. */
  readonly traffic: number;
  /** Cycles until the last has heard it, and on average. */
  readonly last: number;
  readonly average: number;
}

function crowdOf(partial: Partial<RumorConfig>, options: Partial<CrowdOptions>): Crowd {
  const config = resolveRumorConfig({ intervalMs: CYCLE_MS, ...partial });
  return new Crowd({
    seed: 1,
    size: N,
    tenants: ({ name, oracle }) => [
      new RumorMongering({ name, epoch: 1, sampler: oracle, config }),
    ],
    ...options,
  });
}

/** One rumor from its origin until nobody tells it any more, by rounds or by events. */
function course(partial: Partial<RumorConfig>, seed: number, by: "rounds" | "events"): Course {
  const at: number[] = [];
  let rumors = 0;
  const crowd = crowdOf(partial, {
    seed,
    onEvent: (_, { type }) => void (type === "delivered" && at.push(crowd.now / CYCLE_MS)),
    onMessage: (_from, _to, message) => {
      if (message.type === "rumors") rumors += (message as never as { rumors: [] }).rumors.length;
    },
  });
  crowd.command(0 as PeerId, "rumor", {
    type: "publish",
    topic: "t",
    payload: new Uint8Array(8),
  } as never);
  const isHot = (): boolean => {
    return crowd.live.some((node) => (crowd.tenant(node, 0) as RumorMongering).hotCount > 0);
  };
  for (let i = 0; i < 500 && isHot(); i++) {
    if (by === "rounds") crowd.round(CYCLE_MS);
    else crowd.run(CYCLE_MS);
  }
  const sum = at.reduce((total, one) => total + one, 0);
  return {
    residue: 1 - at.length / N,
    traffic: rumors / N,
    last: at.at(-1) ?? 0,
    average: sum / at.length,
  };
}

function mean(config: Partial<RumorConfig>, runs = 12, by: "rounds" | "events" = "rounds"): Course {
  const courses = Array.from({ length: runs }, (_, i) => course(config, 1 + i, by));
  const of = (measure: keyof Course): number => {
    return courses.reduce((sum, one) => sum + one[measure], 0) / runs;
  };
  return {
    residue: of("residue"),
    traffic: of("traffic"),
    last: of("last"),
    average: of("average"),
  };
}

describe("in synchronous rounds", () => {
  test("push with feedback and a counter is the paper's table 1", () => {
    const { residue, traffic, last } = mean({ k: 2 });
    expect(Math.abs(residue - 0.037)).toBeLessThan(0.0075);
    expect(Math.abs(traffic - 3.3)).toBeLessThan(0.06);
    expect(Math.abs(last - 16.9)).toBeLessThan(1.3);
  });

  test("blind push with a coin is its table 2", () => {
    const { residue, traffic } = mean({ k: 3, response: "blind", interest: "coin" });
    expect(Math.abs(residue - 0.06)).toBeLessThan(0.027);
    expect(Math.abs(traffic - 2.8)).toBeLessThan(0.15);
  });

  test("pull with feedback and a counter is its table 3", () => {
    const { residue, traffic, average } = mean({ k: 2, direction: "pull" });
    expect(residue).toBeLessThan(0.0016);
    expect(Math.abs(traffic - 4.49)).toBeLessThan(0.05);
    expect(Math.abs(average - 10.07)).toBeLessThan(1.5);
  });

  test("judged at once and without a reset, coin and counter leave what the equation says", () => {
    // s = e^(-(k+1)(1-s))
    for (const interest of ["coin", "counter"] as const) {
      const { residue } = mean({ k: 1, interest, judged: "atOnce", resetOnNeed: false });
      expect(Math.abs(residue - 0.2032)).toBeLessThan(0.02);
    }
  });

  test("whatever ends the interest, push leaves e^-m", () => {
    for (const response of ["blind", "feedback"] as const) {
      for (const interest of ["coin", "counter"] as const) {
        const { residue, traffic } = mean({ k: 2, response, interest });
        expect(Math.abs(-Math.log(residue) / traffic - 1)).toBeLessThan(0.06);
      }
    }
  });

  test("with one connection a cycle push gets better, pull gets worse, and hunting brings them together", () => {
    const push = mean({ k: 2 }, 6);
    const pushLimited = mean({ k: 2, connectionLimit: 1 }, 6);
    const pull = mean({ k: 2, direction: "pull" }, 6);
    const pullLimited = mean({ k: 2, direction: "pull", connectionLimit: 1 }, 6);
    expect(pushLimited.residue).toBeLessThan(push.residue);
    expect(pullLimited.residue).toBeGreaterThan(pull.residue);
    const hunt = { k: 2, connectionLimit: 1, huntLimit: 100 };
    const [pushed, pulled] = [mean(hunt, 6), mean({ ...hunt, direction: "pull" }, 6)];
    expect(pushed.residue).toBeLessThan(pushLimited.residue);
    expect(pulled.residue).toBeLessThan(pullLimited.residue);
    expect(Math.abs(pushed.traffic - pulled.traffic)).toBeLessThan(0.1);
    expect(Math.abs(pushed.average - pulled.average)).toBeLessThan(1);
  });
});

describe("running freely", () => {
  test("the same machine leaves about as many out, at about the same cost", () => {
    const { residue, traffic } = mean({ k: 2 }, 4, "events");
    expect(residue).toBeGreaterThan(0.01);
    expect(residue).toBeLessThan(0.09);
    expect(Math.abs(traffic - 3)).toBeLessThan(0.5);
    expect(mean({ k: 3, direction: "pushpull" }, 4, "events").residue).toBeLessThan(0.002);
  });
});

test("the promise: best effort. All but a small share, under loss too; who comes later gets nothing", () => {
  let reached = 0;
  const onEvent = (): void => void reached++;
  const crowd = crowdOf({ direction: "pushpull", k: 3 }, { loss: 0.3, onEvent });
  const publish = { type: "publish", topic: "t", payload: new Uint8Array(8) } as never;
  crowd.command(0 as PeerId, "rumor", publish);
  crowd.run(100 * CYCLE_MS);
  expect(reached).toBeGreaterThan(0.99 * N);
  const before = reached;
  const late = crowd.add();
  crowd.run(20 * CYCLE_MS);
  expect(reached).toBe(before);
  // From now on it belongs to them.
  crowd.command(late, "rumor", publish);
  crowd.run(1);
  expect(reached).toBe(before + 1);
});
