import { runCampaignSeed } from "hearsay/sim";
const [from, count, most] = process.argv.slice(2).map(Number);
const rows = [];
for (let s = from; s < from + count; s++) {
  const a = process.cpuUsage();
  const r = runCampaignSeed(s, { nodes: [2, most] });
  const b = process.cpuUsage(a);
  const head = r.scenario.split("\n")[0];
  const parts =
    [...head.matchAll(/ (topics|maps|state|detector|aggregates)=(\w+)/g)]
      .map((m) => (m[1] === "detector" ? m[2] : m[1]))
      .join("+") || "-";
  rows.push({
    s,
    cpu: (b.user + b.system) / 1e6,
    nodes: r.nodes,
    wire: r.wire,
    parts,
    steps: r.steps,
    ms: r.virtualMs,
  });
}
const by = new Map();
for (const r of rows) {
  for (const k of [r.parts, "wire " + r.wire]) {
    const g = by.get(k) ?? { n: 0, cpu: 0, steps: 0 };
    g.n++;
    g.cpu += r.cpu;
    g.steps += r.steps;
    by.set(k, g);
  }
}
for (const [k, g] of [...by].sort((a, b) => b[1].cpu - a[1].cpu))
  console.log(
    k.padEnd(40),
    g.n,
    g.cpu.toFixed(2),
    "s",
    g.steps,
    "steps",
    ((g.cpu / g.steps) * 1e6).toFixed(2),
    "us/step",
  );
rows.sort((a, b) => b.cpu - a.cpu);
for (const r of rows.slice(0, 15)) console.log(r);
console.log(
  "total",
  rows.reduce((x, r) => x + r.cpu, 0),
);
