/**
 * The rules of streams, one case each.
 * @module
 */
import { addressPort, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import {
  expectBytes,
  expectRejection,
  expectThat,
  pattern,
  sceneCase,
  StreamEar,
} from "./transport-conformance-scene.ts";
import type {
  ConformanceCase,
  ConformanceSubject,
  Scene,
  Station,
} from "./transport-conformance-scene.ts";
import type { StreamTransport, TransportStream } from "./transport.ts";

type StreamScene = Scene<StreamTransport>;
type StreamStation = Station<StreamTransport>;

const MIB = 1 << 20;
const MANY = 50;

export function streamCases(
  subject: ConformanceSubject<StreamTransport>,
): readonly ConformanceCase[] {
  const named = (name: string, play: (scene: StreamScene) => Promise<void>): ConformanceCase =>
    sceneCase(subject, `streams: ${name}`, play);
  return [
    named("bind resolves to a canonical address with a port", bindTellsItsAddress),
    named("a dial is opened here and accepted there, with an address", dialIsAccepted),
    named("opened, chunk, ended come in order, and then silence", inOrder),
    named("a request, its end, a reply, its end", halfCloseAndReply),
    named("an acceptor may speak first", acceptorSpeaksFirst),
    named("bytes written before opened arrive", writeBeforeOpened),
    named("writable follows what was written", writableFollows),
    named("8 MiB pass in pieces, each after writable", largeInPieces),
    named("8 MiB pass in one write", largeInOneWrite),
    named("nothing is heard before open, write or finish has returned", nothingInsideCalls),
    named("chunks are the receiver's alone while it reads them", receiverMayScribble),
    named("a dial to nobody fails once, with refused", refused),
    named("abort silences us and fails the other side once, with reset", abortResets),
    named("abort after a large write is no end to the other side", abortIsNoEnd),
    named("an acceptor that aborts at once fails the dialer once", acceptorAborts),
    named("abort before opened: silence", abortBeforeOpened),
    named("calls after finish, abort or failure do nothing", lateCallsDoNothing),
    named(`${MANY} streams at once do not mix`, manyAtOnce),
    named("both may dial each other at the same time", crossedDials),
    named("before bind and after close, open is inert", openWhenNotBound),
    named("close silences us and fails the others; closing again is harmless", closeStops),
    named("close before bind is harmless; bind then rejects", closeBeforeBind),
    named("a transport is bound once", bindOnce),
    named("an address in use rejects with ERR_ADDRESS_IN_USE, and is free after close", inUse),
  ];
}

async function bindTellsItsAddress(scene: StreamScene): Promise<void> {
  const { address } = await scene.station();
  expectThat(parseAddress(address) === address, `${address} is not in canonical form`);
  expectThat(addressPort(address) > 0, `${address} has no port`);
}

async function dialIsAccepted(scene: StreamScene): Promise<void> {
  const { near, far, b } = await connected(scene);
  const from = far.from as Address;
  expectThat(parseAddress(from) === from, `from ${from} is not in canonical form`);
  await scene.watch();
  expectThat(near.text === "opened", `the dialer heard ${near.text}, expected opened`);
  expectThat(far.text === "", `the acceptor heard ${far.text} of a stream that says nothing`);
  expectThat(b.ear.accepted.length === 1, `accepted ${b.ear.accepted.length} times`);
  expectThat(b.ear.tooEarly.length === 0, b.ear.tooEarly.join(", "));
}

async function inOrder(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  const sent = pattern(5_000);
  near.stream?.write(sent.slice(0, 3_000));
  near.stream?.write(sent.slice(3_000));
  near.stream?.finish();
  await scene.until("the end at the acceptor", () => far.ends > 0);
  expectBytes("what was written before finish", far.bytes, sent);
  far.stream?.finish();
  await scene.until("the end at the dialer", () => near.ends > 0);
  await scene.watch();
  expectThat(far.text === "chunk ended", `the acceptor heard ${far.text}`);
  const heard = near.heard.filter((event) => event !== "writable").join(" ");
  expectThat(heard === "opened ended", `the dialer heard ${heard}`);
}

async function halfCloseAndReply(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  near.stream?.write(pattern(2_000, 1));
  near.stream?.finish();
  await scene.until("the request's end", () => far.ends > 0);
  expectBytes("request", far.bytes, pattern(2_000, 1));
  // Our side has ended, theirs has not: it may take its time.
  await scene.watch();
  expectThat(near.ends === 0, "the dialer heard an end that nobody has sent");
  far.stream?.write(pattern(3_000, 2));
  far.stream?.finish();
  await scene.until("the reply's end", () => near.ends > 0);
  expectBytes("reply", near.bytes, pattern(3_000, 2));
  await scene.watch();
  expectThat(near.ends === 1 && far.ends === 1, "an end was heard twice");
  expectThat(
    near.failures + far.failures === 0,
    `failed after a clean end: ${near.text} | ${far.text}`,
  );
}

async function acceptorSpeaksFirst(scene: StreamScene): Promise<void> {
  const { near } = await connected(scene, (far) => {
    far.stream?.write(pattern(700));
    far.stream?.finish();
  });
  await scene.until("the end", () => near.ends > 0);
  expectThat(near.text === "opened chunk ended", `the dialer heard ${near.text}`);
  expectBytes("the greeting", near.bytes, pattern(700));
}

async function writeBeforeOpened(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const near = dial(a, b.address);
  near.stream?.write(pattern(400));
  near.stream?.finish();
  await scene.until("the end at the acceptor", () => b.ear.accepted[0]?.ends === 1);
  expectBytes("what was written", (b.ear.accepted[0] as StreamEar).bytes, pattern(400));
  expectThat(near.heard[0] === "opened", `the dialer heard ${near.text}`);
}

async function writableFollows(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  for (const [ear, stream] of [
    [near, near.stream],
    [far, far.stream],
  ] as const) {
    await scene.watch();
    expectThat(ear.writables === 0, "writable without a write");
    stream?.write(pattern(100));
    await scene.until("writable", () => ear.writables === 1);
    stream?.write(pattern(100));
    await scene.until("writable after the second write", () => ear.writables === 2);
  }
}

async function largeInPieces(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  const sent = pattern(8 * MIB);
  const piece = 256 << 10;
  let at = 0;
  const writeNext = (): void => {
    near.stream?.write(sent.subarray(at, at + piece));
    at += piece;
    if (at >= sent.length) near.stream?.finish();
  };
  near.on = (event) => {
    if (event === "writable" && at < sent.length) writeNext();
  };
  writeNext();
  await scene.until("8 MiB in pieces", () => far.ends > 0);
  expectBytes("8 MiB in pieces", far.bytes, sent);
}

async function largeInOneWrite(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  const sent = pattern(8 * MIB, 3);
  far.stream?.write(sent);
  far.stream?.finish();
  await scene.until("8 MiB in one write", () => near.ends > 0);
  expectBytes("8 MiB in one write", near.bytes, sent);
}

async function nothingInsideCalls(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const nobody = await scene.nowhere();
  b.ear.onAccept = (far) => {
    far.insideCall = "accept";
    far.stream?.write(pattern(10));
    far.stream?.finish();
    far.insideCall = undefined;
  };
  const dialed = [b.address, a.address, nobody].map((to) => {
    const near = new StreamEar();
    for (const { ear } of [a, b]) ear.insideCall = "a call of the dialer";
    near.insideCall = "open";
    const stream = a.transport.open(to, near);
    near.insideCall = "write";
    stream.write(pattern(10));
    near.insideCall = "finish";
    stream.finish();
    near.insideCall = undefined;
    for (const { ear } of [a, b]) ear.insideCall = undefined;
    return near;
  });
  await scene.until("three outcomes", () => {
    const [toB, , refusedDial] = dialed as [StreamEar, StreamEar, StreamEar];
    return toB.ends > 0 && refusedDial.failures > 0 && a.ear.accepted.length > 0;
  });
  const ears = [a.ear, b.ear, ...dialed, ...a.ear.accepted, ...b.ear.accepted];
  const early = ears.flatMap((ear) => ear.tooEarly);
  expectThat(early.length === 0, `heard too early: ${early.join(", ")}`);
}

async function receiverMayScribble(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  b.ear.onAccept = (far) => {
    far.onChunk = (bytes) => bytes.fill(0xee);
  };
  const sent = pattern(900, 4);
  const ends = [dial(a, b.address), dial(a, b.address)];
  for (const { stream } of ends) {
    stream?.write(sent);
    stream?.finish();
  }
  const all = (): boolean => b.ear.accepted.filter((far) => far.ends > 0).length === 2;
  await scene.until("both ends", all);
  expectBytes("the sender's own bytes", sent, pattern(900, 4));
  for (const far of b.ear.accepted) expectBytes("each receiver", far.bytes, pattern(900, 4));
}

async function refused(scene: StreamScene): Promise<void> {
  const nobody = await scene.nowhere();
  const a = await scene.station();
  const near = dial(a, nobody);
  near.stream?.write(pattern(10));
  near.stream?.finish();
  await scene.until("a failure", () => near.failures > 0);
  await scene.watch();
  expectThat(near.text === "failed:refused", `the dialer heard ${near.text}`);
}

async function abortResets(scene: StreamScene): Promise<void> {
  for (const side of ["dialer", "acceptor"] as const) {
    const { near, far } = await connected(scene);
    near.stream?.write(pattern(100));
    await scene.until("the first bytes", () => far.received === 100);
    await scene.until("writable", () => near.writables > 0);
    const [one, other] = side === "dialer" ? [near, far] : [far, near];
    one.stream?.abort();
    const calls = one.calls;
    await scene.until(`a failure opposite the ${side}`, () => other.failures > 0);
    await scene.watch();
    expectThat(one.calls === calls, `the ${side} aborted and still heard ${one.text}`);
    expectThat(
      other.heard.at(-1) === "failed:reset" && other.failures === 1 && other.ends === 0,
      `opposite the ${side} that aborted: ${other.text}`,
    );
  }
}

async function abortIsNoEnd(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  near.stream?.write(pattern(8 * MIB));
  near.stream?.finish();
  near.stream?.abort();
  await scene.until("an outcome", () => far.failures + far.ends > 0);
  await scene.watch();
  expectThat(far.ends === 0, `${far.received} of ${8 * MIB} bytes, and then a clean end`);
  expectThat(far.failures === 1, `the other side heard ${far.text}`);
}

async function acceptorAborts(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene, (ear) => ear.stream?.abort());
  await scene.until("a failure", () => near.failures > 0);
  near.stream?.write(pattern(10));
  await scene.watch();
  expectThat(near.failures === 1 && near.ends === 0, `the dialer heard ${near.text}`);
  expectThat(far.calls === 0, `the acceptor aborted and heard ${far.text}`);
}

async function abortBeforeOpened(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const nobody = await scene.nowhere();
  const ears = [dial(a, b.address), dial(a, nobody)];
  for (const { stream } of ears) {
    stream?.write(pattern(10));
    stream?.abort();
  }
  await scene.watch();
  const heard = ears.map((ear) => ear.text).join("");
  expectThat(heard === "", `heard after abort: ${heard}`);
}

async function lateCallsDoNothing(scene: StreamScene): Promise<void> {
  const { near, far } = await connected(scene);
  near.stream?.write(pattern(50));
  near.stream?.finish();
  writeLate(near.stream);
  await scene.until("the end", () => far.ends > 0);
  far.stream?.finish();
  await scene.until("the end of the reply", () => near.ends > 0);
  for (const { stream } of [near, far]) {
    writeLate(stream);
    stream?.abort();
    writeLate(stream);
    stream?.abort();
  }
  await scene.watch();
  expectBytes("what was written before finish", far.bytes, pattern(50));
  expectThat(near.failures + far.failures === 0, `heard ${near.text} | ${far.text}`);

  const second = await connected(scene);
  second.far.stream?.abort();
  await scene.until("a failure", () => second.near.failures > 0);
  writeLate(second.near.stream);
  second.near.stream?.abort();
  await scene.watch();
  expectThat(second.near.heard.at(-1) === "failed:reset", `heard ${second.near.text}`);
}

function writeLate(stream: TransportStream | undefined): void {
  stream?.write(pattern(10));
  stream?.finish();
}

async function manyAtOnce(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  b.ear.onAccept = (far) => {
    far.on = (event) => {
      if (event !== "ended") return;
      far.stream?.write(far.bytes);
      far.stream?.finish();
    };
  };
  const ears = Array.from({ length: MANY }, (_, i) => {
    const near = dial(a, b.address);
    near.stream?.write(pattern(1_000 + i, i));
    near.stream?.finish();
    return near;
  });
  await scene.until("all replies", () => ears.every((near) => near.ends + near.failures > 0));
  for (const [i, near] of ears.entries()) {
    expectBytes(`stream ${i} of ${MANY} (${near.text})`, near.bytes, pattern(1_000 + i, i));
  }
}

async function crossedDials(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  const ears = [dial(a, b.address), dial(b, a.address)];
  for (const [i, { stream }] of ears.entries()) {
    stream?.write(pattern(100, i));
    stream?.finish();
  }
  const both = (): boolean => a.ear.accepted[0]?.ends === 1 && b.ear.accepted[0]?.ends === 1;
  await scene.until("both ends", both);
  expectBytes("from a", (b.ear.accepted[0] as StreamEar).bytes, pattern(100, 0));
  expectBytes("from b", (a.ear.accepted[0] as StreamEar).bytes, pattern(100, 1));
}

async function openWhenNotBound(scene: StreamScene): Promise<void> {
  const b = await scene.station();
  const closed = await scene.station();
  await closed.transport.close();
  for (const transport of [scene.make(), closed.transport]) {
    const near = new StreamEar();
    const stream = transport.open(b.address, near);
    stream.write(pattern(10));
    stream.finish();
    stream.abort();
    await scene.watch();
    expectThat(near.calls === 0, `heard ${near.text}`);
  }
  expectThat(b.ear.accepted.length === 0, "a stream came from a transport that is not bound");
}

async function closeStops(scene: StreamScene): Promise<void> {
  const { near, far, a, b } = await connected(scene);
  const other = dial(b, a.address);
  await scene.until("a second stream", () => a.ear.accepted.length === 1 && other.calls > 0);
  const closing = a.transport.close();
  const calls = near.calls;
  near.stream?.write(pattern(10));
  await closing;
  await a.transport.close();
  await scene.until("the failures", () => far.failures > 0 && other.failures > 0);
  const late = dial(b, a.address);
  await scene.until("a refusal", () => late.failures > 0);
  await scene.watch();
  expectThat(near.calls === calls, `closed, and still heard ${near.text}`);
  for (const ear of [far, other]) {
    expectThat(ear.failures === 1 && ear.ends === 0, `opposite the closed one: ${ear.text}`);
  }
  expectThat(a.ear.accepted.length === 1, "a closed transport accepted a stream");
  expectThat(late.text === "failed:refused", `a dial to a closed transport heard ${late.text}`);
}

async function closeBeforeBind(scene: StreamScene): Promise<void> {
  const transport = scene.make();
  await transport.close();
  await expectRejection("bind after close", bindDeaf(transport), "ERR_STATE");
}

async function bindOnce(scene: StreamScene): Promise<void> {
  const { b, near, far } = await connected(scene);
  await expectRejection("a second bind", bindDeaf(b.transport), "ERR_STATE");
  near.stream?.write(pattern(10));
  await scene.until("bytes on the stream that was there", () => far.received === 10);
}

async function inUse(scene: StreamScene): Promise<void> {
  const a = await scene.station();
  const b = await scene.station();
  await expectRejection("bind", bindDeaf(scene.make(a.address)), "ERR_ADDRESS_IN_USE");
  const first = dial(b, a.address);
  await scene.until("a stream to the first", () => first.heard[0] === "opened");
  await a.transport.close();
  const heir = await scene.station(a.address);
  expectThat(heir.address === a.address, `asked for ${a.address}, got ${heir.address}`);
  const second = dial(b, heir.address);
  await scene.until("a stream to the heir", () => second.heard[0] === "opened");
}

/** Two stations with a stream from `a` to `b`, opened and accepted. */
async function connected(
  scene: StreamScene,
  onAccept: (far: StreamEar) => void = () => {},
): Promise<{ a: StreamStation; b: StreamStation; near: StreamEar; far: StreamEar }> {
  const a = await scene.station();
  const b = await scene.station();
  b.ear.onAccept = onAccept;
  const near = dial(a, b.address);
  await scene.until("opened and accepted", () => near.calls > 0 && b.ear.accepted.length > 0);
  return { a, b, near, far: b.ear.accepted[0] as StreamEar };
}

function dial(from: StreamStation, to: Address): StreamEar {
  const ear = new StreamEar();
  ear.stream = from.transport.open(to, ear);
  return ear;
}

function bindDeaf(transport: StreamTransport): Promise<Address> {
  return transport.bind({ accept: () => new StreamEar(), trouble() {}, ...DEAF });
}

/** What a transport of both kinds expects beside. */
const DEAF = { datagram() {} };
