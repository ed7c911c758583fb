/**
 * What a running agent takes from its options anew: tags and log level.
 *
 * What has changed since they were last read is changed, and nothing else: a tag that was set over the API stays
 * as it is unless the file says something new of it. Options that are wrong change nothing.
 * @module
 */
import type { HearsayNode } from "hearsay";
import type { AgentSettings } from "./settings.ts";
import { changeTags } from "./tag-changes.ts";

/** What the log needs to be, for its level to change. */
export interface LevelLogger {
  level: string;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export class Reloading {
  readonly #read: () => AgentSettings;
  readonly #node: Pick<HearsayNode, "local" | "setTags">;
  readonly #logger: LevelLogger;
  #settings: AgentSettings;
  /** One after the other, in the order of the signals. */
  #done: Promise<void> = Promise.resolve();

  /** @param read throws where options are wrong, and is asked once for each `ask` */
  constructor(
    settings: AgentSettings,
    read: () => AgentSettings,
    node: Pick<HearsayNode, "local" | "setTags">,
    logger: LevelLogger,
  ) {
    this.#settings = settings;
    this.#read = read;
    this.#node = node;
    this.#logger = logger;
  }

  ask(): void {
    this.#done = this.#done.then(() => this.#reload());
  }

  /** When all that was asked for is done. */
  get done(): Promise<void> {
    return this.#done;
  }

  async #reload(): Promise<void> {
    try {
      const [old, fresh] = [this.#settings, this.#read()];
      const { set, remove } = tagChanges(old.tag, fresh.tag);
      if (Object.keys(set).length > 0 || remove.length > 0) {
        await changeTags(this.#node, set, remove);
      }
      this.#logger.level = fresh.logLevel;
      this.#settings = fresh;
      this.#logger.info({ set, removed: remove, logLevel: fresh.logLevel }, "options read anew");
      const waiting = needsRestart(old, fresh);
      if (waiting.length > 0) {
        this.#logger.warn({ options: waiting }, "these have changed, and need a restart");
      }
    } catch (error) {
      this.#logger.error({ err: error }, "options were not read anew, all stays as it was");
    }
  }
}

function tagChanges(
  old: AgentSettings["tag"],
  fresh: AgentSettings["tag"],
): { set: Record<string, string>; remove: string[] } {
  const set = Object.entries(fresh).filter(([key, value]) => old[key] !== value);
  const remove = Object.keys(old).filter((key) => !Object.hasOwn(fresh, key));
  return { set: Object.fromEntries(set), remove };
}

function needsRestart(old: AgentSettings, fresh: AgentSettings): string[] {
  const keys = Object.keys({ ...old, ...fresh }) as (keyof AgentSettings)[];
  return keys
    .filter((key) => key !== "tag" && key !== "logLevel")
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(fresh[key]));
}
