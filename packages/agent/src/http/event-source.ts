/**
 * Reading `/v1/events`: server-sent events, as far as the agent sends them.
 * @module
 */
import { readLines } from "../lines.ts";

/** The longest event is the list of all members, which can be many. */
const MAX_LINE_CHARS = 64 * 1024 * 1024;

export interface SourceEvent {
  /** To go on from after it. */
  readonly id: string | undefined;
  readonly data: string;
}

/** Each event, with the last id that there was. */
export async function* readEvents(answer: Response): AsyncGenerator<SourceEvent> {
  if (!answer.ok || answer.body === null) return;
  const body = answer.body as unknown as AsyncIterable<Uint8Array>;
  let id: string | undefined;
  for await (const line of readLines(body, MAX_LINE_CHARS)) {
    const [, field, value = ""] = /^(\w+): (.*)$/su.exec(line ?? "") ?? [];
    if (field === "id") id = value;
    if (field === "data") yield { id, data: value };
  }
}
