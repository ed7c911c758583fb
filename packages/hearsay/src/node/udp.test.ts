import { describe, expect, onTestFinished, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { DatagramListener } from "../runtime/index.ts";
import { UdpDatagrams } from "./udp.ts";
import type { UdpOptions } from "./udp.ts";

const FREE = "127.0.0.1:0";
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Heard implements DatagramListener {
  readonly datagrams: { readonly from: Address; readonly text: string }[] = [];
  readonly troubles: Error[] = [];

  datagram(from: Address, bytes: Uint8Array): void {
    this.datagrams.push({ from, text: Buffer.from(bytes).toString() });
  }

  trouble(error: Error): void {
    this.troubles.push(error);
  }
}

async function bound(options: Partial<UdpOptions> = {}) {
  const transport = new UdpDatagrams({ bind: FREE, ...options });
  onTestFinished(() => transport.close());
  const heard = new Heard();
  return { transport, heard, address: await transport.bind(heard) };
}

describe("what cannot be sent", () => {
  test("too many in flight are lost, counted, and told once in a while", async () => {
    const receiver = await bound();
    const { transport, heard } = await bound({ maxSendsInFlight: 4 });
    for (let i = 0; i < 20; i++) transport.send(receiver.address, Buffer.from("x"));
    expect(heard.troubles, "nothing inside send").toEqual([]);
    await pause(50);
    expect(receiver.heard.datagrams).toHaveLength(4);
    expect(transport.troubles.get("sendsInFlight")).toBe(16);
    expect(heard.troubles).toHaveLength(1);
    expect(heard.troubles[0]).toMatchObject({ code: "ERR_SEND" });
    expect(heard.troubles[0]?.message).toContain("maxSendsInFlight");
    // The slots are free again.
    transport.send(receiver.address, Buffer.from("y"));
    await pause(20);
    expect(receiver.heard.datagrams).toHaveLength(5);
  });

  test("a second report of a kind says how many were not reported", async () => {
    const { transport, heard } = await bound();
    const elsewhere = parseAddress("[::1]:9");
    for (let i = 0; i < 10; i++) transport.send(elsewhere, Buffer.from("x"));
    await pause(1_050);
    transport.send(elsewhere, Buffer.from("x"));
    await pause(5);
    expect(heard.troubles.map((error) => error.message)).toEqual([
      "a datagram to [::1]:9: the socket is IPv4",
      "a datagram to [::1]:9: the socket is IPv4 (and 9 more of this kind since the last report)",
    ]);
    expect(transport.troubles.get("wrongFamily")).toBe(11);
  });

  test("what the system refuses is trouble and blocks nobody", async () => {
    const { transport, heard, address } = await bound();
    transport.send(address, new Uint8Array(65_508));
    transport.send(parseAddress("127.0.0.1:0"), Buffer.from("to port 0"));
    transport.send(parseAddress("255.255.255.255:9"), Buffer.from("to all"));
    transport.send(address, Buffer.from("to myself"));
    await pause(50);
    expect(heard.troubles.length).toBeGreaterThanOrEqual(3);
    expect(heard.troubles.every((error) => "code" in error && error.code === "ERR_SEND")).toBe(
      true,
    );
    expect(transport.troubles.get("EMSGSIZE")).toBe(1);
    expect(heard.datagrams).toEqual([{ from: address, text: "to myself" }]);
  });

  test("a port where nobody listens does not end the socket", async () => {
    const gone = await bound();
    await gone.transport.close();
    const { transport, heard, address } = await bound();
    for (let i = 0; i < 5; i++) {
      transport.send(gone.address, Buffer.from("anybody?"));
      // oxlint-disable-next-line no-await-in-loop -- the refusal must have come back before the next
      await pause(5);
    }
    transport.send(address, Buffer.from("still here"));
    await pause(20);
    expect(heard.datagrams).toHaveLength(1);
  });
});

test("an IPv4 address in its 16-byte form goes out over IPv4", async () => {
  const receiver = await bound();
  const { transport } = await bound();
  const port = receiver.address.split(":")[1];
  transport.send(parseAddress(`[::ffff:127.0.0.1]:${port}`), Buffer.from("mapped"));
  await pause(20);
  expect(receiver.heard.datagrams).toHaveLength(1);
});

test("a burst of 1,000 small datagrams in one turn fits into the receive buffer", async () => {
  const receiver = await bound();
  const { transport } = await bound();
  expect(receiver.transport.receiveBufferBytes).toBeGreaterThan(64 << 10);
  for (let i = 0; i < 1_000; i++) transport.send(receiver.address, Buffer.from(`${i}`));
  await pause(100);
  // On a system whose limit is the usual 208 KiB, some 270 of them fit.
  const fits = Math.min(1_000, Math.floor(receiver.transport.receiveBufferBytes / 1_536));
  expect(receiver.heard.datagrams.length).toBeGreaterThanOrEqual(Math.min(200, fits));
});

describe("bind says what is wrong and what to do", () => {
  test("an address of another machine", async () => {
    const transport = new UdpDatagrams({ bind: "203.0.113.1:0" });
    await expect(transport.bind(new Heard())).rejects.toMatchObject({
      code: "ERR_ADDRESS_UNAVAILABLE",
      message: expect.stringMatching(/UDP 203\.0\.113\.1:0.*no such address.*0\.0\.0\.0/),
      cause: expect.objectContaining({ code: "EADDRNOTAVAIL" }),
    });
    await transport.close();
  });

  test("a port in use", async () => {
    const { address } = await bound();
    await expect(new UdpDatagrams({ bind: address }).bind(new Heard())).rejects.toMatchObject({
      code: "ERR_ADDRESS_IN_USE",
      message: expect.stringContaining("choose another port"),
    });
  });

  test("no IP address", () => {
    expect(() => new UdpDatagrams({ bind: "localhost:7946" })).toThrow(/localhost:7946/);
    expect(() => new UdpDatagrams({ bind: "[fe80::1%eth0]:1" })).toThrow(
      expect.objectContaining({ code: "ERR_ADDRESS" }),
    );
  });

  test("limits that are no numbers", () => {
    expect(() => new UdpDatagrams({ bind: FREE, maxSendsInFlight: 0 })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION", option: "maxSendsInFlight" }),
    );
  });

  test("closed meanwhile", async () => {
    const transport = new UdpDatagrams({ bind: FREE });
    const binding = transport.bind(new Heard());
    const closing = transport.close();
    await expect(binding).rejects.toMatchObject({ code: "ERR_STATE" });
    await closing;
  });
});
