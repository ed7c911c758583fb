/**
 * The topics of a node: those that its application has opened, and those that it has heard of.
 * @module
 */
import { MAX_PAYLOAD_BYTES, MAX_TOPIC_BYTES } from "../broadcast/index.ts";
import type { Delivered, PublishCommand } from "../broadcast/index.ts";
import { utf8Size } from "../codec/index.ts";
import { HearsayError, optionError } from "../kernel/index.ts";
import type { NodeEvent } from "../kernel/index.ts";
import { checkDelivery } from "./broadcast-tenants.ts";
import type { Delivery } from "./broadcast-tenants.ts";
import type { EventBuffer } from "./emitter.ts";
import type { Facet } from "./facet.ts";
import { checkPayload } from "./payload.ts";
import { Topic } from "./topic.ts";
import type { TopicView } from "./topic.ts";
import { jsonEncoding } from "./topic-encoding.ts";
import type { TopicEncoding } from "./topic-encoding.ts";

export interface TopicOptions<T> {
  /**
   * How what is published from here travels; subscribers hear it either way. `tree`: all get it in the end. `flood`: all
   * that are connected now, at a copy for each link. `rumor`: nearly all, in datagrams. `mail`: a datagram to each member,
   * once. @default "tree"
   */
  readonly delivery?: Delivery;
  /** Two functions between a value and its bytes; the same on every node. @default JSON */
  readonly encoding?: TopicEncoding<T>;
}

/** What carries publications, when the node runs. */
export interface TopicCarrier {
  readonly isCongested: boolean;
  /** Largest payload. */
  readonly maxPayloadBytes: number;
  publish(command: PublishCommand): void;
}

export interface TopicsPorts {
  /** @throws HearsayError `ERR_STATE` */
  carrier(delivery: Delivery): TopicCarrier;
  /** A topic has been opened. */
  wake(): void;
  undecodable(topic: string, origin: string, error: unknown): void;
  onError(error: unknown): void;
  readonly buffer: EventBuffer;
}

/** Topics that a node opens, and as many that it has merely heard of. */
const MAX_TOPICS = 1024;
/** Publications that wait for links: more are refused. */
const MAX_WAITING_PUBLICATIONS = 4096;

/** A topic, whatever its type. */
type OpenTopic = Pick<Topic, "name" | "view" | "deliver" | "close">;

interface Waiting {
  readonly go: () => void;
  readonly fail: (error: Error) => void;
}

export class Topics implements Facet {
  readonly #ports: TopicsPorts;
  readonly #open = new Map<string, OpenTopic>();
  readonly #heard = new Map<string, number>();
  /** Publications that wait until the links have room, in order. */
  #waiting: Waiting[] = [];

  constructor(ports: TopicsPorts) {
    this.#ports = ports;
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL` */
  open<T>(name: string, options: TopicOptions<T>): Topic<T> {
    checkTopicName(name);
    const delivery = checkDelivery(options.delivery ?? "tree");
    // Its type is what the application said when it opened it first.
    const known = this.#open.get(name) as Topic<T> | undefined;
    if (known !== undefined) {
      const { encoding, delivery: another } = options;
      if (encoding === undefined && another === undefined) return known;
      const option = encoding === undefined ? "delivery" : "encoding";
      throw optionError(option, "none: the topic is open already and has one", "another");
    }
    if (this.#open.size >= MAX_TOPICS) {
      throw new HearsayError("ERR_QUEUE_FULL", `${MAX_TOPICS} topics are open already`);
    }
    const topic = new Topic<T>(name, checkEncoding(options.encoding ?? jsonEncoding<T>()), {
      publish: (topicName, payload) => this.#publish(topicName, payload, delivery),
      undecodable: (...facts) => this.#ports.undecodable(...facts),
      onError: (error) => this.#ports.onError(error),
      buffer: this.#ports.buffer,
    });
    this.#open.set(name, topic);
    this.#ports.wake();
    return topic;
  }

  /** Those that are open, and those that have been heard of. */
  views(): TopicView[] {
    const open = [...this.#open.values()].map((topic) => topic.view());
    const heard = [...this.#heard].map(([name, count]) => {
      return { name, open: false, published: 0, delivered: count, subscribers: 0, missed: 0 };
    });
    return [...open, ...heard];
  }

  start(): void {
    if (this.#open.size > 0) this.#ports.wake();
  }

  deliver(event: NodeEvent): boolean {
    switch (event.type) {
      case "delivered":
        this.#onDelivered(event as Delivered);
        return true;
      case "linksDrained":
        this.#onDrained();
        return true;
      default:
        return false;
    }
  }

  close(error: Error): void {
    for (const { fail } of this.#waiting.splice(0)) fail(error);
    for (const topic of this.#open.values()) topic.close();
  }

  #onDelivered(event: Delivered): void {
    const topic = this.#open.get(event.topic);
    if (topic !== undefined) return topic.deliver(event);
    const count = this.#heard.get(event.topic);
    if (count === undefined && this.#heard.size >= MAX_TOPICS) return;
    this.#heard.set(event.topic, (count ?? 0) + 1);
  }

  /** The links have room again. */
  #onDrained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.go();
  }

  async #publish(topic: string, bytes: Uint8Array, delivery: Delivery): Promise<void> {
    const { maxPayloadBytes } = this.#ports.carrier(delivery);
    const limit = Math.min(MAX_PAYLOAD_BYTES, maxPayloadBytes);
    checkPayload(bytes, limit, "publish it in parts, or publish where it can be fetched");
    const payload = bytes.slice();
    // Whoever waits goes first; and room that was there may be gone again when our turn comes.
    while (this.#ports.carrier(delivery).isCongested) await this.#room();
    this.#ports.carrier(delivery).publish({ type: "publish", topic, payload });
  }

  #room(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_PUBLICATIONS) {
      const message = `${MAX_WAITING_PUBLICATIONS} publications wait for links already: await publish()`;
      return Promise.reject(new HearsayError("ERR_QUEUE_FULL", message));
    }
    return new Promise((go, fail) => this.#waiting.push({ go, fail }));
  }
}

function checkTopicName(name: unknown): void {
  const expected = `text of 1 to ${MAX_TOPIC_BYTES} bytes`;
  if (typeof name !== "string" || name === "") throw optionError("topic", expected, name);
  if (utf8Size(name) > MAX_TOPIC_BYTES) throw optionError("topic", expected, name);
}

function checkEncoding<T>(encoding: TopicEncoding<T>): TopicEncoding<T> {
  if (typeof encoding?.encode !== "function" || typeof encoding.decode !== "function") {
    throw optionError("encoding", "an object with functions encode and decode", encoding);
  }
  return encoding;
}
