/** What each broadcast machine promises, and what repair and order add to it, in crowds that lose messages and nodes. */
import { describe, expect, test, vi } from "vitest";
import {
  branchesOf,
  Coordinated,
  DirectMail,
  Ordered,
  Repaired,
  RumorMongering,
  SpanningTree,
} from "../../broadcast/index.ts";
import type { Broadcaster, Delivered, Skipped, TreeConfig } from "../../broadcast/index.ts";
import { NO_PEER } from "../../kernel/index.ts";
import type { Message, NodeEvent, PeerId, Tenant } from "../../kernel/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdContext, CrowdOptions } from "./crowd.ts";

// Crowds need no clock, but a busy machine may be slow.
vi.setConfig({ testTimeout: 120_000 });

const N = 200;

/** A crowd of one kind of broadcaster, and what each node has been told, in its order. */
class Audience {
  readonly crowd: Crowd;
  readonly heard = new Map<PeerId, string[]>();
  readonly skipped: Skipped[] = [];
  readonly sent = new Map<string, number>();
  readonly #name: string;

  constructor(
    make: (context: CrowdContext) => Broadcaster<Message>,
    options: Partial<CrowdOptions> = {},
  ) {
    this.crowd = new Crowd({
      seed: 1,
      size: N,
      latencyMs: [1, 20],
      tenants: (context) => [make(context) as Tenant],
      onEvent: (node, event) => this.#onEvent(node, event),
      onMessage: (_from, _to, { type }) => this.sent.set(type, (this.sent.get(type) ?? 0) + 1),
      ...options,
    });
    this.#name = this.crowd.tenant(0 as PeerId, 0).name;
  }

  publish(node: number, payload: Uint8Array = new Uint8Array(8)): void {
    const command = { type: "publish", topic: "t", payload } as never;
    this.crowd.command(node as PeerId, this.#name, command);
  }

  /** How many of the living have got so many. */
  complete(count: number): number {
    const { live } = this.crowd;
    return live.filter((node) => this.heard.get(node)?.length === count).length;
  }

  #onEvent(node: PeerId, event: NodeEvent): void {
    if (event.type === "skipped") this.skipped.push(event as Skipped);
    if (event.type !== "delivered") return;
    const { origin, number } = event as Delivered;
    const heard = this.heard.get(node) ?? [];
    heard.push(`${origin} ${number}`);
    this.heard.set(node, heard);
  }
}

function rumors({ name, oracle }: CrowdContext): Broadcaster<Message> {
  const config = { intervalMs: 100, k: 1 };
  return new RumorMongering({ name, epoch: 1, sampler: oracle, config }) as never;
}

function mail({ name, oracle }: CrowdContext): Broadcaster<Message> {
  return new DirectMail({ name, epoch: 1, sampler: oracle }) as never;
}

function repaired(
  make: (context: CrowdContext) => Broadcaster<Message>,
  options: { maxCount?: number } = {},
): (context: CrowdContext) => Broadcaster<Message> {
  return (context) => {
    const { oracle } = context;
    return new Repaired(make(context), { sampler: oracle, intervalMs: 500, ...options }) as never;
  };
}

function tree(
  config: Partial<TreeConfig>,
  parts = N,
): (context: CrowdContext) => Broadcaster<Message> {
  return ({ name, self }) => {
    const branches = branchesOf(self, parts, 3) as PeerId[];
    return new SpanningTree({ name, epoch: 1, branches, config }) as never;
  };
}

describe("direct mail", () => {
  test("reaches all that the origin knows, at one packet each", () => {
    const audience = new Audience(mail);
    audience.publish(3);
    audience.crowd.run(100);
    expect(audience.complete(1)).toBe(N);
    expect(audience.sent.get("mail")).toBe(N - 1);
  });

  test("loses what the network loses, and sends nothing again", () => {
    const audience = new Audience(mail, { loss: 0.2 });
    for (let i = 0; i < 50; i++) audience.publish(i);
    audience.crowd.run(10_000);
    const got = [...audience.heard.values()].reduce((sum, { length }) => sum + length, 0);
    expect(1 - got / (50 * N)).toBeCloseTo(0.2, 1);
    expect(audience.sent.get("mail")).toBe(50 * (N - 1));
  });

  test("to many is sent in bursts", () => {
    const make = ({ name, oracle }: CrowdContext): Broadcaster<Message> => {
      const config = { burst: 50, burstMs: 10 };
      return new DirectMail({ name, epoch: 1, sampler: oracle, config }) as never;
    };
    const audience = new Audience(make);
    audience.publish(0);
    expect(audience.sent.get("mail")).toBe(50);
    audience.crowd.run(25);
    expect(audience.sent.get("mail")).toBe(150);
  });
});

describe("a coordinator", () => {
  const make = ({ name, self, oracle }: CrowdContext): Broadcaster<Message> => {
    const coordinator = self === 0 ? NO_PEER : (0 as PeerId);
    return new Coordinated({ name, epoch: 1, coordinator, sampler: oracle }) as never;
  };

  test("sends what any node publishes to all, in two hops", () => {
    const audience = new Audience(make);
    audience.publish(0);
    audience.publish(7);
    audience.crowd.run(100);
    expect(audience.complete(2)).toBe(N);
    expect(audience.sent.get("post")).toBe(1);
    expect(audience.sent.get("copy")).toBe(N - 1 + (N - 2));
  });

  test("that is gone takes the multicast with it", () => {
    const audience = new Audience(make);
    audience.crowd.kill(0 as PeerId);
    audience.publish(7);
    audience.crowd.run(1000);
    expect(audience.complete(1)).toBe(1);
  });
});

describe("a spanning tree", () => {
  test("reaches all at the fewest copies there can be", () => {
    const audience = new Audience(tree({ repair: "none" }));
    audience.publish(5);
    audience.crowd.run(1000);
    expect(audience.complete(1)).toBe(N);
    expect(audience.sent.get("leaf")).toBe(N - 1);
  });

  test("keeps its promise under loss with ack and with nak, and not without", () => {
    const reached = (["ack", "nak", "none"] as const).map((repair) => {
      const audience = new Audience(tree({ repair, retryMs: 100, maxTries: 30 }), { loss: 0.3 });
      for (let i = 0; i < 5; i++) audience.publish(5);
      audience.crowd.run(60_000);
      return audience.complete(5);
    });
    expect(reached.slice(0, 2)).toEqual([N, N]);
    expect(reached[2]).toBeLessThan(N / 4);
  });

  test("is cut in two by one node that is gone", () => {
    const audience = new Audience(tree({ repair: "ack" }));
    audience.crowd.kill(1 as PeerId);
    audience.publish(0);
    audience.crowd.run(60_000);
    expect(audience.complete(1)).toBeLessThan(0.75 * N);
    expect(audience.crowd.drops).toMatchObject({ gaveUp: 1 });
  });
});

describe("repair", () => {
  test("brings everybody what rumors with little interest have left out", () => {
    const without = new Audience(rumors);
    const audience = new Audience(repaired(rumors));
    for (const one of [without, audience]) {
      for (let i = 0; i < 5; i++) one.publish(i);
      one.crowd.run(20_000);
    }
    expect(without.complete(5)).toBeLessThan(0.8 * N);
    expect(audience.complete(5)).toBe(N);
  });

  test("keeps its promise whatever machine is inside, with a third of all messages lost", () => {
    for (const make of [mail, rumors, tree({ repair: "none" })]) {
      const audience = new Audience(repaired(make), { loss: 0.3 });
      for (let i = 0; i < 3; i++) audience.publish(3);
      audience.crowd.run(30_000);
      expect(audience.complete(3)).toBe(N);
    }
  });

  test("gives who comes late what the logs still hold", () => {
    const audience = new Audience(repaired(mail, { maxCount: 10 }));
    for (let i = 0; i < 25; i++) audience.publish(0);
    audience.crowd.run(5000);
    const late = audience.crowd.add();
    audience.crowd.run(10_000);
    const last = Array.from({ length: 10 }, (_, i) => `n0 ${16 + i}`);
    expect(audience.heard.get(late)?.toSorted()).toEqual(last);
  });

  test("costs a small digest for each node and interval when nothing is missing", () => {
    const audience = new Audience(repaired(mail));
    for (let i = 0; i < 20; i++) audience.publish(0);
    audience.crowd.run(5000);
    audience.sent.clear();
    audience.crowd.run(5000);
    expect(Object.fromEntries(audience.sent)).toEqual({ digest: 10 * N });
  });

  test("hands over more than a packet holds, and what no packet holds by a link", () => {
    const flood = ({ name, oracle }: CrowdContext): Broadcaster<Message> => {
      const config = { packetBytes: 60_000 };
      return new DirectMail({ name, epoch: 1, sampler: oracle, config }) as never;
    };
    const audience = new Audience(repaired(flood), { size: 20 });
    for (let i = 0; i < 100; i++) audience.publish(0, new Uint8Array(i % 10 === 0 ? 5000 : 100));
    audience.crowd.run(2000);
    const late = audience.crowd.add();
    audience.crowd.run(20_000);
    expect(audience.heard.get(late)).toHaveLength(100);
  });
});

describe("order", () => {
  test("holds for each sender, with nothing lost where repair stands below", () => {
    const inside = repaired(mail);
    const make = (context: CrowdContext): Broadcaster<Message> => {
      return new Ordered(inside(context), { waitMs: 60_000 }) as never;
    };
    const audience = new Audience(make, { loss: 0.3, size: 30 });
    for (let i = 0; i < 20; i++) {
      audience.publish(0);
      audience.publish(1);
      audience.crowd.run(50);
    }
    audience.crowd.run(30_000);
    for (const heard of audience.heard.values()) {
      for (const origin of ["n0", "n1"]) {
        const numbers = heard.filter((line) => line.startsWith(`${origin} `));
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => `${origin} ${i + 1}`));
      }
    }
    expect(audience.skipped).toEqual([]);
  });

  test("without repair tells what was given up, and never goes back", () => {
    const make = (context: CrowdContext): Broadcaster<Message> => {
      return new Ordered(mail(context), { waitMs: 500 }) as never;
    };
    const audience = new Audience(make, { loss: 0.3, size: 30 });
    for (let i = 0; i < 20; i++) audience.publish(0);
    audience.crowd.run(60_000);
    let [told, given] = [0, 0];
    for (const heard of audience.heard.values()) {
      const numbers = heard.map((line) => Number(line.slice(3)));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      told += numbers.length;
    }
    for (const { from, to } of audience.skipped) given += to - from + 1;
    expect(given).toBeGreaterThan(50);
    // All but those that were lost at the very end, which nothing has shown.
    expect(told + given).toBeGreaterThan(0.95 * 20 * 30);
  });
});

test("every machine goes on where it was written out", () => {
  const makers: ((context: CrowdContext) => Broadcaster<Message>)[] = [
    rumors,
    mail,
    tree({ repair: "ack" }),
    tree({ repair: "nak" }),
    repaired(rumors),
    (context) => new Ordered(repaired(mail)(context), { waitMs: 500 }),
  ];
  for (const make of makers) {
    const contexts: CrowdContext[] = [];
    const audience = new Audience(
      (context) => {
        contexts.push(context);
        return make(context);
      },
      { loss: 0.2, size: 50 },
    );
    for (let i = 0; i < 5; i++) audience.publish(i % 2);
    audience.crowd.run(150);
    for (const node of audience.crowd.live) {
      const saved = audience.crowd.tenant(node, 0).save?.();
      const fresh = make(contexts[node] as CrowdContext);
      fresh.restore?.(structuredClone(saved));
      expect(fresh.save?.()).toEqual(saved);
      expect(fresh.deadline).toBe(audience.crowd.tenant(node, 0).deadline);
    }
  }
});
