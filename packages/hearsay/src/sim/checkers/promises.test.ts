import { describe, expect, test } from "vitest";
import type { Delivered } from "../../broadcast/index.ts";
import type { Instant } from "../../kernel/index.ts";
import { Promises } from "./promises.ts";

const delivered = (origin: string, number: number, payload = [1]): Delivered => {
  const bytes = Uint8Array.from(payload);
  return { type: "delivered", topic: "t", origin, epoch: 1, number, payload: bytes, hops: 1 };
};

function scene() {
  const promises = new Promises();
  for (const node of ["a", "b", "c"]) promises.started(node);
  const get = (node: string, event: Delivered) => {
    return promises.event({ at: 0 as Instant, node, event });
  };
  return { promises, get };
}

describe("the checker of promises sees", () => {
  test("what comes twice in one run, and lets a restarted node get it again", () => {
    const { promises, get } = scene();
    expect(get("a", delivered("a", 1))).toBeUndefined();
    expect(get("b", delivered("a", 1))).toBeUndefined();
    expect(get("b", delivered("a", 1))).toBe("got publication 1 of a (epoch 1) twice");
    promises.started("b");
    expect(get("b", delivered("a", 1))).toBeUndefined();
  });

  test("what nobody has published, and what has changed on its way", () => {
    const { get } = scene();
    expect(get("b", delivered("a", 1))).toMatch(/which a has not published/);
    get("a", delivered("a", 2, [1]));
    expect(get("b", delivered("a", 2, [2]))).toMatch(/other bytes than a has published/);
  });

  test("who was there all the time and has not got what somebody has", () => {
    const { promises, get } = scene();
    get("a", delivered("a", 1));
    get("b", delivered("a", 1));
    const all = () => true;
    expect(promises.missing(all)).toEqual(["c run 1 has not got publication 1 of a (epoch 1)"]);
    // Who is gone owes nothing, nor is anything owed that is gone with all who had it.
    expect(promises.missing((node) => node !== "c")).toEqual([]);
    expect(promises.missing((node) => node === "c")).toEqual([]);
    // Whoever has come later is owed nothing, under an old name or a new one.
    promises.started("d");
    promises.started("c");
    expect(promises.missing(all)).toEqual([]);
  });
});
