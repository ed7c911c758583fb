/**
 * Holds `docs/limits.md` to the code: its names, values and counters are those of the code, and no limit is missing.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveAntiEntropyConfig, resolveKeyedStoreLimits } from "../anti-entropy/index.ts";
import { resolveMailConfig, resolveRumorConfig, resolveTreeConfig } from "../broadcast/index.ts";
import { resolveCompositionConfig } from "../composition/index.ts";
import { resolveCrdtLimits } from "../crdt/index.ts";
import { resolveDetectionConfig } from "../detection/index.ts";
import { resolveMembershipConfig } from "../membership/index.ts";
import { resolveMessagingConfig } from "../messaging/index.ts";
import { resolveStateConfig } from "../state/index.ts";
import { DEFAULT_EVENT_BUFFER } from "./node-options.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const page = readFileSync(new URL("limits.md", docs), "utf8");
const wirePage = readFileSync(new URL("wire/memberlist.md", docs), "utf8");

/** Every source of the two packages that is published, by path from here. */
function sources(folder: URL): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const own = files.filter(
    (file) => file.endsWith(".ts") && !/\.test\.ts$|(^|\/)test\//.test(file),
  );
  return new Map(own.map((file) => [file, readFileSync(new URL(file, folder), "utf8")]));
}

const library = sources(new URL("../", import.meta.url));
const agent = sources(new URL("../../../agent/src/", import.meta.url));
const code = [...library.values(), ...agent.values()].join("\n");

interface Row {
  readonly name: string;
  readonly path: string | undefined;
  readonly limit: string;
  readonly counters: readonly string[];
}

const rows: Row[] = [...page.matchAll(/^\|.*\|$/gm)].flatMap(([line]) => {
  const cells = line.split("|").slice(1, -1);
  const [, name, path] = /^ `([\w.]+)`(?:.*\]\(\.\.\/([^)]+)\))?/.exec(cells[1] ?? "") ?? [];
  if (name === undefined) return [];
  const counters = [...(cells.at(-1) ?? "").matchAll(/`(\w+)`/g)].map(([, word]) => word as string);
  return [{ name, path, limit: (cells[2] ?? "").trim(), counters }];
});

const UNITS: Readonly<Record<string, number>> = { KiB: 1 << 10, MiB: 1 << 20 };

/** `16 MiB`, `4,096`, or `none`. */
function valueOf(text: string): number | undefined {
  if (text === "none") return undefined;
  const [digits = "", unit] = text.split(" ");
  return (
    Number(digits.replaceAll(",", "")) * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN))
  );
}

const configs: Readonly<Record<string, object>> = {
  membership: resolveMembershipConfig(),
  messaging: resolveMessagingConfig(),
  composition: resolveCompositionConfig(),
  crdt: resolveCrdtLimits(),
  antiEntropy: resolveAntiEntropyConfig(),
  detection: resolveDetectionConfig(),
  keyedStore: resolveKeyedStoreLimits(),
  state: resolveStateConfig(),
  eventBuffer: DEFAULT_EVENT_BUFFER,
  rumor: resolveRumorConfig(),
  mail: resolveMailConfig(),
  tree: resolveTreeConfig(),
};

/** The default of an option such as `composition.queue.maxBytes`. */
function defaultOf(name: string): unknown {
  return name.split(".").reduce((value: unknown, key) => {
    expect(Object.hasOwn(value as object, key), name).toBe(true);
    return (value as Record<string, unknown>)[key];
  }, configs);
}

/** The value of `const NAME = 16 * 1024;` in a file of the repository. */
function constantIn(path: string, name: string): number {
  const text = readFileSync(new URL(`../${path}`, docs), "utf8");
  const [, value] = new RegExp(`const ${name}(?:: number)? = ([^;]+);`).exec(text) ?? [];
  expect(value, `${name} in ${path}`).toBeDefined();
  const number = (digits: string): number => Number(digits.replaceAll("_", ""));
  const [left, right] = (value as string).split(" << ");
  if (right !== undefined) return number(left as string) << number(right);
  return (value as string).split(" * ").reduce((product, factor) => product * number(factor), 1);
}

test("every limit on the page has the value that it has in the code", () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const { name, path, limit } of rows) {
    const actual = path === undefined ? defaultOf(name) : constantIn(path, name);
    expect([name, valueOf(limit)]).toEqual([name, actual]);
  }
});

test("every counter on the page is counted, and every code is one", () => {
  for (const { name, counters } of rows) {
    for (const counter of counters) {
      const isThere = code.includes(`"${counter}"`) || code.includes(`readonly ${counter}: number`);
      expect([name, counter, isThere]).toEqual([name, counter, true]);
    }
  }
});

const onPage = new Set(rows.map(({ name }) => name));

test("every option that is a limit is on the page", () => {
  const options = Object.entries(configs).flatMap(([room, config]) =>
    Object.keys(config)
      .filter((key) => key.startsWith("max"))
      .map((key) => `${room}.${key}`),
  );
  expect(options.length).toBeGreaterThan(15);
  expect(options.filter((option) => !onPage.has(option))).toEqual([]);
});

/** Limits of single values, of the simulator, or of time, which hold nothing that grows. */
const NO_STORES: ReadonlySet<string> = new Set([
  "MAX_WIDTH",
  "MAX_SUM",
  "MAX_ENTRIES",
  "MAX_PART_BYTES",
  "MAX_FIELDS",
  "MAX_STRUCT_ENTRIES",
  "MAX_WRAPPER_FIELDS",
  "MAX_WRAPPER_FIELD_BYTES",
  "MAX_SEQUENCE_PAYLOAD_BYTES",
  "MAX_NODES",
  "MAX_DELAY_MS",
  "MAX_DOUBLINGS",
  "MAX_TAGS",
  "MAX_PORT",
  "MAX_PEERS",
  "MAX_CHANNELS",
  "MAX_HEADER_BYTES",
]);

test("every constant of the library that is a limit is here or among the wire's", () => {
  const names = [...library].flatMap(([file, text]) => {
    if (file.startsWith("sim/")) return [];
    return [...text.matchAll(/^(?:export )?const (MAX_\w+)/gm)].map(([, name]) => name as string);
  });
  expect(names.length).toBeGreaterThan(30);
  const missing = names.filter((name) => {
    return !onPage.has(name) && !NO_STORES.has(name) && !wirePage.includes(`\`${name}\``);
  });
  expect(missing).toEqual([]);
  expect([...NO_STORES].filter((name) => !names.includes(name))).toEqual([]);
});
