/**
 * A topic, as an application holds it: what one publishes on it, all who have subscribed to it get.
 *
 *     publish ── encoding ──▶ tree ──▶ every node ── encoding ──▶ subscribers
 *
 * Made by `node.topic`. Typed by an encoding of the user's; JSON if none is given.
 * @module
 */
import type { Delivered } from "../broadcast/index.ts";
import { HearsayError } from "../kernel/index.ts";
import { Emitter } from "./emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "./emitter.ts";
import type { TopicEncoding } from "./topic-encoding.ts";

/** What has been published by somebody, ourselves too. */
export interface TopicMessage<T> {
  readonly type: "message";
  readonly topic: string;
  readonly value: T;
  /** Name of the node that has published it. */
  readonly origin: string;
  /** Counts the origin's publications, of all topics, from 1. */
  readonly number: number;
  /** Links that it has crossed; 0 at its origin. */
  readonly hops: number;
}

/** What a topic needs of its node. */
export interface TopicPorts {
  /** Hands bytes to everybody, as soon as the links have room. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Something was published that the encoding does not read. */
  undecodable(topic: string, origin: string, error: unknown): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

/** A topic that a node has opened or heard of, and what went over it. */
export interface TopicView {
  readonly name: string;
  /** Whether this node's application has opened it. */
  readonly open: boolean;
  /** Published from here. */
  readonly published: number;
  /** Come from others, or from here. */
  readonly delivered: number;
  /** Handlers and iterators. */
  readonly subscribers: number;
  /** Messages that iterators were too slow for. */
  readonly missed: number;
}

export class Topic<T = unknown> {
  readonly name: string;
  readonly #encoding: TopicEncoding<T>;
  readonly #ports: TopicPorts;
  readonly #emitter: Emitter<TopicMessage<T>>;
  /** Encoded size of the message that is being told. */
  #bytes = 0;
  #published = 0;
  #delivered = 0;
  #subscribers = 0;

  constructor(name: string, encoding: TopicEncoding<T>, ports: TopicPorts) {
    this.name = name;
    this.#encoding = encoding;
    this.#ports = ports;
    this.#emitter = new Emitter(ports.onError, () => this.#bytes);
  }

  /**
   * Publishes a value to all. Resolves when the links have taken it: whoever awaits it publishes no faster than
   * they carry. Everybody whom the overlay connects gets it in the end, our own subscribers at once.
   * @throws HearsayError `ERR_MESSAGE_TOO_LARGE`, `ERR_QUEUE_FULL`, `ERR_OPTION` for what the encoding does not
   *   take, `ERR_STATE`
   */
  async publish(value: T): Promise<void> {
    await this.#ports.publish(this.name, this.#encode(value));
    this.#published++;
  }

  /** Calls back for every message from now on, until the returned function is called. */
  subscribe(handler: (message: TopicMessage<T>) => void): Unsubscribe {
    this.#subscribers++;
    const off = this.#emitter.on("message", handler);
    let subscribed = true;
    return () => {
      if (!subscribed) return;
      subscribed = false;
      this.#subscribers--;
      off();
    };
  }

  /**
   * All messages from now on, for `for await`. A reader that lags by more than `buffer` holds misses the oldest, and is
   * told how many by a `missed` item.
   */
  messages(
    buffer: Partial<EventBuffer> = {},
  ): AsyncIterableIterator<TopicMessage<T> | MissedEvents> {
    this.#subscribers++;
    const feed = this.#emitter.events({ ...this.#ports.buffer, ...buffer }, () => {
      this.#subscribers--;
    });
    return feed;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TopicMessage<T> | MissedEvents> {
    return this.messages();
  }

  view(): TopicView {
    return {
      name: this.name,
      open: true,
      published: this.#published,
      delivered: this.#delivered,
      subscribers: this.#subscribers,
      missed: this.#emitter.missed,
    };
  }

  /** @internal */
  deliver({ topic, origin, number, hops, payload }: Delivered): void {
    this.#delivered++;
    if (this.#subscribers === 0) return;
    let value: T;
    try {
      value = this.#encoding.decode(payload);
    } catch (error) {
      return this.#ports.undecodable(topic, origin, error);
    }
    this.#bytes = payload.length;
    this.#emitter.emit({ type: "message", topic, value, origin, number, hops });
  }

  /** @internal Ends every iterator. */
  close(): void {
    this.#emitter.close();
  }

  #encode(value: T): Uint8Array {
    let bytes: unknown;
    try {
      bytes = this.#encoding.encode(value);
    } catch (error) {
      const message = `the encoding of topic ${this.name} does not take this value`;
      throw new HearsayError("ERR_OPTION", message, { option: "value", cause: error });
    }
    if (bytes instanceof Uint8Array) return bytes;
    const message = `the encoding of topic ${this.name} gives ${typeof bytes} instead of bytes`;
    throw new HearsayError("ERR_OPTION", message, { option: "encoding", expected: "a Uint8Array" });
  }
}
