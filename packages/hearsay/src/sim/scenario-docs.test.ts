/** What the page on the simulator says of commands is so. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCommand } from "./scenario-parser.ts";

const page = readFileSync(new URL("../../../../docs/simulator.md", import.meta.url), "utf8");
const [, table = ""] = /^\| command .*\n\|[- |]*\n((?:\|.*\n)*)/m.exec(page) ?? [];
const commands = table
  .split("\n")
  .flatMap((row) => row.split(/(?<!\\)\|/)[1]?.match(/`[^`]+`/g) ?? [])
  .map((code) => code.slice(1, -1).replaceAll("\\|", "|"));

test.each(commands)("%s is a command", (text) => {
  const { type } = parseCommand({ number: 1, text });
  expect(type.startsWith(text.split(" ")[0] as string)).toBe(true);
});

test("the page has every command", () => {
  const verbs = new Set(commands.map((text) => text.split(" ")[0]));
  expect([...verbs].toSorted().join(" ")).toBe(
    "add aggregates agree bandwidth block bridge calm clock clog cluster corrupt counts cut delete drift duplicate " +
      "isolate jitter join judgements keys kill label latency leave loss maps members nat partition pause publish renew " +
      "repair replay restart resume ring run set slow state tags tell topics unblock unclog version",
  );
});

test("the page has every story that there is, and no other", () => {
  const [, stories = ""] = /^### Which stories there are\n([^]*?)\n\n[^|\nC]/m.exec(page) ?? [];
  const named = Array.from(stories.matchAll(/`([a-z-]+)`/g), ([, name]) => `${name}.scenario`);
  const files = readdirSync(new URL("test/scenarios/", import.meta.url));
  expect(named.toSorted()).toEqual(files.toSorted());
});
