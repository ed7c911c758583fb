import { expect, it } from "vitest";
import { createLogger, readable } from "./logs.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";

it("writes one line of JSON each, from the level on", () => {
  const terminal = new MemoryTerminal();
  const logger = createLogger({ logLevel: "warn", name: "a" }, terminal);
  logger.info({ a: 1 }, "not this");
  logger.warn({ err: new Error("broken"), a: 1 }, "this");
  const lines = terminal.stderr.text.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ level: 40, msg: "this", a: 1 });
});

it("is readable at a terminal", () => {
  const line = JSON.stringify({ level: 40, time: 0, msg: "no seed answered", retryInMs: 1000 });
  expect(readable(line, false)).toBe("00:00:00.000 WARN  no seed answered  retryInMs=1000\n");
});
