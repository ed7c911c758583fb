/**
 * One code, three worlds: the simulator tells the same story in a browser as it does here, to the last byte.
 */
import { expect, test } from "vitest";
import { BrowserPage, missingChromium } from "./test/page.ts";
import { clusterStory, crowdStory, stormStory } from "./test/story.mjs";

type Story = (...args: readonly unknown[]) => string;

if (missingChromium !== undefined) console.warn(`interop in a browser ${missingChromium}`);

test.skipIf(missingChromium !== undefined)(
  "the same seed gives the same trace in Node and in Chromium",
  async () => {
    const browser = await BrowserPage.open();
    try {
      const stories = [
        ["clusterStory", "bytes", 1],
        ["clusterStory", "objects", 1],
        ["crowdStory", 1],
        ["stormStory", "bytes", 1],
        ["stormStory", "objects", 1],
      ] as const;
      const there = await browser.page.evaluate((told) => {
        const { story } = globalThis as unknown as { story: Record<string, Story> };
        return told.map(([name, ...args]) => story[name]?.(...args) ?? "");
      }, stories);
      const here = [
        clusterStory("bytes", 1),
        clusterStory("objects", 1),
        crowdStory(1),
        stormStory("bytes", 1),
        stormStory("objects", 1),
      ];
      for (const [i, story] of here.entries()) {
        expect(story.length).toBeGreaterThan(10_000);
        expect(there[i] === story ? "the same" : firstDifference(story, there[i] as string)).toBe(
          "the same",
        );
      }
      // Both wire modes tell the same, too, and another seed tells something else.
      expect(here[0]).toBe(here[1]);
      expect(here[3]).toBe(here[4]);
      expect(clusterStory("objects", 2)).not.toBe(here[1]);
    } finally {
      await browser.close();
    }
  },
  60_000,
);

function firstDifference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const at = left.findIndex((line, i) => line !== right[i]);
  return `line ${at + 1}: ${left[at]} here, ${right[at]} there`;
}
