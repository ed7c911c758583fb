/**
 * Ends the demo's agents when the demo itself has no chance to: after a kill -9, or a crash.
 *
 *     demo ── "+4711", "-4711" ──▶ reaper        end of input: SIGKILL for everybody still listed
 *
 * A process of its own, in a session of its own, because a paused agent can do nothing for itself.
 * @module
 */
import { createInterface } from "node:readline";

const pids = new Set<number>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const pid = Number(line.slice(1));
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  if (line.startsWith("+")) pids.add(pid);
  else pids.delete(pid);
});
lines.on("close", () => {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It was gone already.
    }
  }
});
