/**
 * The same in both worlds: one story on loopback sockets and in the simulator sends the same packets.
 * @module
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const hearsay = fileURLToPath(new URL("../packages/agent/bin/hearsay.js", import.meta.url));

interface Row {
  readonly what: string;
  readonly kind: "count" | "bytes" | "seconds";
  readonly real: number;
  readonly simulated: number;
  readonly deviation: number;
}

/** Runs of the simulator differ from each other, too: rare kinds of packets by more than a tenth. */
const TENTH = 0.1;
const DEVIATIONS = 4;
/** A process that is later than this has probes of its own to lose: then the machine is measured, not the code. */
const LATE_MS = 20;

test("24 nodes that join, crash and leave within a minute send on sockets what they send in the simulator", async ({
  skip,
}) => {
  const args = [hearsay, "sim", "compare", "--n", "24", "--seconds", "60", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { rows, lateMs } = JSON.parse(stdout) as { rows: Row[]; lateMs: number };
  if (lateMs > LATE_MS) {
    const why = `skipped: the machine was too busy, timers were ${Math.round(lateMs)} ms late`;
    console.warn(`both worlds ${why}`);
    skip(why);
  }
  expect(rows.map(({ what }) => what)).toContain("ping");
  for (const { what, kind, real, simulated, deviation } of rows) {
    const away = Math.abs(real - simulated);
    if (kind !== "seconds") {
      expect(simulated, what).toBeGreaterThan(0);
      expect(away, `${what}: ${real}, simulated ${simulated} ± ${deviation}`).toBeLessThanOrEqual(
        Math.max(TENTH * simulated, DEVIATIONS * deviation),
      );
    }
  }
  // What happens to everybody and is not a matter of chance agrees within a tenth, and no excuses.
  for (const what of ["packets", "ping", "ack", "alive", "dead", "bytes in datagrams"]) {
    const { real = 0, simulated = 1 } = rows.find((row) => row.what === what) ?? {};
    expect(Math.abs(real / simulated - 1), what).toBeLessThanOrEqual(TENTH);
  }
}, 120_000);
