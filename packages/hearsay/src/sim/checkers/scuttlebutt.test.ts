import { describe, expect, test } from "vitest";
import { ThreeWayExchange } from "../../state/index.ts";
import { Cluster } from "../cluster.ts";
import { stateTenant } from "../state-tenants.ts";
import type { Instant, Tenant, TenantInput } from "../../kernel/index.ts";
import type { StateChanged, StateMessage, StateRow } from "../../state/index.ts";
import { Scuttlebutt } from "./scuttlebutt.ts";

const now = 0 as Instant;

/** A node whose machine says what it is told to say. */
function reader(states: Record<string, { version: number; rows: StateRow[] }>) {
  return {
    standing: (owner: string) => {
      const state = states[owner];
      return state && { owner, generation: 1, version: state.version };
    },
    of: (owner: string) => states[owner]?.rows ?? [],
    owners: () => Object.keys(states),
  };
}

const row = (key: string, version: number, text = "x"): StateRow => {
  return { key, version, value: Uint8Array.from(text, (letter) => letter.charCodeAt(0)) };
};

function scene(theirs: StateRow[], version: number) {
  const checker = new Scuttlebutt();
  checker.made("a", "a", reader({ a: { version: 3, rows: [row("zone", 2), row("load", 3)] } }));
  checker.made("b", "b", reader({ a: { version, rows: theirs } }));
  const told = (node: string) => {
    const event = { type: "stateChanged", owner: "a", key: "zone" } as StateChanged;
    return checker.event({ at: now, node, event });
  };
  expect(told("a")).toBeUndefined();
  return { checker, told };
}

describe("the checker of Scuttlebutt sees", () => {
  test("a key that was left out although later ones were told: the invariant", () => {
    expect(scene([row("load", 3)], 3).told("b")).toMatch(/has zone of a not at all/);
    expect(scene([row("zone", 1), row("load", 3)], 3).told("b")).toMatch(/zone of a as of 1/);
    expect(scene([row("zone", 2)], 2).told("b")).toBeUndefined();
    expect(scene([], 1).told("b")).toBeUndefined();
  });

  test("other bytes than were written", () => {
    expect(scene([row("zone", 2, "y")], 2).told("b")).toMatch(/with other bytes/);
  });

  test("who lacks something in the end, and who reads the state of the gone", () => {
    const { checker } = scene([row("zone", 2)], 2);
    const [first] = checker.missing(() => true, now);
    expect(first).toBe("b has zone@2=1 of a: zone@2=1 load@3=1");
    expect(checker.missing((node) => node === "b", now)).toEqual([
      "b reads the state of a, who is gone",
    ]);
    const same = scene([row("zone", 2), row("load", 3)], 3);
    expect(same.checker.missing(() => true, now)).toEqual([]);
  });
});

/** A bug: of a delta with several keys the oldest is left out. */
function forgetful(machine: ThreeWayExchange): ThreeWayExchange {
  const handle = machine.handle.bind(machine);
  machine.handle = (input, at, rng, effects) => {
    handle(withoutOldest(input), at, rng, effects);
  };
  return machine;
}

type Input = TenantInput<StateMessage, never>;

function withoutOldest<I>(given: I): I {
  const input = given as Input;
  if (input.type !== "message") return given;
  const { message } = input;
  if (message.type !== "ack" && message.type !== "ack2") return given;
  const deltas = message.deltas.map((delta) => {
    const { entries } = delta;
    return Object.assign({}, delta, { entries: entries.length > 1 ? entries.slice(1) : entries });
  });
  return { ...input, message: { ...message, deltas } } as I;
}

describe("in a cluster", () => {
  const play = (make: (machine: ThreeWayExchange) => ThreeWayExchange): string[] => {
    const checker = new Scuttlebutt();
    const wrong: string[] = [];
    const cluster = new Cluster({
      seed: 3,
      membership: { preset: "local" },
      tenants: (context, membership, node) => {
        const machine = make(stateTenant(context, membership));
        checker.made(node, context.name, machine);
        return [machine as unknown as Tenant];
      },
      onEvent: (event) => {
        const complaint = checker.event(event);
        if (complaint !== undefined) wrong.push(complaint);
      },
    });
    cluster.form(["a", "b", "c"]);
    cluster.world.run(5000);
    for (let i = 0; i < 6; i++) {
      for (const name of ["a", "b"]) cluster.tell(name);
      cluster.world.run(i % 2 === 0 ? 20 : 2000);
    }
    cluster.world.run(10_000);
    wrong.push(...checker.missing(() => true, cluster.world.now));
    expect(checker.looks).toBeGreaterThan(10);
    return wrong;
  };

  test("the machine as it is breaks nothing", () => {
    expect(play((machine) => machine)).toEqual([]);
  });

  test("a machine that leaves out the oldest key of a delta is found out", () => {
    expect(play(forgetful)[0]).toMatch(/has k\d of [ab] (?:not at all|as of)/);
  });
});
