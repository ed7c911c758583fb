/**
 * Two replicas of many keys, some of which differ: what each strategy says until they are the same.
 *
 *     npm run build && node bench/reconcile.mjs [keys=1000000] [differing=1000] [strategy…=all]
 *
 * `map` is what `node.map` stands on, `LWWMap`, by contexts of what was seen; the others are a `KeyedStore`.
 * `fresh`: half of the differing keys were written last at either side. `old`: they were written first of all, and are missing at
 * one side. Keys have 11 bytes, values 8. `set` is one local write; a key's overhead is the whole heap's growth without key and value
 * themselves. Each line is a process of its own; a million keys want 3 GiB.
 * @module
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { text } from "hearsay/codec";
import { converse, KeyedComparison, KeyedStore, STRATEGIES, turnOf } from "hearsay/anti-entropy";
import { contextField, deltaField, HybridClock, LWWMap } from "hearsay/crdt";
import { Sfc32 } from "hearsay/kernel";
import { printMachine, table, variantAsked } from "./measure.mjs";

const FLAGS = ["--expose-gc", "--max-old-space-size=6000", "--max-semi-space-size=64"];
const HOUR = 3_600_000;
const KEY_AND_VALUE_BYTES = 19;

const asked = variantAsked();
if (asked === undefined) report(...process.argv.slice(2));
else {
  const [keys, differing, what, age] = asked.split(" ");
  const runs = { set: measureSet, setMap: measureSetMap, map: measureMap };
  const run = runs[what] ?? measureStrategy;
  console.log(JSON.stringify(run(Number(keys), Number(differing), what, age)));
}

function report(keys = "1000000", differing = "1000", ...named) {
  printMachine();
  const strategies = named.length > 0 ? named : [...STRATEGIES, "map"];
  for (const what of ["set", "setMap"]) {
    const { nsPerSet, overhead } = inProcess(keys, differing, what, "");
    console.log(`${what}: ${whole(1e9 / nsPerSet)} a second, ${overhead.toFixed(0)} bytes a key`);
  }
  console.log("");
  const rows = strategies.flatMap((strategy) =>
    ["fresh", "old"].map((age) => {
      const got = inProcess(keys, differing, strategy, age);
      return [
        strategy,
        age,
        `${got.conversations}`,
        whole(got.messages),
        whole(got.bytes),
        (got.bytes / Number(differing)).toFixed(0),
        (got.sums / Number(differing)).toFixed(1),
        (got.listed / Number(differing)).toFixed(1),
        whole(got.entries),
        got.cpuMs.toFixed(0),
      ];
    }),
  );
  const head = [
    "strategy",
    "differences",
    "rounds",
    "messages",
    "bytes",
    "bytes each",
    "sums each",
  ];
  table([...head, "listed each", "entries", "CPU, ms"], rows);
}

function inProcess(...parameters) {
  const args = [...FLAGS, fileURLToPath(import.meta.url), "--variant", parameters.join(" ")];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function storeOf(origin) {
  return new KeyedStore({ origin, value: text(65_536) });
}

function keyOf(i) {
  return `key-${String(i).padStart(7, "0")}`;
}

function mapOf(replica) {
  return new LWWMap({ replica, clock: new HybridClock(), value: text });
}

function measureSet(keys) {
  return measureSets(keys, () => storeOf("a"));
}

function measureSetMap(keys) {
  return measureSets(keys, () => mapOf("a"));
}

function measureSets(keys, make) {
  const heap = () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // Warm, and then from nothing.
  for (let i = 0, store = make(); i < 50_000; i++) store.set(keyOf(i), "v", i);
  const store = make();
  const before = heap();
  const cpu = process.cpuUsage();
  for (let i = 0; i < keys; i++) store.set(keyOf(i), `v${1_000_000 + i}`, HOUR + i / 100);
  const { user, system } = process.cpuUsage(cpu);
  const overhead = (heap() - before) / keys - KEY_AND_VALUE_BYTES;
  if (store.size !== keys) throw new Error("BUG: keys are missing");
  return { nsPerSet: ((user + system) * 1e3) / keys, overhead };
}

/** By contexts: what has been seen goes one way, what it lacks and the other's context back, and the rest. */
function measureMap(keys, differing, _what, age) {
  const rng = new Sfc32(1);
  const [a, b] = [mapOf("a"), mapOf("b")];
  const now = 3 * HOUR;
  for (let i = 0; i < keys; i++) {
    const delta = a.set(keyOf(i), `v${1_000_000 + i}`, HOUR + i / 100);
    if (age === "fresh" || i >= differing) b.merge(delta, now);
  }
  const changed = age === "fresh" ? differing : 0;
  for (let i = 0; i < changed; i++) {
    (i % 2 === 0 ? a : b).set(keyOf(rng.below(keys)), `w${1_000_000 + i}`, now - 1000 + i / 100);
  }
  const [context, delta] = [contextField(a.limits), deltaField(text, a.limits)];
  const cpu = process.cpuUsage();
  const [first, ours] = [a.context(), b.delta(a.context())];
  const second = b.context();
  a.merge(ours, now);
  const rest = a.delta(second);
  b.merge(rest, now);
  const { user, system } = process.cpuUsage(cpu);
  const bytes =
    context.sizeOf(first) + context.sizeOf(second) + delta.sizeOf(ours) + delta.sizeOf(rest);
  const entries = ours.rows.length + rest.rows.length;
  if (JSON.stringify(a.context()) !== JSON.stringify(b.context()))
    throw new Error("BUG: they differ");
  const cpuMs = (user + system) / 1e3;
  return { conversations: 1, messages: 3, bytes, sums: 0, listed: 0, entries, cpuMs };
}

function measureStrategy(keys, differing, strategy, age) {
  const rng = new Sfc32(1);
  const [a, b] = [storeOf("a"), storeOf("b")];
  const write = (i, wallMs) => a.set(keyOf(i), `v${1_000_000 + i}`, wallMs);
  const options = { rng, wallMs: 3 * HOUR };
  const turn = turnOf(options);
  // What is missing at b was written first; its vector says that there is a gap.
  const isMissing = (i) => age === "old" && i < differing;
  for (let i = 0; i < keys; i++) {
    const entry = write(i, HOUR + i / 100);
    if (!isMissing(i)) b.take(entry, turn);
  }
  if (age === "fresh") {
    for (const [origin, time] of a.vector) b.raise(origin, time);
    for (let i = 0; i < differing; i++) {
      (i % 2 === 0 ? a : b).set(
        keyOf(rng.below(keys)),
        `w${1_000_000 + i}`,
        3 * HOUR - 1000 + i / 100,
      );
    }
  }
  const [first, second] = [a, b].map((store) => new KeyedComparison(store, { strategy }));
  const got = { conversations: 0, messages: 0, bytes: 0, sums: 0, listed: 0, entries: 0 };
  const cpu = process.cpuUsage();
  while (!areSame(a, b) && got.conversations < 50) {
    got.conversations++;
    const onWords = (words) => {
      got.messages++;
      got.bytes += words.length;
      const { sums, listed, entries } = first.look(words);
      got.sums += sums;
      got.listed += listed;
      got.entries += entries;
    };
    converse(first, second, { ...options, onWords });
  }
  const { user, system } = process.cpuUsage(cpu);
  return { ...got, cpuMs: (user + system) / 1e3 };
}

function areSame(a, b) {
  const [left, right] = [a.table.tree.total, b.table.tree.total];
  return left.high === right.high && left.low === right.low && left.count === right.count;
}

function whole(number) {
  return Math.round(number).toLocaleString("en-US");
}
