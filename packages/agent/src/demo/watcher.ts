/**
 * What one agent believes and hears, read from its API: its events and the demo's topic as they come, and now and
 * then everything.
 *
 * Events bring every change at once; the list brings what has no event, which is that a member long
 * gone has been forgotten.
 * @module
 */
import * as z from "zod";
import { aggregateEventSchema } from "../http/aggregate-routes.ts";
import type { AggregateJson } from "../http/aggregate-routes.ts";
import { eventSchema } from "../http/event-json.ts";
import { readEvents } from "../http/event-source.ts";
import { mapChangeSchema } from "../http/map-routes.ts";
import type { MapChangeJson } from "../http/map-routes.ts";
import { memberSchema } from "../http/member-json.ts";
import type { MemberJson } from "../http/member-json.ts";
import { topicMessageSchema } from "../http/topic-routes.ts";
import { DEMO_TOPIC } from "./greetings.ts";
import { stateChangeSchema } from "../http/state-routes.ts";
import type { StateChangeJson } from "../http/state-routes.ts";
import { DEMO_MAP } from "./shared-map.ts";
import { DEMO_KEY } from "./shared-state.ts";

export interface WatcherListener {
  member(member: MemberJson): void;
  members(members: readonly MemberJson[]): void;
  /** What the memory of all processes comes to. */
  memory(result: AggregateJson): void;
  /** Somebody has published this text on the demo's topic. */
  greeting(text: string): void;
  /** The demo's map has changed there, or this is all of it. */
  change(change: MapChangeJson): void;
  /** Somebody has told of itself there, or is gone; or this is all of it. */
  told(change: StateChangeJson): void;
}

const LIST_INTERVAL_MS = 1000;
const LIST_BOUND_MS = 3000;
/** A stream that breaks is opened again after this time. */
const RETRY_MS = 500;

const listSchema = z.object({ members: z.array(memberSchema) });

export class Watcher {
  readonly #url: string;
  readonly #listener: WatcherListener;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** `http` is `host:port`. */
  constructor(http: string, listener: WatcherListener) {
    this.#url = `http://${http}/v1`;
    this.#listener = listener;
    void this.#follow("events", (data) => this.#takeEvent(data));
    void this.#follow(`topics/${DEMO_TOPIC}/messages`, (data) => this.#takeMessage(data));
    void this.#follow("aggregates/rss/results", (data) => this.#takeResult(data));
    void this.#follow(`maps/${DEMO_MAP}/changes`, (data) => this.#takeChange(data));
    void this.#follow(`state/changes?key=${DEMO_KEY}`, (data) => this.#takeState(data));
    this.#timer = setTimeout(() => void this.#list(), LIST_INTERVAL_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  async #follow(path: string, take: (data: string) => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${this.#url}/${path}`, { signal });
        for await (const { data } of readEvents(answer)) take(data);
      } catch {
        // The agent is gone or going; whoever started it knows and stops us.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #takeChange(data: string): void {
    const result = mapChangeSchema.safeParse(JSON.parse(data));
    if (result.success) this.#listener.change(result.data);
  }

  #takeState(data: string): void {
    const result = stateChangeSchema.safeParse(JSON.parse(data));
    if (result.success) this.#listener.told(result.data);
  }

  #takeMessage(data: string): void {
    const result = topicMessageSchema.safeParse(JSON.parse(data));
    if (!result.success || result.data.type !== "message") return;
    this.#listener.greeting(Buffer.from(result.data.payload, "base64").toString());
  }

  #takeResult(data: string): void {
    const result = aggregateEventSchema.safeParse(JSON.parse(data));
    if (result.success && result.data.type === "result") this.#listener.memory(result.data);
  }

  #takeEvent(data: string): void {
    const result = eventSchema.safeParse(JSON.parse(data));
    if (!result.success) return;
    const event = result.data;
    if (event.type === "members") this.#listener.members(event.members);
    else if ("member" in event && event.type !== "conflict") this.#listener.member(event.member);
  }

  async #list(): Promise<void> {
    try {
      const bound = AbortSignal.timeout(LIST_BOUND_MS);
      const signal = AbortSignal.any([this.#stop.signal, bound]);
      const answer = await fetch(`${this.#url}/members`, { signal });
      const result = listSchema.safeParse(await answer.json());
      if (result.success && !this.#stop.signal.aborted) this.#listener.members(result.data.members);
    } catch {
      // Paused, or gone: the next list will tell.
    }
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#list(), LIST_INTERVAL_MS);
  }
}
