/**
 * What a route is: where it is, what it takes and answers as schemas, and who answers.
 *
 *     schemas ──▶ types of the handler ──▶ a body that is checked, an answer that fits
 *        └──────▶ /openapi.json
 *
 * There is no other way to make a route than with its schemas, so none is without them.
 * @module
 */
import type { ErrorCode } from "hearsay";
import type * as z from "zod";
import { ApiError } from "./errors.ts";
import type { EdgeCode } from "./errors.ts";
import { jsonAnswer } from "./exchange.ts";
import type { Answer, ApiRequest } from "./exchange.ts";

/** Bytes of a request's body in JSON. */
export const MAX_BODY_BYTES = 16 * 1024;

/** What a route can be refused with, beside what any request can. */
export type RouteErrorCode = EdgeCode | ErrorCode;

export interface Route extends RouteHead<string> {
  readonly params: readonly string[];
  readonly body?: BodyKind;
  readonly answer: AnswerKind;
  serve(request: ApiRequest, params: Readonly<Record<string, string>>): Promise<Answer> | Answer;
}

/** A body in JSON, or bytes that are nobody's business here. */
export type BodyKind =
  | { readonly schema: z.ZodType; readonly maxBytes: number }
  | { readonly bytes: string; readonly maxBytes: number };

/** One JSON value, a text, or a stream of server-sent events whose data are JSON. */
export type AnswerKind =
  | { readonly kind: "json" | "events"; readonly schema: z.ZodType }
  | { readonly kind: "text"; readonly type: string };

interface RouteHead<P extends string> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With parameters as in `/v1/members/{name}`. */
  readonly path: P;
  /** Its name in programs that are made from the OpenAPI document. */
  readonly operation: string;
  readonly summary: string;
  readonly errors?: readonly RouteErrorCode[];
  /** Whether it is for everybody who can reach it, without a token and at any rate. */
  readonly isOpen?: boolean;
  /** What may come behind the `?`: each a text, or absent. */
  readonly query?: QuerySchemas;
}

type QuerySchemas = Readonly<Record<string, z.ZodType>>;

/** `"/v1/members/{name}"` makes `{ name: string }`. */
type ParamsOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Readonly<Record<Name, string>> & ParamsOf<Rest>
  : Readonly<Record<never, string>>;

interface Call<P extends string, Body, Q extends QuerySchemas = Record<never, never>> {
  readonly params: ParamsOf<P>;
  readonly body: Body;
  readonly query: { readonly [K in keyof Q]: z.output<Q[K]> };
  readonly request: ApiRequest;
}

interface JsonRoute<
  P extends string,
  A extends z.ZodType,
  Q extends QuerySchemas,
> extends RouteHead<P> {
  readonly answer: A;
  readonly query?: Q;
}

/** A route that takes nothing but its path. */
export function readingRoute<
  P extends string,
  A extends z.ZodType,
  Q extends QuerySchemas = Record<never, never>,
>(
  route: JsonRoute<P, A, Q> & {
    handle(call: Call<P, undefined, Q>): z.input<A> | Promise<z.input<A>>;
  },
): Route {
  const { handle, answer, ...head } = route;
  return {
    ...head,
    params: paramsOf(head.path),
    answer: { kind: "json", schema: answer },
    serve: (request, params) => {
      const result = handle(callOf(head, request, params, undefined));
      return result instanceof Promise
        ? result.then((value) => jsonAnswer(value))
        : jsonAnswer(result);
    },
  };
}

/** A route with a body in JSON. */
export function writingRoute<
  P extends string,
  B extends z.ZodType,
  A extends z.ZodType,
  Q extends QuerySchemas = Record<never, never>,
>(
  route: JsonRoute<P, A, Q> & {
    readonly body: B;
    handle(call: Call<P, z.output<B>, Q>): z.input<A> | Promise<z.input<A>>;
  },
): Route {
  const { handle, answer, body: schema, ...head } = route;
  return {
    ...head,
    params: paramsOf(head.path),
    body: { schema, maxBytes: MAX_BODY_BYTES },
    answer: { kind: "json", schema: answer },
    serve: async (request, params) => {
      const body = await readJson(request, schema);
      return jsonAnswer(await handle(callOf(head, request, params, body)));
    },
  };
}

/** A route whose body is bytes of any type, `bytes` says of what. */
export function bytesRoute<
  P extends string,
  A extends z.ZodType,
  Q extends QuerySchemas = Record<never, never>,
>(
  route: JsonRoute<P, A, Q> & {
    readonly bytes: string;
    readonly maxBytes: number;
    handle(call: Call<P, Uint8Array, Q>): z.input<A> | Promise<z.input<A>>;
  },
): Route {
  const { handle, answer, bytes, maxBytes, ...head } = route;
  return {
    ...head,
    params: paramsOf(head.path),
    body: { bytes, maxBytes },
    answer: { kind: "json", schema: answer },
    serve: async (request, params) => {
      const body = await request.body(maxBytes);
      return jsonAnswer(await handle(callOf(head, request, params, body)));
    },
  };
}

/** A route that answers with a text of a type of its own. */
export function textRoute<P extends string>(
  route: RouteHead<P> & { readonly type: string; handle(call: Call<P, undefined>): string },
): Route {
  const { handle, type, ...head } = route;
  return {
    ...head,
    params: paramsOf(head.path),
    answer: { kind: "text", type },
    serve: (request, params) => {
      const body = handle(callOf(head, request, params, undefined));
      return { status: 200, headers: { "content-type": type }, body };
    },
  };
}

/** A route that answers with server-sent events, each with a value of the schema as its data. */
export function eventsRoute<P extends string, Q extends QuerySchemas = Record<never, never>>(
  route: RouteHead<P> & {
    readonly events: z.ZodType;
    readonly query?: Q;
    handle(call: Call<P, undefined, Q>): AsyncIterator<string, void>;
  },
): Route {
  const { handle, events, ...head } = route;
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
  return {
    ...head,
    params: paramsOf(head.path),
    answer: { kind: "events", schema: events },
    serve: (request, params) => {
      // A HEAD is answered by the route of GET, and nobody would ever end its stream.
      if (request.method === "HEAD") return { status: 200, headers, body: "" };
      const body = handle(callOf(head, request, params, undefined));
      return { status: 200, headers, body };
    },
  };
}

function paramsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name as string);
}

/** @throws ApiError `ERR_QUERY` */
function callOf<P extends string, Body, Q extends QuerySchemas>(
  { query }: { readonly path: P; readonly query?: Q },
  request: ApiRequest,
  params: Readonly<Record<string, string>>,
  body: Body,
): Call<P, Body, Q> {
  const read = query === undefined ? {} : readQuery(request.url, query);
  return {
    params: params as ParamsOf<P>,
    body,
    query: read as Call<P, Body, Q>["query"],
    request,
  };
}

/** Those that are asked for; others do not matter. @throws ApiError `ERR_QUERY` */
function readQuery(url: string, schemas: QuerySchemas): Record<string, unknown> {
  const given = new URLSearchParams(/\?([^#]*)/u.exec(url)?.[1] ?? "");
  const entries = Object.entries(schemas).map(([name, schema]) => {
    const result = schema.safeParse(given.get(name) ?? undefined);
    if (result.success) return [name, result.data] as const;
    const rule = result.error.issues[0]?.message ?? "a value as documented";
    throw new ApiError("ERR_QUERY", `${name}: expected ${rule}`);
  });
  return Object.fromEntries(entries);
}

/** @throws ApiError */
async function readJson<T extends z.ZodType>(request: ApiRequest, schema: T): Promise<z.output<T>> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/json(?:;|$)/iu.test(type)) {
    const received = type === "" ? "none" : type;
    throw new ApiError(
      "ERR_MEDIA_TYPE",
      `Content-Type: expected application/json, got ${received}`,
    );
  }
  const bytes = await request.body(MAX_BODY_BYTES);
  const result = schema.safeParse(parseJson(Buffer.from(bytes).toString("utf8")));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") || "body";
  throw new ApiError("ERR_BODY", `${path}: ${issue?.message ?? "not as documented"}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the text, which may be a key.
    throw new ApiError("ERR_BODY", "body: expected JSON");
  }
}
