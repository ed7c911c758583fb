/**
 * Who may use the API.
 *
 *     on loopback, no token     programs of this machine; pages in its browsers are kept out
 *     with a token              whoever has it: Authorization: Bearer …
 *
 * A browser runs other people's pages on this machine. A page can send requests to a loopback address
 * (it must not read the answers, but `leave` needs none), and a page whose host name is made to
 * resolve to 127.0.0.1 after it was loaded (DNS rebinding) can read them, too. The first kind says where
 * it comes from in `Origin`; the second calls us by a name that is not ours in `Host`.
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { DEFAULT_HTTP_RATE } from "../options.ts";
import { isLoopback } from "../settings.ts";
import { ApiError } from "./errors.ts";
import type { ApiRequest } from "./exchange.ts";
import { RateBound } from "./rate-bound.ts";

export interface Access {
  /** What a request must bring; without one, whoever can reach the API may use it. */
  readonly token?: string | undefined;
  /** Names under which the API may be called, beside those of loopback. */
  readonly hosts?: readonly string[];
  /** Whether other machines reach it: then any IP address is a name of ours, which no page can make its own. */
  readonly isPublic?: boolean;
  /** @default 20000 */
  readonly requestsPerSecond?: number;
}

export class Guard {
  readonly #token: Buffer | undefined;
  readonly #hosts: ReadonlySet<string>;
  readonly #isPublic: boolean;
  readonly #rate: RateBound;

  constructor({ token, hosts = [], isPublic = false, requestsPerSecond }: Access = {}) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
    this.#isPublic = isPublic;
    this.#rate = new RateBound(requestsPerSecond ?? DEFAULT_HTTP_RATE);
  }

  /**
   * @param isOpen whether the route is for everybody, such as the one that an orchestrator asks for health
   * @throws ApiError `ERR_HOST`, `ERR_TOO_MANY_REQUESTS`, `ERR_TOKEN`, `ERR_ORIGIN`
   */
  check(request: ApiRequest, isOpen: boolean): void {
    const host = this.#checkHost(request);
    if (isOpen) return;
    if (!this.#rate.take(performance.now())) {
      const message = `more than ${this.#rate.perSecond} requests a second; try again in a second`;
      throw new ApiError("ERR_TOO_MANY_REQUESTS", message);
    }
    // A page of somebody else's does not have the token.
    if (this.#token !== undefined) checkToken(request, this.#token);
    else checkOrigin(request, `http://${host}`);
  }

  #checkHost(request: ApiRequest): string {
    const [, named] = /^[a-z]+:\/\/([^/?#]*)/iu.exec(request.url) ?? [];
    const header = request.header("host");
    for (const host of header === undefined ? [named ?? ""] : [named ?? header, header]) {
      if (this.#isOurs(host)) continue;
      const names = this.#isPublic
        ? "an IP address, or a name given by --http-host"
        : "localhost, 127.0.0.1 or [::1]";
      throw new ApiError("ERR_HOST", `Host: expected ${names}, got ${JSON.stringify(host)}`);
    }
    return header ?? named ?? "";
  }

  #isOurs(host: string): boolean {
    const parts = /^\[([^\]]+)\](?::\d*)?$/u.exec(host) ?? /^([^:]+)(?::\d*)?$/u.exec(host);
    const name = parts?.[1]?.toLowerCase();
    if (name === undefined) return false;
    if (isLoopback(name) || this.#hosts.has(name)) return true;
    return this.#isPublic && isIP(name) !== 0;
  }
}

function checkToken(request: ApiRequest, expected: Buffer): void {
  const [, token = ""] = /^bearer +(\S+)$/iu.exec(request.header("authorization") ?? "") ?? [];
  // Digests have one length, and say nothing of where two tokens begin to differ.
  if (timingSafeEqual(digest(token), expected)) return;
  throw new ApiError("ERR_TOKEN", "Authorization: expected Bearer and the token of this agent");
}

function checkOrigin(request: ApiRequest, own: string): void {
  const origin = request.header("origin");
  if (origin === undefined || origin === own) return;
  const message = `Origin: expected none or ${own}, got ${JSON.stringify(origin)}`;
  throw new ApiError("ERR_ORIGIN", message);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
