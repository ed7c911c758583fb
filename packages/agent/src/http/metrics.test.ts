import { expect, it } from "vitest";
import { FAKE_STATS, FakeNode } from "../test/fake-node.ts";
import { createApi } from "./api.ts";
import { metricsText } from "./metrics.ts";

function text(name = "a"): string {
  const events = new Map([["join", 4]]);
  const requests = new Map([
    [200, 9],
    [404, 1],
  ]);
  return metricsText({
    stats: FAKE_STATS,
    localHealth: 1,
    name,
    events,
    requests,
    eventStreams: 2,
  });
}

it("metrics have conventional names, units and types", () => {
  const lines = text().split("\n");
  for (const line of [
    "# TYPE hearsay_packets_sent_total counter",
    "hearsay_packets_sent_total 3",
    'hearsay_members{state="alive"} 5',
    'hearsay_drops_total{reason="malformed"} 1',
    'hearsay_queue_bytes{tenant="membership"} 74',
    "hearsay_worst_lateness_seconds 0.0125",
    'hearsay_events_total{type="join"} 4',
    'hearsay_http_requests_total{code="404"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  for (const line of lines.filter((entry) => entry.startsWith("# TYPE"))) {
    const [, , name = "", type] = line.split(" ");
    expect(name.endsWith("_total"), line).toBe(type === "counter");
    expect(name, line).toMatch(/^(?:hearsay|process)_[a-z_]+$/u);
  }
});

it("every line of the metrics is one that Prometheus reads", () => {
  const sample = /^[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"\})? -?[0-9.e+-]+$/u;
  for (const line of text('a "quoted" \\ name\nof two lines').trimEnd().split("\n")) {
    if (!line.startsWith("# ")) expect(line).toMatch(sample);
  }
});

it("an agent serves its metrics, and counts what it has served", async () => {
  const api = createApi(new FakeNode());
  const ask = (path: string) => api.fetch(new Request(`http://127.0.0.1${path}`));
  await ask("/v1/self");
  await ask("/nowhere");
  const answer = await ask("/metrics");
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const served = await answer.text();
  expect(served).toContain('hearsay_http_requests_total{code="200"} 1\n');
  expect(served).toContain('hearsay_http_requests_total{code="404"} 1\n');
  expect(served).toContain('hearsay_node_info{name="a"} 1\n');
});
