// `npm run clean`: removes what builds wrote, for when a deleted source left its output behind.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";

for (const folder of ["packages/hearsay", "packages/agent", "bench", "interop", "fuzz", "checks"]) {
  rmSync(join(root, folder, "dist"), { recursive: true, force: true });
}
