import { runCampaignSeed } from "hearsay/sim";
const list = process.argv.slice(2).map(Number);
for (const s of list) {
  const a = process.cpuUsage();
  const r = runCampaignSeed(s, { nodes: [2, 64] });
  const b = process.cpuUsage(a);
  console.log(s, r.nodes, r.steps, ((b.user + b.system) / 1e6).toFixed(2));
}
