/**
 * The secret of an API that not everybody on the network is to use.
 * @module
 */
import { exposure, readSmallFile } from "../small-file.ts";
import { UsageError } from "../terminal.ts";

/** What a token must be; said in place of the token whenever one is wrong. */
export const TOKEN_RULE = "16 to 256 letters, digits and signs, without spaces";

export interface TokenSettings {
  readonly httpToken?: string | undefined;
  readonly httpTokenFile?: string | undefined;
}

export interface TokenSource {
  readonly token: string | undefined;
  /** What to tell whoever runs the agent; never with a token in it. */
  readonly warnings: readonly string[];
}

export function isToken(text: string): boolean {
  return /^[\x21-\x7E]{16,256}$/u.test(text);
}

/** @throws UsageError */
export function readToken({ httpToken, httpTokenFile }: TokenSettings): TokenSource {
  if (httpTokenFile === undefined) return { token: httpToken, warnings: [] };
  if (httpToken !== undefined) {
    throw new UsageError("--http-token-file: expected no --http-token beside it, got both");
  }
  const content = readSmallFile("--http-token-file", httpTokenFile);
  if (content === undefined)
    throw new UsageError(`--http-token-file: there is no ${httpTokenFile}`);
  const token = content.text.trim();
  if (!isToken(token)) {
    throw new UsageError(`--http-token-file: expected ${TOKEN_RULE}, in ${httpTokenFile}`);
  }
  return { token, warnings: exposure(httpTokenFile, "the token", content) };
}
