/**
 * Lines of text that come in pieces, each of bounded length.
 * @module
 */

/** A line without its ending; `undefined` for one that is longer than the limit, which is passed over. */
export async function* readLines(
  pieces: AsyncIterable<string | Uint8Array>,
  maxChars: number,
): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  const take = (part: string): void => {
    length += part.length;
    if (length <= maxChars) parts.push(part);
  };
  const line = (): string | undefined => {
    const text = length <= maxChars ? parts.join("").replace(/\r$/u, "") : undefined;
    parts = [];
    length = 0;
    return text;
  };
  for await (const piece of pieces) {
    const text = typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      take(text.slice(start, end));
      yield line();
      start = end + 1;
    }
    take(text.slice(start));
  }
  if (length > 0) yield line();
}
