import { describe, expect, it } from "vitest";
import type { HearsayEvent } from "hearsay";
import type { EventJson } from "./event-json.ts";
import { eventSchema } from "./event-json.ts";
import { EventRing } from "./event-ring.ts";
import type { EventRingOptions } from "./event-ring.ts";

function setUp(options: EventRingOptions = {}) {
  const ring = new EventRing(options);
  const queue: HearsayEvent[] = [];
  let wake = (): void => {};
  let isOver = false;
  async function* events() {
    for (;;) {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
      if (isOver) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  void ring.fill(events());
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ring,
    async happen(...messages: string[]) {
      queue.push(...messages.map((text) => ({ type: "trouble" as const, error: new Error(text) })));
      wake();
      await settled();
    },
    async end() {
      isOver = true;
      wake();
      await settled();
    },
  };
}

const members = (): EventJson => ({ type: "members", at: new Date(0).toISOString(), members: [] });

async function frameOf(reader: AsyncIterator<string, void>) {
  const { value } = await reader.next();
  const [, id, data] = /^(?:id: (\S+)\n)?event: \w+\ndata: (.*)\n\n$/u.exec(value ?? "") ?? [];
  const event = eventSchema.parse(JSON.parse(data ?? "null"));
  const what = event.type === "trouble" ? event.message : event.type;
  return { id, what, event };
}

describe("a ring of events", () => {
  it("begins with the members, for whoever comes without an id", async () => {
    const { ring, happen } = setUp();
    await happen("one");
    const reader = ring.read(undefined, members);
    expect((await frameOf(reader)).what).toBe("members");
    await happen("two");
    expect((await frameOf(reader)).what).toBe("two");
  });

  it("goes on after the last id that a reader had", async () => {
    const { ring, happen } = setUp();
    const first = ring.read(undefined, members);
    await frameOf(first);
    await happen("one", "two", "three");
    const { id } = await frameOf(first);
    await first.return?.();
    const again = ring.read(id, members);
    expect((await frameOf(again)).what).toBe("two");
    expect((await frameOf(again)).what).toBe("three");
  });

  it("goes on after the members, too", async () => {
    const { ring, happen } = setUp();
    await happen("one");
    const { id } = await frameOf(ring.read(undefined, members));
    await happen("two");
    expect((await frameOf(ring.read(id, members))).what).toBe("two");
  });

  it("tells who was away for too long how much is lost, and how things are", async () => {
    const { ring, happen } = setUp({ maxEvents: 2 });
    const { id } = await frameOf(ring.read(undefined, members));
    await happen("one", "two", "three");
    const reader = ring.read(id, members);
    expect((await frameOf(reader)).event).toMatchObject({ type: "missed", count: 3 });
    expect((await frameOf(reader)).what).toBe("members");
    await happen("four");
    expect((await frameOf(reader)).what).toBe("four");
  });

  it("tells a reader who is too slow the same, while he reads", async () => {
    const { ring, happen } = setUp({ maxEvents: 2 });
    const reader = ring.read(undefined, members);
    await frameOf(reader);
    await happen("one");
    expect((await frameOf(reader)).what).toBe("one");
    await happen("two", "three", "four");
    expect((await frameOf(reader)).event).toMatchObject({ type: "missed", count: 3 });
    expect((await frameOf(reader)).what).toBe("members");
  });

  it("loses none to a reader who has all but the oldest that it holds", async () => {
    const { ring, happen } = setUp({ maxEvents: 2 });
    const { id } = await frameOf(ring.read(undefined, members));
    await happen("one", "two");
    expect((await frameOf(ring.read(id, members))).what).toBe("one");
  });

  it.each(["", "1", "elsewhere-1", "-1", "x-99999999999999999999"])(
    "does not know how much an id of another run has missed: %o",
    async (id) => {
      const { ring, happen } = setUp();
      await happen("one");
      const reader = ring.read(id, members);
      expect((await frameOf(reader)).event).toMatchObject({ type: "missed", count: null });
      expect((await frameOf(reader)).what).toBe("members");
    },
  );

  it("takes an id from the future for another run's", async () => {
    const { ring, happen } = setUp();
    await happen("one");
    const { id } = await frameOf(ring.read(undefined, members));
    const reader = ring.read(id?.replace(/\d+$/u, "7"), members);
    expect((await frameOf(reader)).event).toMatchObject({ type: "missed", count: null });
  });

  it("is bounded in bytes", async () => {
    const { ring, happen } = setUp({ maxBytes: 2048 });
    await happen("1", "2", "3", "4", "5", "6");
    expect([ring.oldest, ring.newest]).toEqual([3, 6]);
  });

  it("ends its readers with the node, after the last event", async () => {
    const { ring, happen, end } = setUp();
    const reader = ring.read(undefined, members);
    await frameOf(reader);
    await happen("one");
    await end();
    expect((await frameOf(reader)).what).toBe("one");
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it("lets a reader go who waits", async () => {
    const { ring } = setUp();
    const reader = ring.read(undefined, members);
    await frameOf(reader);
    const waiting = reader.next();
    await reader.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
