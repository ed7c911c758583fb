/**
 * Keeps web pages out of an API that only this machine can reach.
 *
 * A browser runs other people's pages on this machine. A page can send requests to a loopback address
 * (it must not read the answers, but `leave` needs none), and a page whose host name is made to
 * resolve to 127.0.0.1 after it was loaded (DNS rebinding) can read them, too. The first kind says where
 * it comes from in `Origin`; the second calls us by a name that is not ours in `Host`.
 * @module
 */
import { isLoopback } from "../settings.ts";
import { ApiError } from "./errors.ts";
import type { ApiRequest } from "./exchange.ts";

/** @throws ApiError `ERR_HOST`, `ERR_ORIGIN` */
export function guardLoopback(request: ApiRequest): void {
  const [, named] = /^[a-z]+:\/\/([^/?#]*)/iu.exec(request.url) ?? [];
  const header = request.header("host");
  for (const host of header === undefined ? [named ?? ""] : [named ?? header, header]) {
    if (!isOurName(host)) {
      const names = "localhost, 127.0.0.1 or [::1]";
      throw new ApiError("ERR_HOST", `Host: expected ${names}, got ${JSON.stringify(host)}`);
    }
  }
  const [origin, own] = [request.header("origin"), `http://${header ?? named}`];
  if (origin !== undefined && origin !== own) {
    const message = `Origin: expected none or ${own}, got ${JSON.stringify(origin)}`;
    throw new ApiError("ERR_ORIGIN", message);
  }
}

function isOurName(host: string): boolean {
  const name = /^\[([^\]]+)\](?::\d*)?$/u.exec(host) ?? /^([^:]+)(?::\d*)?$/u.exec(host);
  return name !== null && isLoopback((name[1] as string).toLowerCase());
}
