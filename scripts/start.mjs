// `npm start -- <args>`: from a fresh clone to a running demo cluster.
import { join } from "node:path";
import { bootstrap, root } from "./bootstrap.mjs";
import { runChild } from "./run-child.mjs";

bootstrap();
const program = join(root, "packages", "agent", "dist", "bin.js");
runChild([program, "demo", ...process.argv.slice(2)], process.cwd());
