/**
 * The room that knows Node: sockets, clock, entropy, names.
 * @module
 */
import type { Ports } from "../runtime/index.ts";
import { nodeAead, PooledNonces } from "./aead.ts";
import { NodeClock } from "./clock.ts";
import { nativeCrc32 } from "./crc32.ts";
import { entropyRng } from "./entropy.ts";
import { DnsResolver } from "./resolver.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import { advertisableAddress } from "./socket-address.ts";
import { tcpAlone, udpTcp } from "./udp-tcp.ts";

export { nodeAead, PooledNonces } from "./aead.ts";
export { NodeClock } from "./clock.ts";
export { nativeCrc32 } from "./crc32.ts";
export { entropyRng } from "./entropy.ts";
export { DnsResolver } from "./resolver.ts";
export type { Lookup } from "./resolver.ts";
export { advertisableAddress } from "./socket-address.ts";
export { SnapshotFiles } from "./snapshot-files.ts";
export { TcpStreams } from "./tcp.ts";
export type { TcpOptions } from "./tcp.ts";
export { UdpDatagrams } from "./udp.ts";
export type { UdpOptions } from "./udp.ts";
export { tcpAlone, udpTcp } from "./udp-tcp.ts";
export type { UdpTcpOptions } from "./udp-tcp.ts";

/** Everything that a node takes from this machine. */
export function nodePorts(): Ports {
  return {
    clock: new NodeClock(),
    rng: entropyRng(),
    resolver: new DnsResolver(),
    aead: nodeAead,
    nonces: new PooledNonces(),
    advertisable: (bound) => advertisableAddress(bound),
    transport: (host, port, tcpOnly) => {
      const bind = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      return tcpOnly ? tcpAlone({ bind }) : udpTcp({ bind });
    },
    snapshots: (directory) => new SnapshotFiles(directory),
    ...(nativeCrc32 === undefined ? {} : { crc32: nativeCrc32 }),
  };
}
