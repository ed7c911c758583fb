/** A second opinion on members, as an application uses it, on real sockets. */
import { afterEach, expect, test, vi } from "vitest";
import { createNode } from "../index.ts";
import type { DetectionEvent, DetectionOptions, HearsayNode } from "../index.ts";

const nodes: HearsayNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function cluster(detection: DetectionOptions, count = 3): Promise<HearsayNode[]> {
  for (let i = 0; i < count; i++) {
    const node = createNode({ name: `n${i}`, bind: "127.0.0.1:0", preset: "local", detection });
    nodes.push(node);
    await node.start();
    if (i > 0) await node.join((nodes[0] as HearsayNode).address);
  }
  return [...nodes];
}

test.each<DetectionOptions>([
  { detector: "heartbeat", intervalMs: 40, failMs: 800 },
  { detector: "phi", intervalMs: 40, phi: { threshold: 4 } },
  { detector: "gems", intervalMs: 40, failMs: 600 },
])(
  "a node that is killed fails by $detector at all others, beside SWIM's verdict",
  async (detection) => {
    const [a, b, c] = (await cluster(detection)) as [HearsayNode, HearsayNode, HearsayNode];
    const told: DetectionEvent[] = [];
    // On a machine that is busy for a second a living one may fail for a moment: that is what these detectors are.
    const keep = (event: DetectionEvent): unknown => event.name === "n2" && told.push(event);
    for (const node of [a, b]) node.on("failed", keep);
    await vi.waitFor(
      () => {
        const judgements = [a, b, c].flatMap((node) => node.judgements());
        expect(judgements).toHaveLength(6);
        for (const { heartbeat } of judgements) expect(heartbeat).toBeGreaterThan(0);
      },
      { timeout: 8000 },
    );
    expect(a.judgement("n2")?.state).toBe("alive");
    await c.stop();
    await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 15_000 });
    for (const event of told) expect(event).toMatchObject({ detector: detection.detector });
    expect([a, b].map((node) => node.judgement("n2")?.state)).toEqual(["failed", "failed"]);
  },
);

test("without the option there is no second opinion, and a wrong one is refused at once", async () => {
  const node = createNode({ name: "a", bind: "127.0.0.1:0" });
  nodes.push(node);
  await node.start();
  expect(() => node.judgements()).toThrow(expect.objectContaining({ code: "ERR_STATE" }));
  const option = expect.objectContaining({ code: "ERR_OPTION" });
  for (const detection of [{ detector: "swim" }, { failMs: 0 }, "phi", true]) {
    expect(() => createNode({ name: "b", detection: detection as never })).toThrow(option);
  }
});
