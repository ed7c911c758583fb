/** Clock, entropy, CRC and names. */
import { createSocket } from "node:dgram";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { crc32 } from "../codec/index.ts";
import { NEVER } from "../kernel/index.ts";
import type { Instant } from "../kernel/index.ts";
import { IO_TURNS, NodeClock } from "./clock.ts";
import { nativeCrc32 } from "./crc32.ts";
import { entropyRng } from "./entropy.ts";
import { DnsResolver } from "./resolver.ts";

const clock = new NodeClock();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(() => void vi.useRealTimers());

describe("NodeClock", () => {
  test("a timer that is late because the loop was blocked lets waiting packets go first", async () => {
    const waiting = 8 * IO_TURNS;
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const order: string[] = [];
    socket.on("message", () => order.push("packet"));
    const done = new Promise<void>((resolve) => {
      setImmediate(() => {
        clock.wake((clock.now() + 20) as Instant, () => {
          order.push("timer");
          clock.afterIo(() => {
            order.push("after I/O");
            resolve();
          });
        });
        // Handed to the system at once: from here on they wait in the socket.
        for (let i = 0; i < waiting; i++) socket.send("x", socket.address().port, "127.0.0.1");
        const until = performance.now() + 100;
        while (performance.now() < until);
      });
    });
    await done;
    expect(order).toHaveLength(waiting + 2);
    expect(order.filter((event) => event !== "packet")).toEqual(["timer", "after I/O"]);
    // The loop ran the timer before the packets, as it does; what waited for I/O came last.
    expect(order[0]).toBe("timer");
    expect(order.at(-1)).toBe("after I/O");
  });

  test("a wake never comes early", async () => {
    const early: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const at = (clock.now() + i * 0.37) as Instant;
        return new Promise<void>((resolve) => {
          clock.wake(at, () => {
            if (clock.now() < at) early.push(at - clock.now());
            resolve();
          });
        });
      }),
    );
    expect(early).toEqual([]);
  });

  test("a wake beyond setTimeout's range waits all the time", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const rung = vi.fn<() => void>();
    clock.wake((clock.now() + 2 ** 31 + 5_000) as Instant, rung);
    vi.advanceTimersByTime(2 ** 31 + 4_999);
    expect(rung).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(rung).toHaveBeenCalledOnce();
  });

  test("a cancelled wake is silent, and NEVER sets no timer", async () => {
    const rung = vi.fn<() => void>();
    clock.wake(clock.now(), rung)();
    clock.wake(NEVER, rung)();
    await pause(20);
    expect(rung).not.toHaveBeenCalled();
  });

  test("a cancelled wake that was armed again stays cancelled", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const rung = vi.fn<() => void>();
    const cancel = clock.wake((clock.now() + 2 ** 32) as Instant, rung);
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    vi.advanceTimersByTime(2 ** 32);
    expect(rung).not.toHaveBeenCalled();
  });

  test("now is monotonic milliseconds; the epoch is whole seconds since 1970", () => {
    const first = clock.now();
    expect(clock.now()).toBeGreaterThanOrEqual(first);
    expect(clock.epochSeconds()).toBe(Math.floor(Date.now() / 1_000));
  });
});

test("two sources of entropy differ", () => {
  const [a, b] = [entropyRng(), entropyRng()];
  const draw = (rng: typeof a): number[] => [0, 1, 2, 3].map(() => rng.below(2 ** 32));
  expect(draw(a)).not.toEqual(draw(b));
});

test.skipIf(nativeCrc32 === undefined)("the system's CRC is the table's", () => {
  for (const text of ["", "123456789", "hearsay".repeat(100)]) {
    const bytes = new TextEncoder().encode(text);
    expect(nativeCrc32?.(bytes)).toBe(crc32(bytes));
  }
});

describe("DnsResolver", () => {
  const asked: string[] = [];
  const resolver = new DnsResolver((name) => {
    asked.push(name);
    if (name === "two.example") {
      const addresses = ["10.0.0.1", "fd00:0::2", "10.0.0.1", "fe80::1%eth0"];
      return Promise.resolve(addresses.map((address) => ({ address })));
    }
    if (name === "empty.example") return Promise.resolve([]);
    const code = name === "slow.example" ? "EAI_AGAIN" : "ENOTFOUND";
    return Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
  });

  test.each([
    ["10.0.0.1", ["10.0.0.1:7946"]],
    ["10.0.0.1:80", ["10.0.0.1:80"]],
    ["[fd00::1]:80", ["[fd00::1]:80"]],
    ["[fd00::1]", ["[fd00::1]:7946"]],
    ["fd00:0:0::1", ["[fd00::1]:7946"]],
    ["two.example", ["10.0.0.1:7946", "[fd00::2]:7946"]],
    ["two.example:9", ["10.0.0.1:9", "[fd00::2]:9"]],
  ])("%s", async (seed, expected) => {
    await expect(resolver.resolve(seed, 7946)).resolves.toEqual(expected);
  });

  test("IP addresses are not asked for", () => {
    expect(new Set(asked)).toEqual(new Set(["two.example"]));
  });

  test.each([
    ["none.example:80", /"none\.example:80".*no such name \(ENOTFOUND\); check the spelling/],
    ["slow.example", /no name server answered \(EAI_AGAIN\); check this machine's network/],
    ["empty.example", /no usable address/],
  ])("%s says what failed and what to do", async (seed, message) => {
    await expect(resolver.resolve(seed, 7946)).rejects.toMatchObject({
      code: "ERR_RESOLVE",
      received: seed,
      message: expect.stringMatching(message),
    });
  });

  test.each(["", "a b", "host:port", "host:99999", "host:0", "[::1]:0"])(
    "%j is no seed",
    async (seed) => {
      await expect(resolver.resolve(seed, 7946)).rejects.toMatchObject({ code: "ERR_ADDRESS" });
    },
  );

  test("the system knows localhost", async () => {
    const found = await new DnsResolver().resolve("localhost:7", 7946);
    expect(found.some((address) => address === "127.0.0.1:7" || address === "[::1]:7")).toBe(true);
  });
});
