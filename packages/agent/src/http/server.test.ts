import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { FakeNode } from "../test/fake-node.ts";
import { until } from "../test/processes.ts";
import { createApi } from "./api.ts";
import { serveHttp } from "./server.ts";
import type { HttpServer } from "./server.ts";

const servers: HttpServer[] = [];

async function serve(node: FakeNode): Promise<HttpServer> {
  const server = await serveHttp(createApi(node), { host: "127.0.0.1", port: 0 });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(100);
});

it("an event stream ends when its client goes", async () => {
  const node = new FakeNode();
  const { address } = await serve(node);
  const going = new AbortController();
  const answer = await fetch(`http://${address}/v1/events`, { signal: going.signal });
  await answer.body?.getReader().read();
  expect(node.readers).toBe(1);
  going.abort();
  await until(() => expect(node.readers).toBe(0));
});

it("an open event stream does not keep the server from closing", async () => {
  const node = new FakeNode();
  const server = await serve(node);
  const answer = await fetch(`http://${server.address}/v1/events`);
  const reading = answer.text().catch(() => "broken");
  await server.close(50);
  await reading;
  await until(() => expect(node.readers).toBe(0));
});

it("noise on the port is closed and harms nobody", async () => {
  const node = new FakeNode();
  const { address } = await serve(node);
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.write("\u0016\u0003\u0001 nonsense\r\n\r\n");
  await new Promise((resolve) => socket.once("close", resolve));
  expect((await fetch(`http://${address}/health`)).status).toBe(200);
});

it("a Host header of another name is refused on the socket, too", async () => {
  const { address } = await serve(new FakeNode());
  const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
  socket.end("GET /v1/self HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  expect(text).toContain("403 Forbidden");
  expect(text).toContain("ERR_HOST");
});
