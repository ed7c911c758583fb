/**
 * The rules of datagrams, one case each.
 * @module
 */
import { addressPort, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import {
  expectBytes,
  expectRejection,
  expectThat,
  pattern,
  sameBytes,
  sceneCase,
} from "./transport-conformance-scene.ts";
import type {
  ConformanceCase,
  ConformanceSubject,
  Scene,
  Station,
} from "./transport-conformance-scene.ts";
import type { DatagramTransport } from "./transport.ts";

type DatagramScene = Scene<DatagramTransport>;
type DatagramStation = Station<DatagramTransport>;

/** UDP's over IPv4. */
const USUAL_MAX_BYTES = 65_507;

export function datagramCases(
  subject: ConformanceSubject<DatagramTransport>,
): readonly ConformanceCase[] {
  const maxBytes = subject.maxDatagramBytes ?? USUAL_MAX_BYTES;
  const named = (name: string, play: (scene: DatagramScene) => Promise<void>): ConformanceCase =>
    sceneCase(subject, `datagrams: ${name}`, play);
  const sizes = [1, 2, 1_400, 60_000].filter((size) => size <= maxBytes);
  return [
    named("bind resolves to a canonical address with a port", bindTellsItsAddress),
    named("a datagram arrives whole, from its sender's address, both ways", bothWays),
    ...sizes.map((size) =>
      named(`one of ${size} bytes arrives as it was`, (scene) => carries(scene, size)),
    ),
    named("many sizes arrive neither cut nor joined", neitherCutNorJoined),
    named("an empty datagram does no harm", emptyIsHarmless),
    named("the sender may reuse its bytes when send has returned", senderMayReuse),
    named("a receiver that writes into the bytes disturbs nobody", receiverMayScribble),
    named("nothing is heard before send has returned", nothingInsideSend),
    named("a datagram to nobody does nothing", toNobody),
    named("a datagram twice too large neither throws nor blocks others", (scene) =>
      tooLarge(scene, maxBytes),
    ),
    named("before bind, send does nothing", sendBeforeBind),
    named("after close nothing is heard or sent, and closing again is harmless", closeStops),
    named("close before bind is harmless; bind then rejects", closeBeforeBind),
    named("a transport is bound once", bindOnce),
    named("an address in use rejects with ERR_ADDRESS_IN_USE, and is free after close", inUse),
  ];
}

async function bindTellsItsAddress(scene: DatagramScene): Promise<void> {
  const { address } = await scene.station();
  expectThat(parseAddress(address) === address, `${address} is not in canonical form`);
  expectThat(addressPort(address) > 0, `${address} has no port`);
}

async function bothWays(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  for (const [from, to, seed] of [
    [a, b, 1],
    [b, a, 2],
  ] as const) {
    await deliver(scene, from, to, pattern(100, seed));
    const wrong = to.ear.datagrams.find((datagram) => datagram.from !== from.address);
    expectThat(wrong === undefined, `from ${wrong?.from}, but ${from.address} sent it`);
  }
  expectThat(
    b.ear.datagrams.every(({ bytes }) => bytes.length === 100),
    "something else arrived",
  );
}

async function carries(scene: DatagramScene, size: number): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  await deliver(scene, a, b, pattern(size, size));
}

async function neitherCutNorJoined(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const sizes = Array.from({ length: 24 }, (_, i) => 1 + i * 61);
  const sendAll = (): void => {
    for (const size of sizes) a.transport.send(b.address, pattern(size, size));
  };
  const arrived = (size: number): boolean =>
    b.ear.datagrams.some(({ bytes }) => bytes.length === size);
  sendAll();
  await scene.until("all sizes", () => sizes.every(arrived), sendAll);
  for (const { bytes } of b.ear.datagrams) {
    expectThat(sizes.includes(bytes.length), `${bytes.length} bytes arrived, which nobody sent`);
    expectBytes(`${bytes.length} bytes`, bytes, pattern(bytes.length, bytes.length));
  }
}

async function emptyIsHarmless(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  a.transport.send(b.address, new Uint8Array(0));
  await deliver(scene, a, b, pattern(50));
  const others = b.ear.datagrams.filter(({ bytes }) => bytes.length !== 0 && bytes.length !== 50);
  expectThat(others.length === 0, "something arrived that nobody sent");
}

async function senderMayReuse(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const buffer = new Uint8Array(300);
  const send = (): void => {
    for (let seed = 1; seed <= 8; seed++) {
      buffer.set(pattern(300, seed));
      a.transport.send(b.address, buffer);
    }
    buffer.fill(0);
  };
  const arrived = (seed: number): boolean =>
    b.ear.datagrams.some(({ bytes }) => sameBytes(bytes, pattern(300, seed)));
  send();
  await scene.until(
    "each datagram with the bytes that it had at send",
    () => [1, 2, 3, 4, 5, 6, 7, 8].every(arrived),
    send,
  );
  expectThat(
    b.ear.datagrams.every(({ bytes }) => bytes.some((byte) => byte !== 0)),
    "a datagram carries what was written into the buffer after send",
  );
}

async function receiverMayScribble(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const c = await scene.station();
  b.ear.onDatagram = (bytes) => bytes.fill(0xee);
  const sent = pattern(200, 5);
  const send = (): void => {
    a.transport.send(b.address, sent);
    a.transport.send(c.address, sent);
  };
  send();
  const both = (): boolean => b.ear.datagrams.length > 0 && c.ear.datagrams.length > 0;
  await scene.until("a datagram at both", both, send);
  expectBytes("the sender's own buffer", sent, pattern(200, 5));
  for (const { bytes } of c.ear.datagrams) expectBytes("the other receiver", bytes, sent);
}

async function nothingInsideSend(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const nobody = await scene.nowhere();
  const send = (): void => {
    for (const { ear } of [a, b]) ear.insideCall = "send";
    a.transport.send(b.address, pattern(10));
    a.transport.send(a.address, pattern(10));
    a.transport.send(nobody, pattern(10));
    for (const { ear } of [a, b]) ear.insideCall = undefined;
  };
  send();
  const arrived = (): boolean => a.ear.datagrams.length > 0 && b.ear.datagrams.length > 0;
  await scene.until("a datagram to another and to oneself", arrived, send);
  const early = [...a.ear.tooEarly, ...b.ear.tooEarly];
  expectThat(early.length === 0, `heard too early: ${early.join(", ")}`);
}

async function toNobody(scene: DatagramScene): Promise<void> {
  const nobody = await scene.nowhere();
  const a = await scene.station();
  const b = await scene.station();
  for (let i = 0; i < 5; i++) a.transport.send(nobody, pattern(40));
  await scene.watch();
  expectThat(a.ear.datagrams.length + b.ear.datagrams.length === 0, "somebody else got it");
  await deliver(scene, a, b, pattern(41));
}

async function tooLarge(scene: DatagramScene, maxBytes: number): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  a.transport.send(b.address, new Uint8Array(2 * maxBytes));
  await deliver(scene, a, b, pattern(42));
  const all = b.ear.datagrams.every(({ bytes }) => bytes.length === 42);
  expectThat(all, "a part of the large datagram arrived");
}

async function sendBeforeBind(scene: DatagramScene): Promise<void> {
  const b = await scene.station();
  const a = scene.make();
  a.send(b.address, pattern(20));
  await scene.watch();
  expectThat(b.ear.datagrams.length === 0, "a transport that was not bound sent a datagram");
}

async function closeStops(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  await deliver(scene, a, b, pattern(30));
  a.transport.send(b.address, pattern(31));
  const closing = b.transport.close();
  const heard = b.ear.datagrams.length;
  await closing;
  for (let i = 0; i < 5; i++) {
    a.transport.send(b.address, pattern(32));
    b.transport.send(a.address, pattern(33));
  }
  await b.transport.close();
  await scene.watch();
  expectThat(b.ear.datagrams.length === heard, "a closed transport delivered a datagram");
  expectThat(a.ear.datagrams.length === 0, "a closed transport sent a datagram");
}

async function closeBeforeBind(scene: DatagramScene): Promise<void> {
  const transport = scene.make();
  await transport.close();
  await expectRejection("bind after close", bindDeaf(transport), "ERR_STATE");
}

async function bindOnce(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  await expectRejection("a second bind", bindDeaf(a.transport), "ERR_STATE");
  await deliver(scene, b, a, pattern(60));
}

async function inUse(scene: DatagramScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  await expectRejection("bind", bindDeaf(scene.make(a.address)), "ERR_ADDRESS_IN_USE");
  await deliver(scene, b, a, pattern(70));
  await a.transport.close();
  const heir = await scene.station(a.address);
  expectThat(heir.address === a.address, `asked for ${a.address}, got ${heir.address}`);
  await deliver(scene, b, heir, pattern(71));
}

function bindDeaf(transport: DatagramTransport): Promise<Address> {
  const listener = { datagram() {}, trouble() {}, accept: () => DEAF };
  return transport.bind(listener);
}

const DEAF = { opened() {}, chunk() {}, writable() {}, ended() {}, failed() {} };

/** Sends until it has arrived: datagrams may be lost. */
async function deliver(
  scene: DatagramScene,
  from: DatagramStation,
  to: DatagramStation,
  bytes: Uint8Array,
): Promise<void> {
  const send = (): void => from.transport.send(to.address, bytes);
  const arrived = (): boolean => to.ear.datagrams.some((heard) => sameBytes(heard.bytes, bytes));
  send();
  await scene.until(`a datagram of ${bytes.length} bytes from ${from.address}`, arrived, send);
}
