/** The third tenant beside membership and messages, on real UDP and TCP. */
import { afterEach, expect, test } from "vitest";
import { Toy } from "../composition/test/toy.ts";
import type { ToyEvent } from "../composition/test/toy.ts";
import { createNode } from "../index.ts";
import type { HearsayNode } from "../index.ts";
import type { Instant } from "../kernel/index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

test("a tenant given to createNode waves, asks, links and spreads news on real sockets", async () => {
  const heard = new Map<string, Set<string>>();
  for (const name of ["a", "b"]) {
    const node = createNode({
      name,
      bind: "127.0.0.1:0",
      preset: "local",
      // The one line of registration.
      tenants: ({ peers, sampler }) => [new Toy(name, peers, sampler, 20, 0 as Instant)],
    });
    const words = new Set<string>();
    heard.set(name, words);
    node.on("tenant", ({ event }) => {
      const { what, from } = event as ToyEvent;
      words.add(`${what} ${from}`.trim());
    });
    nodes.push(node);
    await node.start();
  }
  const [a, b] = nodes as [HearsayNode, HearsayNode];
  await b.join(a.address);
  const expected = (other: string) =>
    [
      `wave ${other}`,
      `waveBack ${other}`,
      `greeting ${other}`,
      `linkUp ${other}`,
      `whisper ${other}`,
      "answer",
    ].sort();
  await expect
    .poll(() => [...(heard.get("a") as Set<string>)].sort(), { timeout: 5000 })
    .toEqual(expected("b"));
  await expect
    .poll(() => [...(heard.get("b") as Set<string>)].sort(), { timeout: 5000 })
    .toEqual(expected("a"));
});
