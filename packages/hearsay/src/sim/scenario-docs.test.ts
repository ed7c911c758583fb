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

test("the page has every command, and so has the answer to one that is none", () => {
  const verbs = new Set(commands.map((text) => text.split(" ")[0]));
  const all = [...verbs].toSorted().join(", ");
  expect(all).toMatch(/^add, aggregates, agree, .*, unblock, unclog, version$/);
  expect(() => parseCommand({ number: 3, text: "fly a" })).toThrow(
    `line 3: fly: there is no command "fly", expected one of ${all}`,
  );
});

test("the page has every story that there is, and no other", () => {
  const [, stories = ""] = /^### Which stories there are\n([^]*?)\n\n[^|\nC]/m.exec(page) ?? [];
  const named = Array.from(stories.matchAll(/`([a-z-]+)`/g), ([, name]) => `${name}.scenario`);
  const files = readdirSync(new URL("test/scenarios/", import.meta.url));
  expect(named.toSorted()).toEqual(files.toSorted());
});
