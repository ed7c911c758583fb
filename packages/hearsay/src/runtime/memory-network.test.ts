import { describe, expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import { MEMORY_DATAGRAM_BYTES, MemoryNetwork, MEMORY_STREAM_BYTES } from "./memory-network.ts";
import { Ear, StreamEar } from "./transport-conformance-scene.ts";
import { transportConformance } from "./transport-conformance.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([
  ["microtasks", queueMicrotask],
  ["immediates", (callback: () => void): unknown => setImmediate(callback)],
])("a memory network on %s is a transport", (_name, defer) => {
  const network = new MemoryNetwork({ defer });
  const make = (at = "10.0.0.1:0"): ReturnType<MemoryNetwork["transport"]> => network.transport(at);
  test.each(transportConformance({ make, pause }))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

async function station(network: MemoryNetwork, at = "10.0.0.1:0") {
  const transport = network.transport(at);
  const ear = new Ear();
  const address = await transport.bind(ear);
  ear.bound = true;
  return { transport, ear, address };
}

describe("MemoryNetwork", () => {
  test("deliveries keep their order whatever the order of `defer`", async () => {
    const waiting: (() => void)[] = [];
    const network = new MemoryNetwork({ defer: (callback) => waiting.push(callback) });
    const runAll = (): void => {
      // Backwards, as no real one would.
      while (waiting.length > 0) waiting.pop()?.();
    };
    const a = network.transport("10.0.0.1:1");
    const b = network.transport("10.0.0.2:1");
    const ear = new Ear();
    const bound = [a.bind(new Ear()), b.bind(ear)];
    runAll();
    await Promise.all(bound);
    const stream = a.open(parseAddress("10.0.0.2:1"), new StreamEar());
    for (let i = 0; i < 10; i++) {
      a.send(parseAddress("10.0.0.2:1"), Uint8Array.of(i));
      stream.write(Uint8Array.of(i));
    }
    runAll();
    expect(ear.datagrams.map(({ bytes }) => bytes[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...(ear.accepted[0]?.bytes ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("`lose` decides which datagrams are lost, and the network counts them", async () => {
    const network = new MemoryNetwork({
      defer: queueMicrotask,
      lose: (_from, _to, bytes) => bytes[0] === 1,
    });
    const a = await station(network);
    const b = await station(network);
    a.transport.send(b.address, Uint8Array.of(1));
    a.transport.send(b.address, Uint8Array.of(2));
    await pause(0);
    expect(b.ear.datagrams.map(({ bytes }) => bytes[0])).toEqual([2]);
    expect(network.lost).toBe(1);
  });

  test("a Buffer that is reused after send does not change what arrives", async () => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const a = await station(network);
    const b = await station(network);
    const buffer = Buffer.from("before");
    a.transport.send(b.address, buffer);
    buffer.write("after!");
    await pause(0);
    expect(Buffer.from(b.ear.datagrams[0]?.bytes ?? []).toString()).toBe("before");
  });

  test("a datagram over the limit is trouble for its sender", async () => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const a = await station(network);
    a.transport.send(a.address, new Uint8Array(MEMORY_DATAGRAM_BYTES + 1));
    await pause(0);
    expect(a.ear.troubles).toMatchObject([{ code: "ERR_SEND" }]);
    expect(a.ear.datagrams).toEqual([]);
  });

  test("a stream with more unsent than the limit fails with overLimit, the other side with reset", async () => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    const a = await station(network);
    const b = await station(network);
    const near = new StreamEar();
    const stream = a.transport.open(b.address, near);
    await pause(0);
    stream.write(new Uint8Array(MEMORY_STREAM_BYTES));
    stream.write(new Uint8Array(1));
    await pause(0);
    expect(near.text).toBe("opened failed:overLimit");
    expect(b.ear.accepted[0]?.text).toBe("failed:reset");
  });

  test("an address that is no address is refused at once", () => {
    const network = new MemoryNetwork({ defer: queueMicrotask });
    expect(() => network.transport("nowhere")).toThrow(
      expect.objectContaining({ code: "ERR_ADDRESS" }),
    );
  });
});
