import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runCommand } from "./cli.ts";
import { AGENT_OPTIONS, DECODE_OPTIONS, DEMO_OPTIONS } from "./options.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";

const DOCS = readFileSync(new URL("../../../docs/agent.md", import.meta.url), "utf8");

async function output(...args: string[]): Promise<string> {
  const terminal = new MemoryTerminal();
  await runCommand(args, terminal);
  return terminal.stdout.text;
}

it("docs/agent.md has every command", async () => {
  const commands = (await output("--help")).matchAll(/^ {2}([a-z][a-z-]+) /gmu);
  const names = [...commands].map(([, name]) => name).filter((name) => name !== "help");
  expect(names).toContain("decode");
  for (const name of names) expect(DOCS).toContain(`\`hearsay ${name}`);
});

it("docs/agent.md has every option and variable", () => {
  for (const { flags, variable } of [...AGENT_OPTIONS, ...DEMO_OPTIONS]) {
    expect(DOCS).toContain(`| \`${flags.split(" ")[0]}`);
    expect(DOCS).toContain(`| \`${variable}\``);
  }
  for (const { flags } of DECODE_OPTIONS) expect(DOCS).toContain(`| \`${flags.split(" ")[0]}`);
});

it("docs/agent.md shows what decode prints", async () => {
  const [, args, line] = /\$ hearsay (decode [0-9a-f]+)\n(.*)\n/u.exec(DOCS) ?? [];
  expect(await output(...(args ?? "").split(" "))).toBe(`${line}\n`);
});
