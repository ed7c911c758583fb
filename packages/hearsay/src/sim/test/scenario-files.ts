/**
 * Scenario files on disk: found, run and compared, or rewritten with `HEARSAY_UPDATE=1`; run again under all checkers.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkStory } from "../campaign/story.ts";
import { runScenario } from "../scenario.ts";

/** Tests for each `*.scenario` file in the folder. */
export function testScenarios(folder: URL): void {
  const files = scenariosIn(folder);
  describe(`scenarios in ${folder.pathname.split("/src/")[1]}`, () => {
    test.each(files)("%s", (file) => {
      const path = fileURLToPath(new URL(file, folder));
      const text = readFileSync(path, "utf8");
      const actual = runScenario(text);
      if (process.env["HEARSAY_UPDATE"] === "1" && actual !== text) writeFileSync(path, actual);
      else expect(actual).toBe(text);
    });

    test.each(files)("%s, under all checkers", (file) => {
      const text = readFileSync(fileURLToPath(new URL(file, folder)), "utf8");
      const { violation, looks } = checkStory(text, { wire: "objects" });
      expect(violation).toBeUndefined();
      expect(looks["selves"]).toBeGreaterThan(10);
    });

    test.each(files)("%s, packets as objects", (file) => {
      const text = readFileSync(fileURLToPath(new URL(file, folder)), "utf8");
      expect(runScenario(text, { wire: "objects" })).toBe(text);
    });
  });
}

function scenariosIn(folder: URL): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".scenario"))
    .toSorted();
}
