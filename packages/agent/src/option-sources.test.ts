import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agentConfig, agentSettings, optionMessage } from "./settings.ts";
import { optionError } from "hearsay/kernel";
import { UsageError } from "./terminal.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-config-"));
  path = join(folder, "hearsay.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

function settings(json: unknown, flags = {}, env = {}) {
  writeFileSync(path, typeof json === "string" ? json : JSON.stringify(json));
  const given = { config: path, ...flags };
  return agentSettings(given, env, agentConfig(given, env));
}

describe("a configuration file", () => {
  it("has the options by their names, in JSON's own types", () => {
    const json = {
      name: "n",
      bind: "[::1]:0",
      join: ["a:1", "b"],
      tag: { role: "web", note: "a=b,c" },
      compress: true,
      recordBytes: 65_536,
      httpRate: 100,
      logLevel: "warn",
    };
    expect(settings(json)).toMatchObject({
      ...json,
      bind: { host: "::1", port: 0 },
      config: path,
    });
  });

  it("gives way to variables, and these to flags", () => {
    const json = { name: "file", preset: "wan", logLevel: "warn" };
    const env = { HEARSAY_NAME: "variable", HEARSAY_PRESET: "local" };
    const { name, preset, logLevel } = settings(json, { name: "flag" }, env);
    expect([name, preset, logLevel]).toEqual(["flag", "local", "warn"]);
  });

  it("is found by a variable, too", () => {
    writeFileSync(path, '{"name":"n"}');
    const env = { HEARSAY_CONFIG: path };
    expect(agentSettings({}, env, agentConfig({}, env)).name).toBe("n");
  });

  it.each([
    [{ preset: "moon" }, 'preset: expected one of lan, wan, local, got "moon"'],
    [{ join: ["a:1", "b:0"] }, "join: expected host[:port] with a port other than 0"],
    [{ join: "a:1" }, "join: expected an array of texts"],
    [{ join: { a: "1" } }, "join: expected an array of texts"],
    [{ tag: { a: 1 } }, "tag: expected an object of texts"],
    [{ name: ["a"] }, "name: expected one value"],
    [{ name: null }, "name: expected one value"],
    [{ compress: "perhaps" }, 'compress: expected true or false, got "perhaps"'],
    [{ httpRate: 1.5 }, 'httpRate: expected a whole number in 1..1000000, got "1.5"'],
    [{ http: "0.0.0.0:80" }, "http: expected a loopback address"],
    [{ "log-level": "warn" }, 'no option is called "log-level"; did you mean logLevel?'],
    [{ config: "other" }, 'no option is called "config"; hearsay agent --help has them all'],
    [[], "expected a JSON object with options as its keys"],
    ['{\n  "name": "n",\n  "bind" 7\n}', "expected JSON, which it no longer is at 3:10"],
    ['{"name":', "expected JSON, which"],
  ])("%j is refused with file, key and rule", (json, message) => {
    const refusal = () => settings(json);
    expect(refusal).toThrow(UsageError);
    expect(refusal).toThrow(`${path}: ${message}`);
  });

  it.each([
    { encrypt: ["c2VjcmV0"] },
    { httpToken: "secret secret secret" },
    '{"encrypt":["secret',
  ])("%j is refused without a word of the secret", (json) => {
    const refusal = () => settings(json);
    expect(refusal).toThrow(path);
    expect(refusal).not.toThrow(/c2VjcmV0|secret/u);
  });

  it("is named where the library refuses what it says", () => {
    const file = { path, isExposed: false, values: { advertise: "x" } };
    const error = optionError("advertise", "an IP address with a port", "x");
    const message = optionMessage(error, { flags: {}, env: {}, file })?.message;
    expect(message).toBe(`${path}: advertise: expected an IP address with a port, got "x"`);
  });

  it("that is not there is an error", () => {
    expect(() => agentConfig({ config: path }, {})).toThrow(`--config: there is no ${path}`);
  });

  it.skipIf(process.platform === "win32")("knows whether others may read it", () => {
    writeFileSync(path, "{}");
    const isExposed = [0o600, 0o640].map((mode) => {
      chmodSync(path, mode);
      return agentConfig({ config: path }, {})?.isExposed;
    });
    expect(isExposed).toEqual([false, true]);
  });
});
