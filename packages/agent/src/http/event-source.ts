/**
 * Reading `/v1/events`: server-sent events, as far as the agent sends them.
 * @module
 */
import { readLines } from "../lines.ts";

/** The longest event is the list of all members, which can be many. */
const MAX_LINE_CHARS = 64 * 1024 * 1024;

const DATA = "data: ";

/** The `data` of each event. */
export async function* eventData(answer: Response): AsyncGenerator<string> {
  if (!answer.ok || answer.body === null) return;
  const body = answer.body as unknown as AsyncIterable<Uint8Array>;
  for await (const line of readLines(body, MAX_LINE_CHARS)) {
    if (line?.startsWith(DATA) === true) yield line.slice(DATA.length);
  }
}
