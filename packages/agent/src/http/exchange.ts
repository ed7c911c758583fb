/**
 * A request and its answer as the routes see them: plain objects, of a socket or of a test.
 *
 *     node:http ──▶ ApiRequest ──▶ route ──▶ Answer ──▶ node:http
 *     Request   ──▶                               ──▶ Response
 *
 * The platform's own `Request` and `Response` would cost an idle agent ten megabytes, more than the node itself.
 * @module
 */
import { ApiError } from "./errors.ts";

export interface ApiRequest {
  readonly method: string;
  /** As on the request line: a path with its query, or a whole URL. */
  readonly url: string;
  /** By its name in lower case. */
  header(name: string): string | undefined;
  /** @throws ApiError `ERR_BODY_TOO_LARGE` */
  body(maxBytes: number): Promise<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or the pieces of a stream, which is ended by `return` when the client goes. */
  readonly body: string | AsyncIterator<string, void>;
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}

/** The pieces as one. @throws ApiError `ERR_BODY_TOO_LARGE` */
export async function gathered(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new ApiError("ERR_BODY_TOO_LARGE", `body: expected at most ${maxBytes} bytes`);
    }
    taken.push(piece);
  }
  return Buffer.concat(taken);
}

export function fromFetch(request: Request): ApiRequest {
  return {
    method: request.method,
    url: request.url,
    header: (name) => request.headers.get(name) ?? undefined,
    body: (maxBytes) => gathered((request.body ?? []) as AsyncIterable<Uint8Array>, maxBytes),
  };
}

export function toResponse({ status, headers, body }: Answer): Response {
  if (typeof body === "string") return new Response(body, { status, headers });
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await body.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await body.return?.();
    },
  });
  return new Response(stream, { status, headers });
}
