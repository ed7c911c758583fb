/**
 * Scenario files on disk: found, run and compared, or rewritten with `HEARSAY_UPDATE=1`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runScenario } from "../scenario.ts";

/** One test for each `*.scenario` file in the folder, which may be missing. */
export function testScenarios(folder: URL): void {
  const files = scenariosIn(folder);
  describe.skipIf(files.length === 0)(`scenarios in ${folder.pathname.split("/src/")[1]}`, () => {
    test.each(files)("%s", (file) => {
      const path = fileURLToPath(new URL(file, folder));
      const text = readFileSync(path, "utf8");
      const actual = runScenario(text);
      if (process.env["HEARSAY_UPDATE"] === "1" && actual !== text) writeFileSync(path, actual);
      else expect(actual).toBe(text);
    });

    test.each(files)("%s, packets as objects", (file) => {
      const text = readFileSync(fileURLToPath(new URL(file, folder)), "utf8");
      expect(runScenario(text, { wire: "objects" })).toBe(text);
    });
  });
}

function scenariosIn(folder: URL): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".scenario"))
      .toSorted();
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}
