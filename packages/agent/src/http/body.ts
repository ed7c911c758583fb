/**
 * Bodies of requests, checked.
 * @module
 */
import type { Context } from "hono";
import type { z } from "zod";
import { ApiError } from "./errors.ts";

/** @throws ApiError */
export async function readBody<T extends z.ZodType>(
  context: Context,
  schema: T,
): Promise<z.output<T>> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json(?:;|$)/iu.test(type)) {
    const received = type === "" ? "none" : type;
    throw new ApiError(
      "ERR_MEDIA_TYPE",
      `Content-Type: expected application/json, got ${received}`,
    );
  }
  const text = await context.req.text();
  const result = schema.safeParse(parseJson(text));
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
