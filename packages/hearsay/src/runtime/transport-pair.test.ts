import { describe, expect, test } from "vitest";
import { HearsayError } from "../kernel/index.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { Ear, StreamEar } from "./transport-conformance-scene.ts";
import { transportConformance } from "./transport-conformance.ts";
import { pairTransports } from "./transport-pair.ts";
import type { DatagramTransport, StreamTransport, Transport } from "./transport.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Halves on two networks, as UDP and TCP are two. */
function halves(taken: number) {
  const streamNet = new MemoryNetwork({ defer: queueMicrotask });
  const datagramNet = new MemoryNetwork({ defer: queueMicrotask });
  const tried: string[] = [];
  const streams: StreamTransport[] = [];
  return {
    tried,
    streams,
    streamNet,
    datagramNet,
    pair: (bind: string, attempts?: number): Transport =>
      pairTransports({
        ...(attempts === undefined ? {} : { attempts }),
        streams: () => {
          const half = streamNet.transport(bind);
          streams.push(half);
          return half;
        },
        datagrams: (at): DatagramTransport => {
          tried.push(at);
          if (tried.length > taken) return datagramNet.transport(at);
          const half = datagramNet.transport(at);
          half.bind = () =>
            Promise.reject(new HearsayError("ERR_ADDRESS_IN_USE", `${at} is taken`));
          return half;
        },
      }),
  };
}

describe("two halves", () => {
  const world = halves(0);
  const make = (at = "10.0.0.1:0"): Transport => world.pair(at);
  test.each(transportConformance({ make, pause }))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe("a port that the datagram half finds taken", () => {
  test("is given up for another one while attempts are left", async () => {
    const { pair, tried, streamNet } = halves(2);
    const address = await pair("10.0.0.1:0", 3).bind(new Ear());
    expect(tried).toHaveLength(3);
    expect(new Set(tried).size).toBe(3);
    expect(address).toBe(tried[2]);
    // The stream halves of the first two attempts are gone: their addresses are free.
    await expect(streamNet.transport(tried[0] as string).bind(new Ear())).resolves.toBe(tried[0]);
  });

  test("rejects when the attempts are used up, with nothing left open", async () => {
    const { pair, tried, streamNet } = halves(9);
    await expect(pair("10.0.0.1:0", 4).bind(new Ear())).rejects.toMatchObject({
      code: "ERR_ADDRESS_IN_USE",
    });
    expect(tried).toHaveLength(4);
    await expect(streamNet.transport(tried[3] as string).bind(new Ear())).resolves.toBe(tried[3]);
  });

  test("rejects at once when it was given", async () => {
    const { pair, tried } = halves(9);
    await expect(pair("10.0.0.1:7").bind(new Ear())).rejects.toMatchObject({
      code: "ERR_ADDRESS_IN_USE",
    });
    expect(tried).toEqual(["10.0.0.1:7"]);
  });
});

test("a half that is up alone hears nothing: the stream is reset", async () => {
  const { streamNet, datagramNet } = halves(0);
  let release = (): void => {};
  const transport = pairTransports({
    streams: () => streamNet.transport("10.0.0.1:7"),
    datagrams: (at) => {
      const half = datagramNet.transport(at);
      const bind = half.bind.bind(half);
      half.bind = async (listener) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return bind(listener);
      };
      return half;
    },
  });
  const ear = new Ear();
  const bound = transport.bind(ear);
  await pause(0);
  const dialer = streamNet.transport("10.0.0.2:7");
  await dialer.bind(new Ear());
  const near = new StreamEar();
  dialer.open("10.0.0.1:7" as Awaited<typeof bound>, near);
  await pause(0);
  expect(near.failures).toBe(1);
  expect(ear.accepted).toEqual([]);
  release();
  await bound;
  await transport.close();
});

test("halves at different addresses are refused", async () => {
  const { streamNet, datagramNet } = halves(0);
  const transport = pairTransports({
    streams: () => streamNet.transport("10.0.0.1:7"),
    datagrams: () => datagramNet.transport("10.0.0.1:8"),
  });
  await expect(transport.bind(new Ear())).rejects.toThrow(/10\.0\.0\.1:7.*10\.0\.0\.1:8/);
});
