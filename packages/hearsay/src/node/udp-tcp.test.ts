import { describe, expect, onTestFinished, test } from "vitest";
import { addressPort, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { Transport, TransportListener } from "../runtime/index.ts";
import { DEAF_LISTENER } from "../runtime/index.ts";
import { advertisableAddress, toAddress } from "./socket-address.ts";
import { TcpStreams } from "./tcp.ts";
import { UdpDatagrams } from "./udp.ts";
import { udpTcp } from "./udp-tcp.ts";

const listener: TransportListener = { datagram() {}, trouble() {}, accept: () => DEAF_LISTENER };

function closing<T extends { close(): Promise<void> }>(transport: T): T {
  onTestFinished(() => transport.close());
  return transport;
}

/** A UDP port that is taken, its TCP side free: other tests on this machine use TCP ports, too. */
async function udpPortFreeForTcp(): Promise<Address> {
  for (;;) {
    const taken = await closing(new UdpDatagrams({ bind: "127.0.0.1:0" })).bind(listener);
    const tcp = new TcpStreams({ bind: taken });
    const isFree = await tcp.bind(listener).then(
      () => true,
      () => false,
    );
    await tcp.close();
    if (isFree) return taken;
  }
}

describe("UDP and TCP at one address", () => {
  test("a given port whose UDP side is taken is refused, and its TCP side left free", async () => {
    const taken = await udpPortFreeForTcp();
    await expect(closing(udpTcp({ bind: taken })).bind(listener)).rejects.toMatchObject({
      code: "ERR_ADDRESS_IN_USE",
      message: expect.stringContaining(`UDP ${taken}`),
    });
    await expect(closing(new TcpStreams({ bind: taken })).bind(listener)).resolves.toBe(taken);
  });

  test("the wildcards of both families share a port number without a fight", async () => {
    const all4 = await closing(udpTcp({ bind: "0.0.0.0:0" })).bind(listener);
    expect(all4).toMatch(/^0\.0\.0\.0:\d+$/);
    const all6 = closing(udpTcp({ bind: `[::]:${addressPort(all4)}` }));
    const outcome = await all6.bind(listener).catch((error: { code: string }) => error.code);
    // A machine without IPv6 says so; no machine says that the port is in use.
    expect([`[::]:${addressPort(all4)}`, "ERR_ADDRESS_UNAVAILABLE"]).toContain(outcome);
  });

  test("many nodes with port 0 at once all find one", async () => {
    const nodes = Array.from({ length: 50 }, (): Transport =>
      closing(udpTcp({ bind: "127.0.0.1:0" })),
    );
    const addresses = await Promise.all(nodes.map((node) => node.bind(listener)));
    expect(new Set(addresses).size).toBe(50);
  });

  test("closed while binding, it rejects and leaves nothing open", async () => {
    const transport = udpTcp({ bind: "127.0.0.1:0" });
    const binding = transport.bind(listener);
    const closed = transport.close();
    await expect(binding).rejects.toMatchObject({ code: "ERR_STATE" });
    await closed;
  });
});

describe("advertisableAddress", () => {
  const info = (address: string, internal = false) => ({
    address,
    internal,
    netmask: "",
    mac: "",
    cidr: null,
    ...(address.includes(":")
      ? { family: "IPv6" as const, scopeid: 0 }
      : { family: "IPv4" as const }),
  });
  const lo = [info("127.0.0.1", true), info("::1", true)];
  test.each([
    ["one address stays", "10.0.0.7:7946", [info("10.0.0.9")], "10.0.0.7:7946"],
    ["a private one", "0.0.0.0:7946", [info("192.168.1.5")], "192.168.1.5:7946"],
    ["private before public", "0.0.0.0:1", [info("8.8.4.4"), info("172.16.0.1")], "172.16.0.1:1"],
    ["the first public one", "0.0.0.0:1", [info("8.8.4.4"), info("9.9.9.9")], "8.8.4.4:1"],
    ["no link-local one", "0.0.0.0:1", [info("169.254.1.1"), info("8.8.4.4")], "8.8.4.4:1"],
    ["nothing but loopback", "0.0.0.0:1", [], "127.0.0.1:1"],
    ["of the same family", "[::]:1", [info("10.0.0.1"), info("fd00::2")], "[fd00::2]:1"],
    [
      "IPv6 without a zone",
      "[::]:1",
      [info("fe80::1%eth0"), info("2001:db8::1")],
      "[2001:db8::1]:1",
    ],
    ["IPv6 loopback", "[::]:1", [info("10.0.0.1")], "[::1]:1"],
  ])("%s", (_name, bound, eth0, expected) => {
    expect(advertisableAddress(parseAddress(bound), { lo, eth0 })).toBe(expected);
  });
});

test("addresses of the system become canonical, zones stripped", () => {
  expect(toAddress("127.0.0.1", 80)).toBe("127.0.0.1:80");
  expect(toAddress("fe80::1%eth0", 80)).toBe("[fe80::1]:80");
  expect(toAddress("::ffff:1.2.3.4", 80)).toBe("[::ffff:102:304]:80");
});
