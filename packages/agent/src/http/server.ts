/**
 * The API on a socket.
 * @module
 */
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { CommandError } from "../terminal.ts";
import { formatHostPort } from "../settings.ts";
import type { HostPort } from "../settings.ts";
import type { Api } from "./api.ts";

export interface HttpServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Lets answers under way finish for so long, then closes their connections. */
  close(graceMs: number): Promise<void>;
}

/** @throws CommandError if the address cannot be bound */
export async function serveHttp(api: Api, at: HostPort): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch: (request) => api.fetch(request) }) as Server;
  await listen(server, at);
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: formatHostPort({ host, port }),
    close: (graceMs) => close(server, graceMs),
  };
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
