/**
 * The story on sockets of this machine: nodes of `createNode` in one process, on loopback.
 * @module
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createNode } from "hearsay";
import type { HearsayNode } from "hearsay";
import { PlainEnvelope, crc32 } from "hearsay/codec";
import type { Address } from "hearsay/kernel";
import { udpTcp } from "hearsay/node";
import type {
  StreamListener,
  Transport,
  TransportListener,
  TransportStream,
} from "hearsay/runtime";
import { Meter } from "../meter.ts";
import { Notices } from "./story.ts";
import type { Step, Story, Telling } from "./story.ts";

const BIND = "127.0.0.1:0";
/** How often the loop is asked whether it is late, in ms. */
const LATENESS_RESOLUTION_MS = 20;
/** Of the histogram of lateness. */
const HIGH_PERCENTILE = 99;
const NS_PER_MS = 1e6;

/** The story, and how late the process was with what it had to do: on a busy machine nothing is comparable. */
export interface RealTelling extends Telling {
  /** In 99 of 100 looks the loop was no later than this. */
  readonly lateMs: number;
}

export async function tellReally(
  story: Story,
  signal: AbortSignal,
): Promise<RealTelling | undefined> {
  const lateness = monitorEventLoopDelay({ resolution: LATENESS_RESOLUTION_MS });
  lateness.enable();
  const meter = new Meter();
  const notices = new Notices();
  const nodes = new Map<string, HearsayNode>();
  const began = performance.now();
  const now = (): number => performance.now() - began;
  const act = async (step: Step): Promise<void> => {
    notices.begin(step, now());
    if (step.act === "crash") return nodes.get(step.node)?.stop();
    if (step.act === "leave") return void (await nodes.get(step.node)?.leave());
    const node = createNode({
      name: step.node,
      bind: BIND,
      transport: new MeteredTransport(meter, step.node),
      // What the simulated ones have not: the letter of each protocol is in every news of a member.
      topics: false,
      maps: false,
      state: false,
      aggregates: false,
    });
    nodes.set(step.node, node);
    for (const type of ["fail", "leave"] as const) {
      node.on(type, ({ member }) => notices.hear(step.node, type, member.name, now()));
    }
    await node.start();
    const first = nodes.get("n0");
    if (step.act === "join" && first !== undefined) await node.join(first.address);
  };
  /** What was begun and not waited for: the story goes on meanwhile. */
  const begun: Promise<void>[] = [];
  try {
    for (const step of story.steps) {
      await sleep(Math.max(0, step.atMs - now()), undefined, { signal });
      const done = act(step);
      begun.push(done);
      if (step.act === "start") await done;
    }
    await sleep(Math.max(0, story.seconds * 1000 - now()), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  lateness.disable();
  const lateMs = lateness.percentile(HIGH_PERCENTILE) / NS_PER_MS - LATENESS_RESOLUTION_MS;
  const { packets, packetBytes, streamBytes, messages } = meter;
  const counts = { messages: Object.fromEntries(messages), packets, packetBytes, streamBytes };
  await Promise.allSettled(begun);
  await Promise.all([...nodes.values()].map((node) => node.stop()));
  return signal.aborted ? undefined : { ...counts, ...notices.times, lateMs };
}

/** UDP and TCP, and everything that is sent on them counted. */
class MeteredTransport implements Transport {
  readonly #inner: Transport = udpTcp({ bind: BIND });
  readonly #envelope = new PlainEnvelope(crc32);
  readonly #meter: Meter;
  readonly #node: string;

  constructor(meter: Meter, node: string) {
    this.#meter = meter;
    this.#node = node;
  }

  bind(listener: TransportListener): Promise<Address> {
    return this.#inner.bind({
      datagram: (from, bytes) => listener.datagram(from, bytes),
      accept: (stream, from) => listener.accept(this.#metered(stream), from),
      trouble: (error) => listener.trouble(error),
    });
  }

  send(to: Address, bytes: Uint8Array): void {
    this.#meter.packet(this.#node, this.#envelope.open(bytes), bytes.length);
    this.#inner.send(to, bytes);
  }

  open(to: Address, listener: StreamListener): TransportStream {
    return this.#metered(this.#inner.open(to, listener));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #metered(stream: TransportStream): TransportStream {
    return {
      write: (bytes) => {
        this.#meter.stream(bytes.length);
        stream.write(bytes);
      },
      finish: () => stream.finish(),
      abort: () => stream.abort(),
    };
  }
}
