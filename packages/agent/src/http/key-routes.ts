/**
 * The keys of the node over HTTP: a new key comes in a body, and nothing but fingerprints ever goes out.
 * @module
 */
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { AgentKeys } from "../keys/agent-keys.ts";
import { readBody } from "./body.ts";

export const keysSchema = z.object({
  /** The one that encrypts is first. */
  keys: z.array(z.object({ fingerprint: z.string(), bytes: z.number(), primary: z.boolean() })),
});

export type KeysJson = z.output<typeof keysSchema>;

/** More than any key. */
const MAX_KEY_CHARS = 64;

const installBody = z.strictObject({ key: z.string().max(MAX_KEY_CHARS) });

const useBody = z.strictObject({ fingerprint: z.string().max(MAX_KEY_CHARS) });

export function addKeys(app: Hono, keys: AgentKeys): void {
  const answer = (context: Context): Response => {
    const json: KeysJson = { keys: keys.list() };
    return context.json(json);
  };
  app.get("/v1/keys", answer);
  app.post("/v1/keys", async (context) => {
    keys.install((await readBody(context, installBody)).key);
    return answer(context);
  });
  app.put("/v1/keys/primary", async (context) => {
    keys.use((await readBody(context, useBody)).fingerprint);
    return answer(context);
  });
  app.delete("/v1/keys/:fingerprint", (context) => {
    keys.remove(context.req.param("fingerprint"));
    return answer(context);
  });
}
