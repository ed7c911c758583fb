// False deaths and detection times in virtual time: plain SWIM, each part of Lifeguard, and all that we have.
//
//     npm run build && node bench/lifeguard.mjs [seeds=10]
//
// Troubled nodes are stopped again and again (SIGSTOP), or cut off while their timers run (the paper's anomaly), or
// work for a while at each input. A false death is a `fail` told of an untroubled node; "by the healthy" counts those
// that another untroubled node tells. Deaths of the troubled are counted apart: after seconds of silence they are no
// error of anybody. The preset is lan, latency 1 to 10 ms, and the seeds are the same for every row.
import { Sfc32 } from "hearsay/kernel";
import { Cluster } from "hearsay/sim";

const seeds = Number(process.argv[2] ?? 10);

const SWIM = {
  awarenessMaxMultiplier: 1,
  nacks: false,
  confirmations: false,
  buddy: false,
  lastCall: false,
  tcpPing: false,
  selfDistrust: false,
};
const PROBE = { awarenessMaxMultiplier: 8, nacks: true };
const SUSPICION = { confirmations: true };
const BUDDY = { buddy: true };
const CONFIGS = {
  SWIM,
  "LHA-Probe": { ...SWIM, ...PROBE },
  "LHA-Suspicion": { ...SWIM, ...SUSPICION },
  Buddy: { ...SWIM, ...BUDDY },
  "self-distrust": { ...SWIM, selfDistrust: true },
  "last call": { ...SWIM, lastCall: true },
  "TCP ping": { ...SWIM, tcpPing: true },
  Lifeguard: { ...SWIM, ...PROBE, ...SUSPICION, ...BUDDY },
  all: {},
};

const TROUBLES = {
  "1 of 16 stopped for 1-5 s": { n: 16, troubled: 1, stopMs: [1000, 5000] },
  "1 of 16 cut off for 1-5 s": { n: 16, troubled: 1, cutMs: [1000, 5000] },
  "1 of 16 cut off for 1-20 s": { n: 16, troubled: 1, cutMs: [1000, 20_000] },
  "8 of 64 cut off for 1-20 s": { n: 64, troubled: 8, cutMs: [1000, 20_000] },
  "1 of 16 at 120 ms an input": { n: 16, troubled: 1, workMs: 120 },
};
const MINUTES = 5;

for (const [title, trouble] of Object.entries(TROUBLES)) {
  console.log(`\n${title}, ${MINUTES} minutes, ${seeds} seeds`);
  console.log(
    "                false deaths  by the healthy  of the troubled  datagrams a node and s",
  );
  for (const [name, membership] of Object.entries(CONFIGS)) {
    const runs = Array.from({ length: seeds }, (_, i) => disturb(trouble, membership, i + 1));
    const sum = (key) => runs.reduce((total, run) => total + run[key], 0);
    const rate = (sum("datagrams") / seeds / trouble.n / (MINUTES * 60)).toFixed(2);
    console.log(
      `${name.padEnd(15)}${String(sum("falseDeaths")).padStart(13)}` +
        `${String(sum("byHealthy")).padStart(16)}${String(sum("ofTroubled")).padStart(17)}` +
        `${rate.padStart(24)}`,
    );
  }
}

console.log(`\na crash among 16 and 64, ${5 * seeds} seeds: s to the first and to the last "fail"`);
for (const [name, membership] of Object.entries(CONFIGS)) {
  const texts = [16, 64].map((n) => {
    const runs = Array.from({ length: 5 * seeds }, (_, i) => crash(n, membership, i + 1));
    const first = runs.map((run) => run.first);
    const last = runs.map((run) => run.last);
    return `n=${n}: first median ${at(first, 0.5)} p99 ${at(first, 0.99)}, all median ${at(last, 0.5)} p99 ${at(last, 0.99)}`;
  });
  console.log(`${name.padEnd(15)} ${texts.join("   ")}`);
}

function formed(n, membership, seed) {
  const cluster = new Cluster({
    seed,
    wire: "objects",
    network: { latencyMs: [1, 10] },
    membership,
  });
  cluster.form(Array.from({ length: n }, (_, i) => `n${i}`));
  if (!cluster.runUntilAgreed(120_000)) throw new Error("the nodes have not found each other");
  return cluster;
}

/** Runs a cluster of which some nodes are in trouble, on and off; counts what is said of whom. */
function disturb({ n, troubled, stopMs, cutMs, workMs }, membership, seed) {
  const cluster = formed(n, membership, seed);
  const { world } = cluster;
  const rng = new Sfc32(seed, 77);
  const since = world.events.length;
  const { datagrams } = world.counts;
  const end = world.now + MINUTES * 60_000;
  const names = Array.from({ length: troubled }, (_, i) => `n${i + 1}`);
  const isTroubled = (name) => names.includes(name);
  if (workMs !== undefined) for (const name of names) world.slow(name, workMs);
  const turns = workMs === undefined ? names.map((name) => ({ name, at: world.now })) : [];
  const off = new Set();
  while (turns.length > 0) {
    turns.sort((a, b) => a.at - b.at);
    const [turn] = turns;
    if (turn.at >= end) break;
    world.run(turn.at - world.now);
    const [least, most] = off.has(turn.name) ? [1000, 5000] : (stopMs ?? cutMs);
    if (!off.delete(turn.name)) off.add(turn.name);
    if (cutMs !== undefined) cut(world, off);
    else if (off.has(turn.name)) world.pause(turn.name);
    else world.resume(turn.name);
    turn.at += least + rng.below(most - least);
  }
  world.run(Math.max(0, end - world.now));
  const fails = world.events.slice(since).filter(({ event }) => event.type === "fail");
  const falseDeaths = fails.filter(({ event }) => !isTroubled(event.member.name));
  return {
    falseDeaths: falseDeaths.length,
    byHealthy: falseDeaths.filter(({ node }) => !isTroubled(node)).length,
    ofTroubled: fails.length - falseDeaths.length,
    datagrams: world.counts.datagrams - datagrams,
  };
}

function cut(world, off) {
  const others = world.names.filter((name) => !off.has(name));
  world.partition([others, ...[...off].map((name) => [name])]);
}

/** Ends one process; when the others say so. */
function crash(n, membership, seed) {
  const cluster = formed(n, membership, seed);
  const { world } = cluster;
  world.run(new Sfc32(seed, 78).below(2000));
  const since = world.events.length;
  const began = world.now;
  world.crash("n1");
  const fails = () => world.events.slice(since).filter(({ event }) => event.type === "fail");
  world.runUntil(() => world.events.length > since && fails().length === n - 1, 180_000);
  const times = fails().map((event) => event.at - began);
  return { first: Math.min(...times), last: Math.max(...times) };
}

function at(times, quantile) {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] / 1000).toFixed(
    1,
  );
}
