// Members that are nothing but an answer to pings: as many as one likes, in one process. What they are told to, they
// announce to the whole cluster; what they hear of others does not concern them.
//
//     node ghosts.mjs '{"host":"10.77.0.9","count":300,"key":"…","tell":["10.77.0.1:7946"]}'
import { createSocket } from "node:dgram";
import {
  DEFAULT_LAYER_LIMITS,
  crc32,
  Keyring,
  NO_BYTES,
  PlainEnvelope,
  readLayers,
  SealedEnvelope,
  writeCompoundHeader,
} from "hearsay/codec";
import { encode } from "hearsay/kernel";
import { ACK, ALIVE, PING } from "hearsay/membership";
import { nodeAead, PooledNonces } from "hearsay/node";

const { host, count, key, tell } = JSON.parse(process.argv[2] ?? "");
const FIRST_PORT = 9000;
/** Of an alive that is told at once: what fits into a packet. */
const TOLD_TOGETHER = 8;

const sealing = {
  keyring: new Keyring(nodeAead, [key]),
  nonces: new PooledNonces(),
  version: /** @type {const} */ (1),
  verifyIncoming: true,
  verifyOutgoing: true,
};
const envelope = new SealedEnvelope(sealing, NO_BYTES, new PlainEnvelope(crc32));

function sealed(packet) {
  const buffer = new Uint8Array(packet.length + envelope.overheadBytes);
  buffer.set(packet, envelope.headroomBytes);
  return envelope.seal(
    buffer,
    envelope.headroomBytes,
    envelope.headroomBytes + packet.length,
    false,
  );
}

const ghosts = Array.from({ length: count }, (_, i) => {
  const [name, port] = [`ghost-${i}`, FIRST_PORT + i];
  const socket = createSocket("udp4").bind(port, host);
  socket.on("message", (datagram, from) => {
    const message = (bytes, start, end) => {
      if (bytes[start] !== 0) return;
      const { seq, node } = PING.decode(bytes, start + 1, end);
      const ack = encode(ACK, { type: "ack", seq, payload: undefined });
      if (node === name) socket.send(sealed(ack), from.port, from.address);
    };
    readLayers(envelope.open(datagram), DEFAULT_LAYER_LIMITS, { message, drop() {} });
  });
  return { name, port, socket };
});

function aliveOf({ name, port }) {
  const addr = Uint8Array.from(host.split(".").map(Number));
  const versions = Uint8Array.of(1, 5, 2, 2, 5, 4);
  return encode(ALIVE, {
    type: "alive",
    incarnation: 1,
    node: name,
    addr,
    port,
    meta: undefined,
    versions,
  });
}

function compoundOf(parts) {
  const header = new Uint8Array(2 + 2 * parts.length);
  writeCompoundHeader(
    parts.map(({ length }) => length),
    header,
    0,
  );
  return Buffer.concat([header, ...parts]);
}

for (let at = 0; at < count; at += TOLD_TOGETHER) {
  const packet = compoundOf(ghosts.slice(at, at + TOLD_TOGETHER).map(aliveOf));
  for (const to of tell) {
    const [address, port] = to.split(":");
    ghosts[0]?.socket.send(sealed(packet), Number(port), address);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
process.stdout.write("told\n");
