/**
 * What a hostile packet costs a node until it is refused, from the transport's hands on.
 *
 *     npm run build && node bench/hostile.mjs [rounds=5]
 *
 * Each kind is refused in another place; a node alone, with all tenants of `createNode`, gets the same packet again and again,
 * as a flood does. The system's share, which is to read a datagram and hand it over, comes on top.
 * @module
 */
import { createNode } from "hearsay";
import {
  interleave,
  median,
  perCall,
  printMachine,
  spread,
  table,
  variantAsked,
} from "./measure.mjs";

const hex = (text) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const text = (word) => Buffer.from(word).toString("hex");
const field = (name, value) => `${(0xa0 + name.length).toString(16)}${text(name)}${value}`;

const KINDS = {
  "a label that is not ours": hex(`f4 03 ${text("dc9")} 00 80`),
  "a checksum that differs": hex("0c 00000000 00 80"),
  "encrypted, and we are not": new Uint8Array(100).fill(1),
  "a type that nobody reads": hex("1e 80"),
  "another program's message": hex("08 05 80"),
  "a ping cut short": hex(`00 82 ${field("SeqNo", "01")} ${field("Node", "a3 61")}`),
  "msgpack that is none": hex("04 c1 c1 c1"),
  "a compound of 100 cut pings": compound(100, hex(`00 81 ${field("SeqNo", "ce")}`)),
  "news from a stranger of nobody": hex(
    `05 83 ${field("Incarnation", "01")} ${field("Node", `a3${text("eve")}`)} ${field("From", `a3${text("bob")}`)}`,
  ),
};

function compound(count, part) {
  const lengths = Array.from({ length: count }, () => [
    part.length >> 8,
    part.length & 0xff,
  ]).flat();
  return Uint8Array.from([
    7,
    count,
    ...lengths,
    ...Array.from({ length: count }, () => [...part]).flat(),
  ]);
}

async function measured(kind) {
  let listener;
  const transport = {
    bind: (to) => {
      listener = to;
      return Promise.resolve("10.0.0.1:7946");
    },
    send() {},
    open: () => ({ write() {}, finish() {}, abort() {} }),
    close: () => Promise.resolve(),
  };
  const node = createNode({ name: "ann", transport });
  await node.start();
  const packet = KINDS[kind];
  const figures = perCall(() => listener.datagram("192.0.2.7:4711", packet));
  await node.stop();
  return figures;
}

const asked = variantAsked();
if (asked === undefined) {
  printMachine();
  const kinds = Object.keys(KINDS);
  const rounds = Number(process.argv[2] ?? 5);
  const figures = interleave(import.meta.filename, kinds, rounds);
  const rows = kinds.map((kind) => {
    const of = (what) => figures.get(kind).map((one) => one[what]);
    return [kind, `${KINDS[kind].length}`, spread(of("ns")), `${median(of("bytes")).median}`];
  });
  table(["packet", "bytes", "ns until refused", "garbage, bytes"], rows);
} else console.log(JSON.stringify(await measured(asked)));
