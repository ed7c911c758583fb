/**
 * The `hearsay` command as a process.
 * @module
 */
import { runCommand } from "./cli.ts";

/** What may still be open after the last word (a kept connection) holds the process no longer than this. */
const LINGER_MS = 500;

// Whoever reads us may go first, as in `hearsay members | head -1`.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await runCommand(process.argv.slice(2), process);
setTimeout(() => process.exit(), LINGER_MS).unref();
