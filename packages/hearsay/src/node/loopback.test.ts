/** The conformance suite over real sockets. */
import { createSocket } from "node:dgram";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../kernel/index.ts";
import { datagramConformance, streamConformance, transportConformance } from "../runtime/index.ts";
import { TcpStreams } from "./tcp.ts";
import { UdpDatagrams } from "./udp.ts";
import { udpTcp } from "./udp-tcp.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const hasIpv6 = await new Promise<boolean>((resolve) => {
  const socket = createSocket("udp6");
  socket.on("error", () => resolve(false));
  socket.bind(0, "::1", () => socket.close(() => resolve(true)));
});
if (!hasIpv6) console.warn("SKIPPED: this machine has no ::1, so nothing is tried over IPv6");

describe.each(["127.0.0.1:0", "[::1]:0"])("at %s", (free) => {
  const skipped = free.startsWith("[") && !hasIpv6;

  describe.skipIf(skipped)("UDP carries datagrams", () => {
    const cases = datagramConformance({
      make: (bind = parseAddress(free)) => new UdpDatagrams({ bind }),
      pause,
    });
    test.each(cases)("$name", async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });

  describe.skipIf(skipped)("TCP carries streams", () => {
    const cases = streamConformance({
      make: (bind = parseAddress(free)) => new TcpStreams({ bind }),
      pause,
    });
    test.each(cases)("$name", async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });

  describe.skipIf(skipped)("UDP and TCP are a transport", () => {
    const cases = transportConformance({
      make: (bind = parseAddress(free)) => udpTcp({ bind }),
      pause,
    });
    test.each(cases)("$name", async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });
});
