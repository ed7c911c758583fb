/**
 * Errors as the API answers them: `{"error": {"code", "message"}}` with the status that fits.
 * @module
 */
import { HearsayError } from "hearsay";
import type { ErrorCode } from "hearsay";
import * as z from "zod";

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});

export type ErrorJson = z.output<typeof errorSchema>;

/** Codes that come from the edge; all others are the library's own. */
export type EdgeCode =
  | "ERR_BODY"
  | "ERR_BODY_TOO_LARGE"
  | "ERR_HOST"
  | "ERR_INTERNAL"
  | "ERR_KEYRING_FILE"
  | "ERR_MEDIA_TYPE"
  | "ERR_MEMBER_ALIVE"
  | "ERR_NOT_FOUND"
  | "ERR_NOT_JSON"
  | "ERR_NOT_READY"
  | "ERR_ORIGIN"
  | "ERR_QUERY"
  | "ERR_TOKEN"
  | "ERR_TOO_MANY_REQUESTS"
  | "ERR_TOO_MANY_STREAMS";

type Status = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 502 | 503 | 504;

const EDGE_STATUS: Readonly<Record<EdgeCode, Status>> = {
  ERR_BODY: 400,
  ERR_BODY_TOO_LARGE: 413,
  ERR_HOST: 403,
  ERR_INTERNAL: 500,
  ERR_KEYRING_FILE: 500,
  ERR_MEDIA_TYPE: 415,
  ERR_MEMBER_ALIVE: 409,
  ERR_NOT_FOUND: 404,
  ERR_NOT_JSON: 409,
  ERR_NOT_READY: 503,
  ERR_ORIGIN: 403,
  ERR_QUERY: 400,
  ERR_TOKEN: 401,
  ERR_TOO_MANY_REQUESTS: 429,
  ERR_TOO_MANY_STREAMS: 503,
};

const LIBRARY_STATUS: Readonly<Partial<Record<ErrorCode, Status>>> = {
  ERR_OPTION: 400,
  ERR_ADDRESS: 400,
  ERR_KEY: 400,
  ERR_META_TOO_LARGE: 400,
  ERR_MESSAGE_TOO_LARGE: 413,
  ERR_QUEUE_FULL: 503,
  ERR_KIND: 409,
  ERR_TIMEOUT: 504,
  ERR_UNKNOWN_MEMBER: 404,
  // The node is fine and those that it asked did not answer: a gateway's trouble.
  ERR_JOIN: 502,
  ERR_STATE: 503,
};

/** A request that breaks a rule of the API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: EdgeCode;

  constructor(code: EdgeCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The status that goes with a code. */
export function statusOf(code: EdgeCode | ErrorCode): Status {
  return { ...LIBRARY_STATUS, ...EDGE_STATUS }[code] ?? 500;
}

export function errorAnswer(error: unknown): { status: Status; body: ErrorJson } {
  if (error instanceof ApiError || error instanceof HearsayError) {
    return { status: statusOf(error.code), body: errorJson(error.code, error.message) };
  }
  const message = "the agent has made a mistake; its log says which";
  return { status: 500, body: errorJson("ERR_INTERNAL", message) };
}

function errorJson(code: string, message: string): ErrorJson {
  return { error: { code, message } };
}
