import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { addressPort, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { StreamAcceptor, StreamListener, TransportStream } from "../runtime/index.ts";
import { TcpStreams } from "./tcp.ts";
import type { TcpOptions } from "./tcp.ts";

const FREE = "127.0.0.1:0";
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Heard implements StreamListener {
  stream: TransportStream | undefined;
  readonly events: string[] = [];
  received = 0;

  opened(): void {
    this.events.push("opened");
  }
  chunk(bytes: Uint8Array): void {
    this.received += bytes.length;
  }
  writable(): void {
    this.events.push("writable");
  }
  ended(): void {
    this.events.push("ended");
  }
  failed(reason: string): void {
    this.events.push(reason);
  }
}

class Door implements StreamAcceptor {
  readonly accepted: Heard[] = [];
  readonly troubles: Error[] = [];

  accept(stream: TransportStream): StreamListener {
    const heard = new Heard();
    heard.stream = stream;
    this.accepted.push(heard);
    return heard;
  }

  trouble(error: Error): void {
    this.troubles.push(error);
  }
}

async function bound(options: Partial<TcpOptions> = {}) {
  const transport = new TcpStreams({ bind: FREE, ...options });
  onTestFinished(() => transport.close());
  const door = new Door();
  return { transport, door, address: await transport.bind(door) };
}

function dial(transport: TcpStreams, to: Address): Heard {
  const heard = new Heard();
  heard.stream = transport.open(to, heard);
  return heard;
}

/** A peer that is no transport of ours: it accepts and then does as it likes. */
async function stranger(onSocket: (socket: Socket) => void): Promise<Address> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onSocket);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return parseAddress(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe("limits", () => {
  test("streams beyond maxAcceptedStreams are reset and counted, and accepted again later", async () => {
    const { transport, door, address } = await bound({ maxAcceptedStreams: 2 });
    const dialer = await bound();
    const ears = [0, 1, 2, 3].map(() => dial(dialer.transport, address));
    const failed = (): Heard[] => ears.filter(({ events }) => events.includes("reset"));
    await vi.waitFor(() => expect(failed()).toHaveLength(2));
    expect(door.accepted).toHaveLength(2);
    expect(transport.troubles.get("acceptedStreams")).toBe(2);
    expect(door.troubles).toHaveLength(1);
    expect(door.troubles[0]?.message).toContain("maxAcceptedStreams");
    for (const ear of ears) ear.stream?.abort();
    await vi.waitFor(() => expect(transport.openStreams).toBe(0));
    const again = dial(dialer.transport, address);
    await vi.waitFor(() => expect(door.accepted).toHaveLength(3));
    expect(again.events).toEqual(["opened"]);
  });

  test("more unsent than maxUnsentBytes fails the stream with overLimit, the other side with reset", async () => {
    const { door, address } = await bound();
    const dialer = await bound({ maxUnsentBytes: 1 << 20 });
    const near = dial(dialer.transport, address);
    await vi.waitFor(() => expect(door.accepted).toHaveLength(1));
    near.stream?.write(new Uint8Array(1_000));
    near.stream?.write(new Uint8Array(2 << 20));
    expect(near.events).toEqual(["opened"]);
    near.stream?.write(new Uint8Array(1));
    await vi.waitFor(() => expect(door.accepted[0]?.events.at(-1)).toBe("reset"));
    expect(near.events).toEqual(["opened", "overLimit"]);
    expect(dialer.transport.openStreams).toBe(0);
  });

  test("a peer that ends and never reads does not hold our bytes beyond lingerMs", async () => {
    const at = await stranger((socket) => {
      socket.on("error", () => {});
      socket.end();
    });
    const { transport } = await bound({ lingerMs: 100 });
    const near = dial(transport, at);
    await vi.waitFor(() => expect(near.events).toEqual(["opened", "ended"]));
    near.stream?.write(new Uint8Array(24 << 20));
    near.stream?.finish();
    await pause(30);
    expect(transport.openStreams).toBe(1);
    await vi.waitFor(() => expect(transport.openStreams).toBe(0), { timeout: 3_000 });
    expect(near.events).toEqual(["opened", "ended"]);
  });
});

describe("what the network does is heard, never thrown", () => {
  test("a reset right behind data is no end", async () => {
    const { door, address } = await bound();
    const socket = connect({ host: "127.0.0.1", port: addressPort(address) });
    await new Promise((resolve) => socket.on("connect", resolve));
    await pause(20);
    socket.write(new Uint8Array(8 << 20));
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(door.accepted[0]?.events).not.toEqual([]));
    await pause(50);
    expect(door.accepted[0]?.events).toEqual(["reset"]);
  });

  test.each(["127.0.0.1:0", "255.255.255.255:1", "[::ffff:127.0.0.1]:1"])(
    "a dial to %s is refused",
    async (to) => {
      const { transport } = await bound();
      const near = dial(transport, parseAddress(to));
      await vi.waitFor(() => expect(near.events).toEqual(["refused"]), { timeout: 5_000 });
      expect(transport.openStreams).toBe(0);
    },
  );

  test("a peer that goes away while we write fails the stream once", async () => {
    const at = await stranger((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.destroy());
      socket.resume();
    });
    const { transport } = await bound();
    const near = dial(transport, at);
    const timer = setInterval(() => near.stream?.write(new Uint8Array(100_000)), 1);
    onTestFinished(() => clearInterval(timer));
    await vi.waitFor(() => expect(near.events).toContain("reset"));
    await pause(50);
    expect(near.events.filter((event) => event === "reset")).toHaveLength(1);
    expect(transport.openStreams).toBe(0);
  });

  test("no socket is left after exchanges and aborts in every phase", async () => {
    const server = await bound();
    const { transport } = await bound();
    for (let round = 0; round < 60; round++) {
      const near = dial(transport, server.address);
      near.stream?.write(new Uint8Array(round * 1_000));
      const steps = [
        (): void => near.stream?.abort(),
        (): unknown => setImmediate(() => near.stream?.abort()),
        (): void => {
          near.stream?.finish();
          setImmediate(() => near.stream?.abort());
        },
        (): unknown => setTimeout(() => near.stream?.abort(), 5),
      ];
      steps[round % steps.length]?.();
    }
    await pause(50);
    for (const far of server.door.accepted) {
      far.stream?.finish();
      far.stream?.abort();
    }
    await vi.waitFor(() => expect(transport.openStreams + server.transport.openStreams).toBe(0));
  });
});

describe("bind says what is wrong and what to do", () => {
  test("an address of another machine", async () => {
    const transport = new TcpStreams({ bind: "203.0.113.1:0" });
    await expect(transport.bind(new Door())).rejects.toMatchObject({
      code: "ERR_ADDRESS_UNAVAILABLE",
      message: expect.stringMatching(/TCP 203\.0\.113\.1:0.*no such address/),
    });
    await transport.close();
  });

  test("closed meanwhile", async () => {
    const transport = new TcpStreams({ bind: FREE });
    const binding = transport.bind(new Door());
    const closing = transport.close();
    await expect(binding).rejects.toMatchObject({ code: "ERR_STATE" });
    await closing;
  });
});
