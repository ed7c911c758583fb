/** Ctrl-C of a real campaign, on one thread and on several. */
import { expect, test } from "vitest";
import { Command, PROCESS_TEST_MS, until } from "../test/processes.ts";
import type { CampaignReport } from "./campaign-report.ts";

const LONG = "sim campaign --seeds 100000 --seed 1 --nodes 2..4 --progress --json".split(" ");

test.each(["1", "2"])(
  "Ctrl-C prints what was done so far and ends with 130 (%s workers)",
  { timeout: PROCESS_TEST_MS },
  async (workers) => {
    const command = new Command([...LONG, "--workers", workers]);
    try {
      await until(() => {
        if (!/[1-9]\d* of 100000 seeds/u.test(command.stderr)) throw new Error("has not begun");
      });
      command.child.kill("SIGINT");
      expect(await command.ended).toEqual({ status: 130, signal: null });
      const { seeds, missing, steps, failures } = JSON.parse(command.stdout) as CampaignReport;
      expect(seeds).toBeGreaterThan(0);
      expect(seeds + missing).toBe(100_000);
      expect(steps).toBeGreaterThan(0);
      expect(failures).toEqual([]);
    } finally {
      command.child.kill("SIGKILL");
      await command.ended;
    }
  },
);
