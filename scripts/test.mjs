// `npm test -- <args>`: from a fresh clone to a test run. Arguments go to vitest.
import { join } from "node:path";
import { bootstrap, root } from "./bootstrap.mjs";
import { runChild } from "./run-child.mjs";

bootstrap();
// `run`: once, never the watch mode, whether or not somebody looks at a terminal.
const program = join(root, "node_modules", "vitest", "vitest.mjs");
runChild([program, "run", ...process.argv.slice(2)], root);
