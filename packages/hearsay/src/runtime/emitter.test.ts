import { describe, expect, test, vi } from "vitest";
import { Emitter } from "./emitter.ts";

type Event = { readonly type: "a"; readonly n: number } | { readonly type: "b" };

const BUFFER = { maxEvents: 10, maxBytes: 10_000 };

const emitterOf = (onError = vi.fn<(error: unknown) => void>()) => ({
  emitter: new Emitter<Event>(onError),
  onError,
});

describe("listeners", () => {
  test("hear their type until they are taken off", () => {
    const { emitter } = emitterOf();
    const heard: number[] = [];
    const off = emitter.on("a", ({ n }) => heard.push(n));
    emitter.emit({ type: "a", n: 1 });
    emitter.emit({ type: "b" });
    off();
    off();
    emitter.emit({ type: "a", n: 2 });
    expect(heard).toEqual([1]);
  });

  test("that throw are reported and do not silence the others", () => {
    const { emitter, onError } = emitterOf();
    const second = vi.fn<() => void>();
    emitter.on("b", () => {
      throw new Error("mine");
    });
    emitter.on("b", second);
    emitter.emit({ type: "b" });
    expect(second).toHaveBeenCalledOnce();
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: "mine" }));
  });
});

describe("iterators", () => {
  test("yield what comes, whether it waits for them or they for it", async () => {
    const { emitter } = emitterOf();
    const events = emitter.events(BUFFER);
    emitter.emit({ type: "a", n: 1 });
    expect(await events.next()).toEqual({ done: false, value: { type: "a", n: 1 } });
    const next = events.next();
    emitter.emit({ type: "a", n: 2 });
    expect(await next).toEqual({ done: false, value: { type: "a", n: 2 } });
  });

  test("tell a slow reader how much it has missed, oldest first", async () => {
    const { emitter } = emitterOf();
    const events = emitter.events({ maxEvents: 2, maxBytes: 1e6 });
    for (let n = 1; n <= 5; n++) emitter.emit({ type: "a", n });
    expect((await events.next()).value).toEqual({ type: "missed", count: 3 });
    expect((await events.next()).value).toEqual({ type: "a", n: 4 });
    expect((await events.next()).value).toEqual({ type: "a", n: 5 });
  });

  test("hold no more bytes than they may, however few events that are", async () => {
    const emitter = new Emitter<Event>(vi.fn<(error: unknown) => void>(), (event) => {
      return event.type === "a" ? 1000 * event.n : 0;
    });
    const [slow, other] = [
      emitter.events({ maxEvents: 10, maxBytes: 4600 }),
      emitter.events(BUFFER),
    ];
    for (const n of [1, 3]) emitter.emit({ type: "a", n });
    expect(emitter.missed).toBe(0);
    emitter.emit({ type: "a", n: 2 });
    expect(emitter.missed).toBe(2);
    expect((await slow.next()).value).toEqual({ type: "missed", count: 2 });
    expect((await slow.next()).value).toEqual({ type: "a", n: 2 });
    // What is larger than the whole buffer is missed, too.
    emitter.emit({ type: "a", n: 5 });
    emitter.emit({ type: "b" });
    expect((await slow.next()).value).toEqual({ type: "missed", count: 1 });
    expect((await slow.next()).value).toEqual({ type: "b" });
    expect((await other.next()).value).toEqual({ type: "missed", count: 2 });
  });

  test("end when the loop breaks, and when the emitter closes", async () => {
    const { emitter } = emitterOf();
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const event of emitter.events(BUFFER)) seen.push(event);
    })();
    emitter.emit({ type: "b" });
    emitter.close();
    await loop;
    expect(seen).toEqual([{ type: "b" }]);
    const events = emitter.events(BUFFER);
    await events.return?.();
    emitter.emit({ type: "b" });
    expect((await events.next()).done).toBe(true);
  });
});
