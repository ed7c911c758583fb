import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { FakeNode } from "../test/fake-node.ts";
import { until } from "../test/processes.ts";
import { createApi } from "./api.ts";
import type { Api } from "./api.ts";
import { serveHttp } from "./server.ts";
import type { HttpServer } from "./server.ts";

const servers: HttpServer[] = [];

async function serve(): Promise<{ api: Api; server: HttpServer }> {
  const api = createApi(new FakeNode());
  const server = await serveHttp(api, { host: "127.0.0.1", port: 0 });
  servers.push(server);
  return { api, server };
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(100);
});

/** Event streams that are open, as the agent counts them. */
async function streamsOf(api: Api): Promise<number> {
  const answer = await api.fetch(new Request("http://127.0.0.1/metrics"));
  return Number(/^hearsay_http_event_streams (\d+)$/mu.exec(await answer.text())?.[1]);
}

it("an event stream ends when its client goes", async () => {
  const { api, server } = await serve();
  const going = new AbortController();
  const answer = await fetch(`http://${server.address}/v1/events`, { signal: going.signal });
  await answer.body?.getReader().read();
  expect(await streamsOf(api)).toBe(1);
  going.abort();
  await until(async () => expect(await streamsOf(api)).toBe(0));
});

it("an open event stream does not keep the server from closing", async () => {
  const { api, server } = await serve();
  const answer = await fetch(`http://${server.address}/v1/events`);
  const reading = answer.text().catch(() => "broken");
  await server.close(50);
  await reading;
  await until(async () => expect(await streamsOf(api)).toBe(0));
});

it("a body that is too large is answered, and the connection ends", async () => {
  const { server } = await serve();
  const socket = connect(Number(server.address.split(":")[1]), "127.0.0.1");
  const head = "POST /v1/join HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  socket.write(`${head}Content-Length: 1000000\r\n\r\n${"x".repeat(20_000)}`);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toContain("413 Payload Too Large");
  expect(text).toContain("ERR_BODY_TOO_LARGE");
});

it("noise on the port is closed and harms nobody", async () => {
  const { address } = (await serve()).server;
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.write("\u0016\u0003\u0001 nonsense\r\n\r\n");
  await new Promise((resolve) => socket.once("close", resolve));
  expect((await fetch(`http://${address}/health`)).status).toBe(200);
});

it("a Host header of another name is refused on the socket, too", async () => {
  const { address } = (await serve()).server;
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.end("GET /v1/self HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toContain("403 Forbidden");
  expect(text).toContain("ERR_HOST");
});
