/**
 * The quick benches one after another, few rounds each: some three minutes on a quiet machine.
 *
 *     npm run bench [-- name…]        names: core codec broadcast seal formation sim rumor transport
 *
 * To look whether a change has cost something. Figures to quote want more rounds and a machine without other
 * work: docs/performance.md says how those were made. Clusters on sockets take minutes: `bench/cluster.mjs`.
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BENCHES = {
  core: ["core.mjs", "1"],
  codec: ["codec.mjs", "1"],
  broadcast: ["broadcast.mjs", "1"],
  seal: ["seal.mjs", "40"],
  formation: ["formation.mjs", "5"],
  sim: ["sim.mjs", "1", "objects-100", "objects-1000", "bytes-100", "sealed-100"],
  rumor: ["rumor.mjs", "4", "10000", "100000"],
  transport: ["transport.mjs", "1"],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(
    `no bench named ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`,
  );
  process.exit(2);
}
for (const [name, [file, ...options]] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n# ${name}\n`);
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { status } = spawnSync(process.execPath, [path, ...options], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
