/**
 * The API on a socket.
 * @module
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CommandError } from "../terminal.ts";
import { formatHostPort } from "../settings.ts";
import type { HostPort } from "../settings.ts";
import type { Api } from "./api.ts";
import { gathered } from "./exchange.ts";
import type { Answer, ApiRequest } from "./exchange.ts";

export interface HttpServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Lets answers under way finish for so long, then closes their connections. */
  close(graceMs: number): Promise<void>;
}

/** Connections at one time; further ones are closed. */
export const MAX_CONNECTIONS = 512;
/** Bytes of a request's head. */
export const MAX_HEAD_BYTES = 8 * 1024;
/** A head that is not complete after this time ends its connection. */
const HEAD_BOUND_MS = 10_000;
/** So does a whole request after this time; streams are answers, and may go on. */
const REQUEST_BOUND_MS = 30_000;

/** @throws CommandError if the address cannot be bound */
export async function serveHttp(api: Pick<Api, "handle">, at: HostPort): Promise<HttpServer> {
  const limits = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_BOUND_MS,
    requestTimeout: REQUEST_BOUND_MS,
  };
  const server = createServer(limits, (incoming, outgoing) => {
    void respond(api, incoming, outgoing);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, at);
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: formatHostPort({ host, port }),
    close: (graceMs) => close(server, graceMs),
  };
}

async function respond(
  api: Pick<Api, "handle">,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const result = api.handle(requestOf(incoming));
  const answer = result instanceof Promise ? await result : result;
  const { status, headers, body } = answer;
  // What is left of a body that was refused is not read: there is no telling how long it is.
  if (hasBody(incoming) && !incoming.complete) outgoing.shouldKeepAlive = false;
  if (typeof body !== "string") return stream(answer, body, outgoing);
  const bytes = Buffer.byteLength(body);
  outgoing.writeHead(status, { ...headers, "content-length": bytes });
  outgoing.end(body);
}

function requestOf(incoming: IncomingMessage): ApiRequest {
  return {
    method: incoming.method ?? "",
    url: incoming.url ?? "",
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    // Who sends too much is to read why, so the socket stays until the answer has gone.
    body: (maxBytes) => gathered(incoming.iterator({ destroyOnReturn: false }), maxBytes),
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  const isEmpty = (headers["content-length"] ?? "0") === "0";
  return !isEmpty || headers["transfer-encoding"] !== undefined;
}

async function stream(
  { status, headers }: Answer,
  pieces: AsyncIterator<string, void>,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    outgoing.once("close", () => {
      resolve();
      void pieces.return?.();
    });
  });
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
    if (outgoing.destroyed) return;
    if (outgoing.write(piece.value)) continue;
    await Promise.race([gone, new Promise((resolve) => outgoing.once("drain", resolve))]);
  }
  outgoing.end();
}

function listen(server: Server, at: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "it is in use; choose another" : error.message;
      reject(new CommandError(`--http: cannot listen on ${formatHostPort(at)}: ${why}`));
    });
    // A half-sent request is the client's matter and no reason to end.
    server.on("clientError", (_error, socket) => (socket as Socket).destroy());
    server.listen(at.port, at.host, resolve);
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
