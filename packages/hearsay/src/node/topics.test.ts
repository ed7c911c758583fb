/** Topics, as an application uses them, on real sockets. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { bytesEncoding, createNode, textEncoding } from "../index.ts";
import type { HearsayNode, NodeOptions, TopicEncoding, TopicMessage } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

function make(name: string, options: Partial<NodeOptions> = {}): HearsayNode {
  const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
  nodes.push(node);
  return node;
}

/** Nodes `n0`, `n1`, … that know each other and have opened `topic`, with links between them. */
async function cluster(
  count: number,
  topic: string,
  options: Partial<NodeOptions> = {},
): Promise<HearsayNode[]> {
  const made: HearsayNode[] = [];
  for (let i = 0; i < count; i++) {
    const node = make(`n${i}`, options);
    await node.start();
    if (i > 0) await node.join((made[0] as HearsayNode).address);
    made.push(node);
  }
  for (const node of made) node.topic(topic);
  await vi.waitFor(
    () => {
      for (const node of made) {
        expect(node.members()).toHaveLength(count);
        expect(node.overlay()?.neighbours.length).toBeGreaterThan(0);
      }
    },
    { timeout: 8000 },
  );
  return made;
}

interface Price {
  readonly symbol: string;
  readonly cents: number;
}

describe.each(["randomLinks", "hyparview"] as const)("a topic over %s", (overlay) => {
  test("brings what any node publishes to every subscriber, once, and says who has published it", async () => {
    const made = await cluster(6, "prices", { topics: { overlay } });
    const heard: string[] = [];
    for (const node of made) {
      node.topic<Price>("prices").subscribe(({ value, origin }) => {
        heard.push(`${node.name}: ${value.symbol} ${value.cents} of ${origin}`);
      });
    }
    await made[3]!.topic<Price>("prices").publish({ symbol: "ACME", cents: 1250 });
    const wanted = made.map(({ name }) => `${name}: ACME 1250 of n3`);
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(wanted), { timeout: 5000 });
    for (let i = 1; i <= 20; i++) {
      await made[i % 6]!.topic<Price>("prices").publish({ symbol: "X", cents: i });
    }
    await vi.waitFor(() => expect(heard).toHaveLength(21 * 6), { timeout: 5000 });
  });
});

describe("a topic", () => {
  test("carries payloads far larger than a packet", async () => {
    const made = await cluster(3, "blobs");
    const blob = Uint8Array.from({ length: 900_000 }, (_, i) => i * 31);
    const came = made.map((node) => {
      return new Promise<Uint8Array>((resolve) => {
        node.topic<Uint8Array>("raw", { encoding: bytesEncoding }).subscribe(({ value }) => {
          resolve(value);
        });
      });
    });
    await made[1]!.topic<Uint8Array>("raw").publish(blob);
    for (const bytes of await Promise.all(came)) expect(Buffer.compare(bytes, blob)).toBe(0);
    await expect(
      made[1]!.topic<Uint8Array>("raw").publish(new Uint8Array(2 << 20)),
    ).rejects.toThrow(expect.objectContaining({ code: "ERR_MESSAGE_TOO_LARGE" }));
  });

  test("is read by for await, and a reader that lags is told how much it has missed", async () => {
    const node = make("alone");
    const topic = node.topic<string>("words", { encoding: textEncoding });
    await node.start();
    const messages = topic.messages({ maxEvents: 2 });
    for (const word of ["one", "two", "three", "four"]) await topic.publish(word);
    const read = [];
    for await (const item of messages) {
      read.push(item.type === "missed" ? `missed ${item.count}` : item.value);
      if (read.length === 3) break;
    }
    expect(read).toEqual(["missed 2", "three", "four"]);
    expect(node.topics()).toEqual([
      { name: "words", open: true, published: 4, delivered: 4, subscribers: 0, missed: 2 },
    ]);
  });

  test("with an encoding that does not read what came counts it, and goes on", async () => {
    const node = make("alone");
    const even: TopicEncoding<number> = {
      encode: (value) => Uint8Array.of(value),
      decode: ([value = 0]) => {
        if (value % 2 === 1) throw new Error("odd");
        return value;
      },
    };
    const topic = node.topic("even", { encoding: even });
    await node.start();
    const heard: number[] = [];
    topic.subscribe(({ value }) => heard.push(value));
    for (const value of [2, 3, 4]) await topic.publish(value);
    expect(heard).toEqual([2, 4]);
    expect(node.stats().undecodable).toBe(1);
  });

  test("does not take what its encoding does not, and says so to the caller", async () => {
    const node = make("alone");
    const topic = node.topic<unknown>("json");
    await node.start();
    for (const value of [undefined, 1n]) {
      await expect(topic.publish(value)).rejects.toMatchObject({ code: "ERR_OPTION" });
    }
    const wrong = { encode: () => "text" as never, decode: () => "" };
    await expect(node.topic("wrong", { encoding: wrong }).publish("")).rejects.toMatchObject({
      code: "ERR_OPTION",
      message: expect.stringContaining("string instead of bytes"),
    });
  });

  test("stays silent for whoever has unsubscribed, and one handler that throws does not silence the others", async () => {
    const node = make("alone");
    const topic = node.topic<number>("n");
    await node.start();
    const heard: string[] = [];
    const off = topic.subscribe(({ value }) => heard.push(`a${value}`));
    topic.subscribe(() => {
      throw new Error("a bug");
    });
    topic.subscribe(({ value }) => heard.push(`b${value}`));
    await topic.publish(1);
    off();
    off();
    await topic.publish(2);
    expect(heard).toEqual(["a1", "b1", "b2"]);
    expect(node.topics()[0]?.subscribers).toBe(2);
  });

  test("makes whoever publishes wait when links have taken too much, and loses none of it", async () => {
    const made = await cluster(2, "bulk", {
      composition: { maxFrameBytes: 70_000, maxLinkBacklogBytes: 200_000 },
    });
    let bytes = 0;
    made[1]!
      .topic<Uint8Array>("raw", { encoding: bytesEncoding })
      .subscribe(({ value }: TopicMessage<Uint8Array>) => void (bytes += value.length));
    const topic = made[0]!.topic<Uint8Array>("raw", { encoding: bytesEncoding });
    // Ten times what a link may have waiting, without a pause.
    const published = Array.from({ length: 40 }, () => topic.publish(new Uint8Array(60_000)));
    await Promise.all(published);
    await vi.waitFor(() => expect(bytes).toBe(40 * 60_000), { timeout: 5000 });
    expect(made[0]!.stats().drops["linkBacklogFull"]).toBeUndefined();
  });
});

describe("a delivery", () => {
  test.each(["flood", "rumor", "mail"] as const)(
    "by %s brings a publication to every subscriber once",
    async (delivery) => {
      // A rumor that is told twenty times in vain has left nobody out.
      const made = await cluster(5, "opened", { topics: { rumor: { k: 20 } } });
      const heard: string[] = [];
      for (const node of made) {
        node.topic<string>("t", { delivery }).subscribe(({ value }) => {
          heard.push(`${node.name} ${value}`);
        });
      }
      await made[2]!.topic<string>("t").publish("x");
      const wanted = made.map(({ name }) => `${name} x`);
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(wanted), { timeout: 5000 });
    },
  );

  test("in datagrams takes what fits one, and refuses more before it is sent", async () => {
    const made = await cluster(2, "opened", { topics: { rumor: { k: 20 } } });
    const sizes: number[] = [];
    const encoding = bytesEncoding;
    for (const delivery of ["rumor", "mail"] as const) {
      made[1]!.topic(delivery, { delivery, encoding }).subscribe(({ value }) => {
        sizes.push(value.length);
      });
      const topic = made[0]!.topic(delivery, { delivery, encoding });
      await topic.publish(new Uint8Array(1000));
      await expect(topic.publish(new Uint8Array(1400))).rejects.toMatchObject({
        code: "ERR_MESSAGE_TOO_LARGE",
      });
    }
    await vi.waitFor(() => expect(sizes).toEqual([1000, 1000]), { timeout: 5000 });
  });

  test("in order of the sender delivers what was published first, first", async () => {
    const made = await cluster(4, "t", { topics: { order: "sender" } });
    const heard: number[] = [];
    made[3]!.topic<number>("t").subscribe(({ value }) => heard.push(value));
    const topic = made[0]!.topic<number>("t");
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(numbers.map((number) => topic.publish(number)));
    await vi.waitFor(() => expect(heard).toEqual(numbers), { timeout: 5000 });
  });

  test("by the tree brings whoever comes late what is still remembered", async () => {
    const made = await cluster(3, "t");
    for (const value of [1, 2, 3]) await made[0]!.topic<number>("t").publish(value);
    const late = make("late");
    const heard: number[] = [];
    late.topic<number>("t").subscribe(({ value }) => heard.push(value));
    await late.start();
    await late.join(made[1]!.address);
    await vi.waitFor(() => expect(heard.toSorted()).toEqual([1, 2, 3]), { timeout: 8000 });
  });

  test("that nobody knows is refused by name", () => {
    const node = make("odd");
    expect(() => node.topic("t", { delivery: "pigeon" as never })).toThrow(/tree, flood, rumor/);
    expect(() => make("o", { topics: { order: "total" as never } })).toThrow(/topics.order/);
  });
});

describe("a node", () => {
  test("keeps no link while nobody uses a topic", async () => {
    const a = make("a");
    const b = make("b");
    await Promise.all([a.start(), b.start()]);
    await b.join(a.address);
    expect(b.stats().links).toBe(0);
    expect(b.overlay()).toEqual({ overlay: "randomLinks", neighbours: [], passive: [] });
  });

  test("hears of topics that it has not opened, and counts what comes by", async () => {
    const made = await cluster(3, "opened");
    await made[0]!.topic("elsewhere").publish({ a: 1 });
    await vi.waitFor(() => {
      expect(made[1]!.topics()).toContainEqual({
        name: "elsewhere",
        open: false,
        published: 0,
        delivered: 1,
        subscribers: 0,
        missed: 0,
      });
    });
  });

  test("tells of its links as they come and go", async () => {
    const a = make("a");
    const b = make("b");
    const told: string[] = [];
    a.on("neighbourUp", ({ name, overlay }) => told.push(`up ${name} ${overlay}`));
    a.on("neighbourDown", ({ name }) => told.push(`down ${name}`));
    await Promise.all([a.start(), b.start()]);
    await b.join(a.address);
    b.topic("t");
    await vi.waitFor(() => expect(told).toEqual(["up b randomLinks"]), { timeout: 5000 });
    expect(a.overlay()?.neighbours).toEqual([{ name: "b", address: b.address, push: "eager" }]);
    await b.leave();
    await b.stop();
    await vi.waitFor(() => expect(told).toEqual(["up b randomLinks", "down b"]), { timeout: 5000 });
  });

  test("without topics says so, and one that does not run does not publish", async () => {
    expect(() => make("none", { topics: false }).topic("t")).toThrow(
      expect.objectContaining({ code: "ERR_STATE" }),
    );
    const node = make("idle");
    await expect(node.topic("t").publish(1)).rejects.toMatchObject({ code: "ERR_STATE" });
    for (const name of ["", "x".repeat(129), 7 as never]) {
      expect(() => node.topic(name)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    }
    expect(() => node.topic("t", { encoding: bytesEncoding as never })).toThrow(/open already/);
    expect(() => make("odd", { topics: { overlay: "mesh" as never } })).toThrow(/topics.overlay/);
  });
});
