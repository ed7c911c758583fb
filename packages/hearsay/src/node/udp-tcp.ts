/**
 * Datagrams over UDP and streams over TCP at one address: what memberlist has, and what nodes use. Or streams alone.
 * @module
 */
import { addressPort, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { pairTransports } from "../runtime/index.ts";
import type { DatagramTransport, Transport } from "../runtime/index.ts";
import { TcpStreams } from "./tcp.ts";
import type { TcpOptions } from "./tcp.ts";
import { UdpDatagrams } from "./udp.ts";
import type { UdpOptions } from "./udp.ts";

/** Both halves' options; `bind` is one for both. */
export interface UdpTcpOptions extends UdpOptions, TcpOptions {}

/** With port 0, how many TCP ports to try until one is free for UDP, too. */
export const PORT_ATTEMPTS = 16;

/**
 * A transport on UDP and TCP.
 *
 * Port 0 takes a port that is free for both; a port that is given is tried once. Bound to a wildcard, it
 * tells `0.0.0.0` or `[::]`; what to tell others is `advertisableAddress`'s matter.
 *
 * @example
 * const transport = udpTcp({ bind: "0.0.0.0:7946" });
 * @throws HearsayError `ERR_ADDRESS`
 */
export function udpTcp(options: UdpTcpOptions): Transport {
  const wanted = parseAddress(options.bind);
  return pairTransports({
    attempts: addressPort(wanted) === 0 ? PORT_ATTEMPTS : 1,
    streams: () => new TcpStreams(options),
    datagrams: (at) => new UdpDatagrams({ ...options, bind: at }),
  });
}

/**
 * A transport on TCP alone, for nodes that are `tcpOnly`: no UDP port is opened, and no datagram comes or goes.
 *
 * @throws HearsayError `ERR_ADDRESS`
 */
export function tcpAlone(options: TcpOptions): Transport {
  parseAddress(options.bind);
  const datagrams = (at: Address): DatagramTransport => ({
    bind: () => Promise.resolve(at),
    send() {},
    close: () => Promise.resolve(),
  });
  return pairTransports({ streams: () => new TcpStreams(options), datagrams });
}
