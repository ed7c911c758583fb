/** The suite can fail: each transport here breaks one rule, and the case of that rule says so. */
import { describe, expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import type { Address, StreamFailure } from "../kernel/index.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { DEAF_LISTENER } from "./transport.ts";
import type { StreamListener, Transport, TransportListener, TransportStream } from "./transport.ts";
import { transportConformance } from "./transport-conformance.ts";

/** Time does not pass here: only turns do, so that what never happens is known soon. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A sound transport to break by overriding. */
class Sound implements Transport {
  protected readonly inner: Transport;
  protected listener: TransportListener | undefined;

  constructor(inner: Transport) {
    this.inner = inner;
  }

  bind(listener: TransportListener): Promise<Address> {
    this.listener ??= listener;
    return this.inner.bind({
      datagram: (from, bytes) => this.hear(from, bytes),
      accept: (stream, from) => this.near(listener.accept(this.outgoing(stream), from), stream),
      trouble: (error) => listener.trouble(error),
    });
  }

  send(to: Address, bytes: Uint8Array): void {
    this.inner.send(to, bytes);
  }

  open(to: Address, listener: StreamListener): TransportStream {
    return this.outgoing(this.inner.open(to, this.near(listener)));
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  protected hear(from: Address, bytes: Uint8Array): void {
    this.listener?.datagram(from, bytes);
  }

  /** What our side of a stream hears; `accepted` is the stream if the other side has dialed. */
  protected near(listener: StreamListener, _accepted?: TransportStream): StreamListener {
    return listener;
  }

  /** What our side of a stream does. */
  protected outgoing(stream: TransportStream): TransportStream {
    return stream;
  }
}

/** A listener that passes everything on but what `changes` says. */
function hearing(listener: StreamListener, changes: Partial<StreamListener>): StreamListener {
  return {
    opened: () => listener.opened(),
    chunk: (bytes) => listener.chunk(bytes),
    writable: () => listener.writable(),
    ended: () => listener.ended(),
    failed: (reason: StreamFailure) => listener.failed(reason),
    ...changes,
  };
}

function doing(stream: TransportStream, changes: Partial<TransportStream>): TransportStream {
  return {
    write: (bytes) => stream.write(bytes),
    finish: () => stream.finish(),
    abort: () => stream.abort(),
    ...changes,
  };
}

const STRANGER = parseAddress("9.9.9.9:9");
let lastWritten = new Uint8Array(0);
let lastSent = new Uint8Array(0);

const broken: readonly [
  rule: string,
  expected: RegExp,
  defect: new (inner: Transport) => Transport,
][] = [
  [
    "datagrams: bind resolves to a canonical address",
    /:0\d+/,
    class extends Sound {
      override async bind(listener: TransportListener): Promise<Address> {
        return (await super.bind(listener)).replace(":", ":0") as Address;
      }
    },
  ],
  [
    "from its sender's address",
    /9\.9\.9\.9:9, but/,
    class extends Sound {
      protected override hear(_from: Address, bytes: Uint8Array): void {
        super.hear(STRANGER, bytes);
      }
    },
  ],
  [
    "one of 1400 bytes arrives",
    /1400 bytes .* not within/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        super.send(to, bytes.subarray(0, 512));
      }
    },
  ],
  [
    "many sizes arrive neither cut nor joined",
    /which nobody sent/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        super.send(to, bytes);
        if (bytes.length > 1_000) super.send(to, bytes.subarray(0, 1_000));
      }
    },
  ],
  [
    "the sender may reuse its bytes",
    /at send: not within/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        queueMicrotask(() => super.send(to, bytes));
      }
    },
  ],
  [
    "a receiver that writes into the bytes",
    /the sender's own buffer/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        lastSent = bytes as Uint8Array<ArrayBuffer>;
        super.send(to, bytes);
      }
      protected override hear(from: Address): void {
        super.hear(from, lastSent);
      }
    },
  ],
  [
    "nothing is heard before send has returned",
    /a datagram inside send/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        super.send(to, bytes);
        this.hear(to, bytes);
      }
    },
  ],
  [
    "a datagram to nobody",
    /no route/,
    class extends Sound {
      readonly #known = new Set<Address>();
      override send(to: Address, bytes: Uint8Array): void {
        if (!this.#known.has(to) && bytes.length === 40) throw new Error("no route");
        super.send(to, bytes);
      }
    },
  ],
  [
    "twice too large",
    /message too long/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        if (bytes.length > 65_507) throw new RangeError("message too long");
        super.send(to, bytes);
      }
    },
  ],
  [
    "before bind, send does nothing",
    /not bound/,
    class extends Sound {
      override send(to: Address, bytes: Uint8Array): void {
        if (this.listener === undefined) throw new Error("not bound");
        super.send(to, bytes);
      }
    },
  ],
  [
    "datagrams: after close nothing is heard",
    /closed transport delivered/,
    class extends Sound {
      override async close(): Promise<void> {}
    },
  ],
  [
    "datagrams: close before bind",
    /ERR_STATE, but it resolved/,
    class extends Sound {
      override async close(): Promise<void> {
        if (this.listener !== undefined) await super.close();
      }
    },
  ],
  [
    "datagrams: a transport is bound once",
    /ERR_STATE, but it resolved/,
    class extends Sound {
      #bound: Promise<Address> | undefined;
      override bind(listener: TransportListener): Promise<Address> {
        this.#bound ??= super.bind(listener);
        return this.#bound;
      }
    },
  ],
  [
    "streams: opened, chunk, ended come in order",
    /expected 5000 bytes, got 5001/,
    class extends Sound {
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, {
          ended: () => {
            listener.ended();
            listener.chunk(new Uint8Array(1));
          },
        });
      }
    },
  ],
  [
    "an acceptor may speak first",
    /the dialer heard chunk/,
    class extends Sound {
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, { opened: () => setImmediate(() => listener.opened()) });
      }
    },
  ],
  [
    "a request, its end, a reply",
    /an end that nobody has sent/,
    class extends Sound {
      // What `allowHalfOpen: false` does.
      protected override near(
        listener: StreamListener,
        accepted?: TransportStream,
      ): StreamListener {
        return hearing(listener, {
          ended: () => {
            listener.ended();
            accepted?.finish();
          },
        });
      }
    },
  ],
  [
    "bytes written before opened arrive",
    /0 bytes/,
    class extends Sound {
      override open(to: Address, listener: StreamListener): TransportStream {
        let open = false;
        const opened = (): void => {
          open = true;
          listener.opened();
        };
        const stream = super.open(to, hearing(listener, { opened }));
        return doing(stream, { write: (bytes) => open && stream.write(bytes) });
      }
    },
  ],
  [
    "writable follows",
    /writable: not within/,
    class extends Sound {
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, { writable() {} });
      }
    },
  ],
  [
    "8 MiB pass in pieces",
    /8 MiB in pieces/,
    class extends Sound {
      #chunks = 0;
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, {
          chunk: (bytes) => {
            if (++this.#chunks !== 7) listener.chunk(bytes);
          },
        });
      }
    },
  ],
  [
    "8 MiB pass in one write",
    /byte \d+ is|expected 8388608 bytes/,
    class extends Sound {
      protected override outgoing(stream: TransportStream): TransportStream {
        return doing(stream, { write: (bytes) => stream.write(bytes.subarray(0, 1 << 20)) });
      }
    },
  ],
  [
    "nothing is heard before open, write or finish",
    /opened inside open/,
    class extends Sound {
      override open(to: Address, listener: StreamListener): TransportStream {
        const stream = super.open(to, hearing(listener, { opened() {} }));
        listener.opened();
        return stream;
      }
    },
  ],
  [
    "chunks are the receiver's alone",
    /the sender's own bytes/,
    class extends Sound {
      protected override outgoing(stream: TransportStream): TransportStream {
        return doing(stream, {
          write: (bytes) => {
            lastWritten = bytes as Uint8Array<ArrayBuffer>;
            stream.write(bytes);
          },
        });
      }
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, { chunk: () => listener.chunk(lastWritten) });
      }
    },
  ],
  [
    "a dial to nobody fails once, with refused",
    /failed:reset/,
    class extends Sound {
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, { failed: () => listener.failed("reset") });
      }
    },
  ],
  [
    "abort silences us and fails the other side once",
    /failed:reset failed:reset|opposite/,
    class extends Sound {
      protected override near(listener: StreamListener): StreamListener {
        return hearing(listener, {
          failed: (reason) => {
            listener.failed(reason);
            listener.failed(reason);
          },
        });
      }
    },
  ],
  [
    "abort after a large write is no end",
    /and then a clean end/,
    class extends Sound {
      protected override outgoing(stream: TransportStream): TransportStream {
        return doing(stream, { abort: () => stream.finish() });
      }
    },
  ],
  [
    "abort before opened: silence",
    /heard after abort/,
    class extends Sound {
      protected override outgoing(stream: TransportStream): TransportStream {
        return doing(stream, { abort: () => setImmediate(() => stream.abort()) });
      }
    },
  ],
  [
    "calls after finish, abort or failure",
    /write after end/,
    class extends Sound {
      protected override outgoing(stream: TransportStream): TransportStream {
        let finished = false;
        return doing(stream, {
          write: (bytes) => {
            if (finished) throw new Error("write after end");
            stream.write(bytes);
          },
          finish: () => {
            finished = true;
            stream.finish();
          },
        });
      }
    },
  ],
  [
    "streams at once do not mix",
    /byte 0 is|expected \d+ bytes/,
    class extends Sound {
      #latest: StreamListener = DEAF_LISTENER;
      override open(to: Address, listener: StreamListener): TransportStream {
        this.#latest = listener;
        return super.open(to, hearing(listener, { chunk: (bytes) => this.#latest.chunk(bytes) }));
      }
    },
  ],
  [
    "before bind and after close, open is inert",
    /heard failed/,
    class extends Sound {
      #closed = false;
      override open(to: Address, listener: StreamListener): TransportStream {
        if (this.#closed) setImmediate(() => listener.failed("stopped"));
        return super.open(to, listener);
      }
      override close(): Promise<void> {
        this.#closed = true;
        return super.close();
      }
    },
  ],
  [
    "streams: an address in use",
    /ERR_ADDRESS_IN_USE, but it rejected with Error: EADDRINUSE/,
    class extends Sound {
      override bind(listener: TransportListener): Promise<Address> {
        return super.bind(listener).catch(() => {
          throw new Error("EADDRINUSE");
        });
      }
    },
  ],
  [
    "both: one address takes datagrams and streams",
    /the datagram's sender is another/,
    class extends Sound {
      protected override hear(from: Address, bytes: Uint8Array): void {
        super.hear(from.replace(/\d$/, "x") as Address, bytes);
      }
    },
  ],
];

describe("a transport that breaks a rule fails the rule's case", () => {
  test.each(broken)("%s", async (rule, expected, Defect) => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const make = (at = "10.0.0.1:0"): Transport => new Defect(network.transport(at));
    const cases = transportConformance({ make, pause }).filter(({ name }) => name.includes(rule));
    expect(cases).toHaveLength(1);
    await expect(cases[0]?.run()).rejects.toThrow(expected);
  });

  test("and the transport that they are made of breaks none", async () => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const make = (at = "10.0.0.1:0"): Transport => new Sound(network.transport(at));
    for (const { run } of transportConformance({ make, pause })) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, as a runner would
      await expect(run()).resolves.toBeUndefined();
    }
  });
});
