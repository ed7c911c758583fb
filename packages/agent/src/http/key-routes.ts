/**
 * The keys of the node over HTTP: a new key comes in a body, and nothing but fingerprints ever goes out.
 * @module
 */
import * as z from "zod";
import type { AgentKeys } from "../keys/agent-keys.ts";
import { readingRoute, writingRoute } from "./route.ts";
import type { Route } from "./route.ts";

export const keysSchema = z.object({
  /** The one that encrypts is first. */
  keys: z.array(z.object({ fingerprint: z.string(), bytes: z.number(), primary: z.boolean() })),
});

export type KeysJson = z.output<typeof keysSchema>;

/** More than any key. */
const MAX_KEY_CHARS = 64;

const installBody = z.strictObject({ key: z.string().max(MAX_KEY_CHARS) });

const useBody = z.strictObject({ fingerprint: z.string().max(MAX_KEY_CHARS) });

export function keyRoutes(keys: AgentKeys): readonly Route[] {
  const list = (): KeysJson => ({ keys: keys.list() });
  return [
    readingRoute({
      method: "GET",
      path: "/v1/keys",
      operation: "listKeys",
      summary: "the keys by fingerprint, the one that encrypts first",
      answer: keysSchema,
      handle: list,
    }),
    writingRoute({
      method: "POST",
      path: "/v1/keys",
      operation: "installKey",
      summary: "add a key, base64 of 16, 24 or 32 bytes, that can be read from now on",
      body: installBody,
      answer: keysSchema,
      errors: ["ERR_KEY", "ERR_KEYRING_FILE"],
      handle: ({ body }) => {
        keys.install(body.key);
        return list();
      },
    }),
    writingRoute({
      method: "PUT",
      path: "/v1/keys/primary",
      operation: "useKey",
      summary: "encrypt with this key from now on",
      body: useBody,
      answer: keysSchema,
      errors: ["ERR_KEY", "ERR_KEYRING_FILE", "ERR_NOT_FOUND"],
      handle: ({ body }) => {
        keys.use(body.fingerprint);
        return list();
      },
    }),
    readingRoute({
      method: "DELETE",
      path: "/v1/keys/{fingerprint}",
      operation: "removeKey",
      summary: "read this key no longer",
      answer: keysSchema,
      errors: ["ERR_KEY", "ERR_KEYRING_FILE", "ERR_NOT_FOUND"],
      handle: ({ params }) => {
        keys.remove(params.fingerprint);
        return list();
      },
    }),
  ];
}
