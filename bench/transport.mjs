/**
 * What the transports cost on loopback, in one process that plays both sides.
 *
 *     npm run build && node bench/transport.mjs [runs]        5 rounds unless told
 *
 * Prints the median of what one costs, the range of the rounds, and how many that makes in a second.
 *
 * - UDP: datagrams of 64 and 1,400 bytes, 32 sends a turn of the loop (libuv reads 32 a turn), the next
 *   turn when all have arrived; one is sent and received.
 * - UDP, `node:dgram` alone: the same without `UdpDatagrams`, its `lookup` and its copies.
 * - TCP: open, 32 KiB each way with both ends, silence; one exchange at a time, and 16 at once.
 * - The turn of `afterIo`: what it costs when nothing waits.
 * @module
 */
import { createSocket } from "node:dgram";
import { NodeClock, TcpStreams, UdpDatagrams } from "hearsay/node";

const RUNS = Number(process.argv[2] ?? 5);
const BURST = 32;
const DATAGRAMS = 64_000;
const EXCHANGES = 2_000;
const BODY = new Uint8Array(32 << 10);
const turn = () => new Promise((resolve) => setImmediate(resolve));

const variants = [
  ["UDP 64 B, UdpDatagrams", () => datagrams(64)],
  ["UDP 1,400 B, UdpDatagrams", () => datagrams(1_400)],
  ["UDP 1,400 B, node:dgram alone", () => bareDatagrams(1_400)],
  ["UDP 1,400 B over IPv6, UdpDatagrams", () => datagrams(1_400, "[::1]:0")],
  ["TCP 32 KiB each way, one at a time", () => exchanges(1)],
  ["TCP 32 KiB each way, 16 at once", () => exchanges(16)],
  ["afterIo with nothing waiting", afterIo],
];
const costs = variants.map(() => []);
// Interleaved, so that a busy moment of the machine does not fall on one variant; round 0 warms up.
for (let round = 0; round <= RUNS; round++) {
  for (const [i, [, measure]] of variants.entries()) {
    const { seconds, count, lost } = await measure().catch(skipped);
    if (round > 0 && count > 0) costs[i].push({ cost: (seconds / count) * 1e6, lost });
  }
}
for (const [i, [name]] of variants.entries()) print(name, costs[i]);

/** A machine without IPv6 cannot do that variant. */
function skipped() {
  return { seconds: 0, count: 0, lost: 0 };
}

function print(name, runs) {
  if (runs.length === 0) {
    console.log(`${name.padEnd(38)} skipped: not possible on this machine`);
    return;
  }
  const sorted = runs.map(({ cost }) => cost).toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  const range = `${sorted[0].toFixed(1)}–${sorted.at(-1).toFixed(1)}`;
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  const rate = Math.round(1e6 / median).toLocaleString("en");
  const losses = lost === 0 ? "" : `, ${lost} lost`;
  console.log(
    `${name.padEnd(38)} ${median.toFixed(1).padStart(6)} µs (${range}), ${rate}/s${losses}`,
  );
}

async function datagrams(size, bind = "127.0.0.1:0") {
  let received = 0;
  const heard = { datagram: () => received++, trouble: () => {} };
  const [a, b] = [new UdpDatagrams({ bind }), new UdpDatagrams({ bind })];
  await a.bind(heard);
  const to = await b.bind(heard);
  const bytes = new Uint8Array(size);
  const result = await pump(
    () => a.send(to, bytes),
    () => received,
  );
  await Promise.all([a.close(), b.close()]);
  return result;
}

async function bareDatagrams(size) {
  let received = 0;
  const open = async () => {
    const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return socket.on("message", () => received++);
  };
  const [a, b] = [await open(), await open()];
  const { port } = b.address();
  const bytes = new Uint8Array(size);
  const done = () => {};
  const result = await pump(
    () => a.send(bytes, 0, size, port, "127.0.0.1", done),
    () => received,
  );
  a.close();
  b.close();
  return result;
}

async function pump(send, received) {
  const start = performance.now();
  let lost = 0;
  for (let sent = 0; sent < DATAGRAMS; sent += BURST) {
    for (let i = 0; i < BURST; i++) send();
    // A datagram that has not come after some turns is lost.
    for (let turns = 0; received() + lost < sent + BURST; turns++) {
      if (turns > 100) lost = sent + BURST - received();
      else await turn();
    }
  }
  return { seconds: (performance.now() - start) / 1e3, count: DATAGRAMS, lost };
}

async function exchanges(atOnce) {
  const [server, client] = [0, 1].map(() => new TcpStreams({ bind: "127.0.0.1:0" }));
  const trouble = () => {};
  const to = await server.bind({ trouble, accept: (stream) => replier(stream) });
  await client.bind({ trouble, accept: () => replier() });
  const exchange = () =>
    new Promise((resolve, reject) => {
      let received = 0;
      const stream = client.open(to, {
        opened() {
          stream.write(BODY);
          stream.finish();
        },
        chunk(bytes) {
          received += bytes.length;
        },
        writable() {},
        ended: () => (received === BODY.length ? resolve() : reject(new Error("cut short"))),
        failed: (reason) => reject(new Error(reason)),
      });
    });
  const start = performance.now();
  for (let done = 0; done < EXCHANGES; done += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, exchange));
  }
  const seconds = (performance.now() - start) / 1e3;
  await Promise.all([server.close(), client.close()]);
  return { seconds, count: EXCHANGES, lost: 0 };
}

/** Answers when the request has ended. */
function replier(stream) {
  return {
    opened() {},
    chunk() {},
    writable() {},
    failed() {},
    ended() {
      stream.write(BODY);
      stream.finish();
    },
  };
}

async function afterIo() {
  const clock = new NodeClock();
  const count = 2_000;
  const start = performance.now();
  for (let i = 0; i < count; i++) await new Promise((resolve) => clock.afterIo(resolve));
  return { seconds: (performance.now() - start) / 1e3, count, lost: 0 };
}
