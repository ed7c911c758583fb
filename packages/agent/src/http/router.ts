/**
 * From a request line to its route.
 * @module
 */
import type { Route } from "./route.ts";

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly route: Route;
  readonly method: string;
  readonly pattern: RegExp;
}

const NO_PARAMS: Match["params"] = {};

export class Router {
  /** Routes without parameters, by `GET /v1/members`. */
  readonly #plain = new Map<string, Match>();
  readonly #patterns: Pattern[] = [];

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const { method, path, params } = route;
      if (params.length === 0) this.#plain.set(`${method} ${path}`, { route, params: NO_PARAMS });
      else this.#patterns.push({ route, method, pattern: patternOf(path) });
    }
  }

  /** `undefined` where there is none, or a parameter is not to be decoded. A HEAD goes the way of GET. */
  find(method: string, path: string): Match | undefined {
    const asked = method === "HEAD" ? "GET" : method;
    const plain = this.#plain.get(`${asked} ${path}`);
    if (plain !== undefined) return plain;
    for (const { route, method: own, pattern } of this.#patterns) {
      if (own !== asked) continue;
      const groups = pattern.exec(path);
      if (groups === null) continue;
      const values = groups.slice(1).map(decoded);
      if (values.includes(undefined)) return undefined;
      return {
        route,
        params: Object.fromEntries(route.params.map((name, i) => [name, values[i]!])),
      };
    }
    return undefined;
  }
}

/** Of a request line: without query, and of a whole URL the path alone. */
export function pathOf(url: string): string {
  const path = url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/iu, "") || "/";
  const end = path.search(/[?#]/u);
  return end < 0 ? path : path.slice(0, end);
}

function patternOf(path: string): RegExp {
  const parts = path.split("/").map((part) => (part.startsWith("{") ? "([^/]+)" : part));
  return new RegExp(`^${parts.join("/")}$`, "u");
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
