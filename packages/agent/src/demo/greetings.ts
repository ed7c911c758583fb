/**
 * The topic of the demo: who has said hello last, and who has heard it.
 * @module
 */
/** The topic that every agent of the demo has open. */
export const DEMO_TOPIC = "demo";

export interface Greeting {
  readonly origin: string;
  readonly text: string;
  /** Ms since 1970. */
  readonly at: number;
  /** Who has heard it, and how many ms later. */
  readonly heard: Map<string, number>;
}

export class Greetings {
  #count = 0;
  #latest: Greeting | undefined;

  get latest(): Greeting | undefined {
    return this.#latest;
  }

  /** A new one, to be published by `origin`. */
  begin(origin: string): Greeting {
    const text = `hello ${++this.#count} from ${origin}`;
    this.#latest = { origin, text, at: Date.now(), heard: new Map() };
    return this.#latest;
  }

  /** Somebody has heard something: an older greeting is of no interest. */
  hear(observer: string, text: string): void {
    const greeting = this.#latest;
    if (greeting?.text !== text || greeting.heard.has(observer)) return;
    greeting.heard.set(observer, Date.now() - greeting.at);
  }
}

/** `n2 said hello: 5 of 5 heard it, the last after 14 ms` */
export function greetingWords({ origin, heard }: Greeting, listeners: number): string {
  const last = Math.max(0, ...heard.values());
  const after = heard.size === 0 ? "" : `, the last after ${last} ms`;
  return `${origin} says hello on the topic ${DEMO_TOPIC}: ${heard.size} of ${listeners} heard it${after}.`;
}
