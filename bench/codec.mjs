/**
 * Our codec beside other encoders of msgpack, and beside Go's memberlist.
 *
 *     npm run build && node bench/codec.mjs [rounds=5] [--go FILE]
 *
 * - hearsay, reused buffer: `encodeInto` a buffer that is there, as a datagram is made.
 * - hearsay, new bytes: `encode`, which allocates what it returns, as the others' plain calls do.
 * - the others encode and decode the same maps, keys in the same order. None of them can write what memberlist
 *   reads: text beyond 31 bytes becomes str8, bytes become bin (old peers take neither), and there is no type
 *   byte in front. So theirs is slightly less work, and their decode checks nothing: no limits, no address of
 *   4 or 16 bytes, no strict UTF-8, and takes bin where memberlist sends raw. Where they read raw bytes they
 *   make text of them, which loses addresses; their compounds are therefore their own alive messages.
 * - msgpackr is measured where it is installed (`npm install --no-save msgpackr@2.1.3`): its optional native part
 *   has no place in everybody's `npm ci`.
 * - `--go FILE`: a program that times memberlist's own encode and decode of the same values on one core and
 *   prints `{"figures": [{"name": "encode_ping", "ns_per_op": …}, …]}`; it runs once a round, too.
 *
 * A compound is 20 alive messages in 1,362 bytes: split, every message decoded.
 * @module
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { DEFAULT_LAYER_LIMITS, readLayers } from "hearsay/codec";
import { Outgoing, Packet } from "hearsay/composition";
import { encode } from "hearsay/kernel";
import { ALIVE, PING } from "hearsay/membership";
import {
  digits,
  interleave,
  median,
  perCall,
  printMachine,
  spread,
  table,
  variantAsked,
} from "./measure.mjs";

const ADDRESS = new Uint8Array([127, 0, 0, 1]);
const VERSIONS = new Uint8Array([1, 5, 2, 2, 5, 4]);
const META = new TextEncoder().encode("role=web,dc=eu");
const PARTS = 20;

const ping = {
  type: "ping",
  seq: 123_456,
  node: "node-00042",
  sourceAddr: ADDRESS,
  sourcePort: 7946,
  sourceNode: "node-00007",
};
const alive = aliveOf("node-00042", META);
const alives = Array.from({ length: PARTS }, (_, i) => {
  return aliveOf(`node-${String(i).padStart(5, "0")}`, undefined);
});

function aliveOf(node, meta) {
  return {
    type: "alive",
    incarnation: 7,
    node,
    addr: ADDRESS,
    port: 7946,
    meta,
    versions: VERSIONS,
  };
}

// The same as maps, keys in the order of the wire.
const pingMap = {
  Node: ping.node,
  SeqNo: ping.seq,
  SourceAddr: ADDRESS,
  SourceNode: ping.sourceNode,
  SourcePort: ping.sourcePort,
};
const mapOf = ({ node, incarnation, addr, port, meta, versions }) => {
  const [Addr, Incarnation, Meta, Node, Port] = [addr, incarnation, meta ?? null, node, port];
  return { Addr, Incarnation, Meta, Node, Port, Vsn: versions };
};

const TASKS = ["encode ping", "decode ping", "encode alive", "decode alive", "split and decode 20"];
const GO_NAMES = [
  "encode_ping",
  "decode_ping",
  "encode_alive",
  "decode_alive",
  `compound_split_decode_${PARTS}_alive`,
];

/** By name: makes an encoder and a decoder of maps. */
const MAKERS = {
  msgpackr: async () => {
    const { Packr } = await import("msgpackr");
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    return { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) };
  },
  "@msgpack/msgpack": async () => {
    const { Decoder, Encoder } = await import("@msgpack/msgpack");
    const [encoder, decoder] = [new Encoder(), new Decoder()];
    return { encode: (map) => encoder.encode(map), decode: (bytes) => decoder.decode(bytes) };
  },
  "@msgpack/msgpack, shared buffer": async () => {
    const { Decoder, Encoder } = await import("@msgpack/msgpack");
    const [encoder, decoder] = [new Encoder(), new Decoder()];
    const shared = (map) => encoder.encodeSharedRef(map);
    return { encode: shared, decode: (bytes) => decoder.decode(bytes) };
  },
  "notepack.io": async () => (await import("notepack.io")).default,
};

function ours(fresh) {
  const buffer = new Uint8Array(1500);
  const into = (type, message) => {
    return fresh ? () => encode(type, message).length : () => type.encodeInto(message, buffer, 0);
  };
  const from = (type, message) => {
    const bytes = encode(type, message);
    return () => type.decode(bytes, 1, bytes.length);
  };
  const [first, ...more] = alives.map((message) => new Outgoing(ALIVE, message));
  const packet = new Packet(first, more);
  const compound = new Uint8Array(packet.size);
  packet.encodeInto(compound, 0);
  const sink = {
    count: 0,
    message(bytes, start, end) {
      ALIVE.decode(bytes, start + 1, end);
      this.count++;
    },
    drop(reason) {
      throw new Error(reason);
    },
  };
  return [
    into(PING, ping),
    from(PING, ping),
    into(ALIVE, alive),
    from(ALIVE, alive),
    () => readLayers(compound, DEFAULT_LAYER_LIMITS, sink),
  ];
}

async function theirs(name) {
  const { encode: pack, decode } = await MAKERS[name]();
  const packed = (map) => Uint8Array.prototype.slice.call(Buffer.from(pack(map)));
  const [pingBytes, aliveBytes] = [packed(pingMap), packed(mapOf(alive))].map(Buffer.from);
  const parts = alives.map((one) => Buffer.from(pack(mapOf(one))));
  // As memberlist's: 7, the count, lengths of two bytes each, the messages.
  const lengths = parts.flatMap(({ length }) => [length >> 8, length & 0xff]);
  const compound = Buffer.concat([Buffer.from([7, parts.length, ...lengths]), ...parts]);
  const aliveMap = mapOf(alive);
  return [
    () => pack(pingMap),
    () => decode(pingBytes),
    () => pack(aliveMap),
    () => decode(aliveBytes),
    () => {
      let at = 2 + 2 * compound[1];
      for (let i = 0; i < compound[1]; i++) {
        const end = at + ((compound[2 + 2 * i] << 8) | compound[3 + 2 * i]);
        decode(compound.subarray(at, end));
        at = end;
      }
    },
  ];
}

const OURS = { "hearsay, reused buffer": false, "hearsay, new bytes": true };

async function measure(variant) {
  const [name, task] = variant.split(": ");
  const tasks = Object.hasOwn(OURS, name) ? ours(OURS[name]) : await theirs(name);
  return perCall(tasks[TASKS.indexOf(task)]);
}

function installed(name) {
  try {
    createRequire(import.meta.url).resolve(name.split(",")[0]);
    return true;
  } catch {
    console.log(`${name}: not installed, not measured`);
    return false;
  }
}

function report() {
  const { rounds, go } = options();
  printMachine();
  const names = [...Object.keys(OURS), ...Object.keys(MAKERS).filter(installed)];
  const variants = names.flatMap((name) => TASKS.map((task) => `${name}: ${task}`));
  const figures = new Map(variants.map((variant) => [variant, []]));
  const goRuns = GO_NAMES.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const one = interleave(fileURLToPath(import.meta.url), variants, 1);
    for (const [variant, runs] of one) figures.get(variant).push(...runs);
    if (go !== undefined) {
      for (const [i, ns] of runGo(go).entries()) goRuns[i].push(ns);
    }
  }
  const rows = names.map((name) => {
    const cells = TASKS.map((task) => {
      const runs = figures.get(`${name}: ${task}`);
      return `${spread(runs.map(({ ns }) => ns))}, ${Math.min(...runs.map((run) => run.bytes))} B`;
    });
    return [name].concat(cells);
  });
  if (go !== undefined) rows.push(["Go's memberlist", ...goRuns.map((runs) => spread(runs))]);
  table(["ns and bytes of garbage per call", ...TASKS], rows);
  const [reused] = Object.keys(OURS);
  const own = TASKS.map(
    (task) => median(figures.get(`${reused}: ${task}`).map(({ ns }) => ns)).median,
  );
  const others = names.slice(1).map((name) => {
    const cells = TASKS.map((task, i) => {
      const { median: middle } = median(figures.get(`${name}: ${task}`).map(({ ns }) => ns));
      return digits(middle / own[i]);
    });
    return [name].concat(cells);
  });
  if (go !== undefined) {
    others.push([
      "Go's memberlist",
      ...goRuns.map((runs, i) => digits(median(runs).median / own[i])),
    ]);
  }
  table([`times the cost of ${reused}`, ...TASKS], others);
}

function options() {
  const args = process.argv.slice(2);
  const at = args.indexOf("--go");
  const go = at < 0 ? undefined : args[at + 1];
  if (at >= 0) args.splice(at, 2);
  return { rounds: Number(args[0] ?? 5), go };
}

function runGo(program) {
  const output = execFileSync(program, ["-runs", "1"], { stdio: ["ignore", "pipe", "ignore"] });
  const { figures } = JSON.parse(output.toString());
  return GO_NAMES.map((name) => figures.find((figure) => figure.name === name).ns_per_op);
}

const asked = variantAsked();
if (asked === undefined) report();
else console.log(JSON.stringify(await measure(asked)));
