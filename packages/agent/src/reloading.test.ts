import { describe, expect, it } from "vitest";
import { Reloading } from "./reloading.ts";
import { agentSettings } from "./settings.ts";
import type { AgentSettings } from "./settings.ts";
import { FakeNode } from "./test/fake-node.ts";
import { UsageError } from "./terminal.ts";

function setUp(first: Record<string, string | string[]>) {
  const settings = (flags: Record<string, string | string[]>): AgentSettings => {
    return agentSettings({ name: "a", ...flags }, {});
  };
  const node = new FakeNode();
  const logged: unknown[][] = [];
  const log =
    (level: string) =>
    (...line: unknown[]) =>
      void logged.push([level, ...line]);
  const logger = { level: "info", info: log("info"), warn: log("warn"), error: log("error") };
  let next: () => AgentSettings = () => settings(first);
  const reloading = new Reloading(settings(first), () => next(), node, logger);
  return {
    node,
    logger,
    logged,
    async reload(flags: Record<string, string | string[]> | Error) {
      next = () => {
        if (flags instanceof Error) throw flags;
        return settings(flags);
      };
      reloading.ask();
      await reloading.done;
    },
    tags: () => Object.fromEntries(node.tags),
  };
}

describe("reading options anew", () => {
  it("sets, changes and removes tags, and leaves those of the API alone", async () => {
    const { node, reload, tags } = setUp({ tag: ["role=web", "old=1"] });
    node.tags = new Map([
      ["hs", "mt"],
      ["role", "web"],
      ["old", "1"],
      ["by-api", "yes"],
    ]);
    await reload({ tag: ["role=db", "new=2"] });
    expect(tags()).toEqual({ role: "db", new: "2", "by-api": "yes" });
  });

  it("does not undo what the API has done since", async () => {
    const { node, reload, tags } = setUp({ tag: ["role=web"] });
    node.tags = new Map([["role", "canary"]]);
    await reload({ tag: ["role=web"], logLevel: "debug" });
    expect(tags()).toEqual({ role: "canary" });
  });

  it("changes the level of the log", async () => {
    const { logger, reload } = setUp({});
    await reload({ logLevel: "debug" });
    expect(logger.level).toBe("debug");
  });

  it("says what needs a restart", async () => {
    const { reload, logged } = setUp({});
    await reload({ bind: "127.0.0.1:1", preset: "wan", logLevel: "debug" });
    const warned = logged.find(([level]) => level === "warn");
    expect(warned?.[1]).toEqual({ options: ["bind", "preset"] });
  });

  it("changes nothing where an option is wrong, and says so", async () => {
    const { logger, reload, logged, tags } = setUp({ tag: ["role=web"] });
    const before = tags();
    await reload(new UsageError("hearsay.json: logLevel: expected one of trace"));
    expect([logger.level, tags()]).toEqual(["info", before]);
    expect(logged.map(([level]) => level)).toEqual(["error"]);
    await reload({ tag: ["hs=x"] });
    expect(tags()).toEqual(before);
    expect(logged.map(([level]) => level)).toEqual(["error", "error"]);
  });
});
