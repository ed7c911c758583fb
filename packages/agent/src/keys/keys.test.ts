import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyring } from "hearsay/codec";
import { nodeAead } from "hearsay/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../terminal.ts";
import { AgentKeys } from "./agent-keys.ts";
import { fingerprintOf, isFingerprint, isKey } from "./key-text.ts";
import { readKeys } from "./key-source.ts";

const [ONE, TWO, THREE] = [16, 24, 32].map((bytes) =>
  Buffer.alloc(bytes, bytes).toString("base64"),
) as [string, string, string];

let folder: string;
let keyring: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-keys-"));
  keyring = join(folder, "keyring.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const NOTHING = { encrypt: [], encryptFile: undefined, keyring: undefined };

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

const kept = (): unknown => JSON.parse(readFileSync(keyring, "utf8"));

describe("keys at the start", () => {
  it("are none, or those of the options", () => {
    expect(readKeys(NOTHING)).toEqual({ keys: [], warnings: [] });
    expect(readKeys({ ...NOTHING, encrypt: [ONE, TWO] }).keys).toEqual([ONE, TWO]);
  });

  it("come from a file with a key a line", () => {
    const encryptFile = file("keys", `# the new one\n${ONE}\r\n\n  ${TWO} # the old one\n`);
    expect(readKeys({ ...NOTHING, encryptFile })).toEqual({ keys: [ONE, TWO], warnings: [] });
  });

  it("go into a keyring that is not there yet, for its owner alone", () => {
    expect(readKeys({ ...NOTHING, encrypt: [ONE, TWO], keyring }).keys).toEqual([ONE, TWO]);
    expect(kept()).toEqual([ONE, TWO]);
    expect(statSync(keyring).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["keyring.json"]);
  });

  it("come from a keyring that is there, whatever the options say", () => {
    file("keyring.json", JSON.stringify([TWO, ONE]));
    const { keys, warnings } = readKeys({ ...NOTHING, encrypt: [THREE], keyring });
    expect(keys).toEqual([TWO, ONE]);
    expect(warnings).toEqual([
      `${keyring} is there and is used; keys given by options are ignored`,
    ]);
    expect(readKeys({ ...NOTHING, keyring }).warnings).toEqual([]);
  });

  it("bring a warning when others may read their file", () => {
    file("keyring.json", JSON.stringify([ONE]), 0o644);
    expect(readKeys({ ...NOTHING, keyring }).warnings).toEqual([
      expect.stringContaining("chmod 600"),
    ]);
  });

  it.each([
    ["a keyring that is none", { keyring: "{" }],
    ["a keyring of other things", { keyring: `["${ONE}", 7]` }],
    ["an empty keyring", { keyring: "[]" }],
    ["a keyring of 17", { keyring: JSON.stringify(Array.from({ length: 17 }, () => ONE)) }],
    ["a huge keyring", { keyring: " ".repeat(70_000) }],
    ["a list with something else", { encryptFile: `${ONE}\n${TWO.slice(1)}` }],
    ["an empty list", { encryptFile: "# soon" }],
  ])("%s is refused without a word of it", (_, texts) => {
    const given = Object.fromEntries(
      Object.entries(texts).map(([option, text]) => [option, file(option, text)]),
    );
    const refusal = (): unknown => readKeys({ ...NOTHING, ...given });
    expect(refusal).toThrow(UsageError);
    expect(refusal).toThrow(folder);
    for (const key of [ONE, TWO.slice(1)]) expect(refusal).not.toThrow(key);
  });

  it("that contradict each other or are nowhere are refused", () => {
    const missing = join(folder, "missing");
    for (const settings of [
      { ...NOTHING, encrypt: [ONE], encryptFile: missing },
      { ...NOTHING, encryptFile: missing },
      { ...NOTHING, keyring: missing },
      { ...NOTHING, keyring: folder },
    ]) {
      expect(() => readKeys(settings)).toThrow(UsageError);
    }
  });
});

describe("keys of a running agent", () => {
  function running() {
    const node = new Keyring(nodeAead, [ONE]);
    return { node, keys: new AgentKeys(node, [ONE], keyring) };
  }

  it("change in the node and in the file", () => {
    const { node, keys } = running();
    keys.install(TWO);
    expect(kept()).toEqual([ONE, TWO]);
    keys.use(fingerprintOf(TWO));
    expect(kept()).toEqual([TWO, ONE]);
    keys.remove(fingerprintOf(ONE));
    expect(kept()).toEqual([TWO]);
    expect(keys.list()).toEqual([{ fingerprint: fingerprintOf(TWO), bytes: 24, primary: true }]);
    expect(node.list()).toEqual(keys.list());
  });

  it("change neither in the node nor in the file if the file cannot be written", () => {
    const { node, keys } = running();
    keys.install(TWO);
    const before = node.list();
    rmSync(keyring);
    mkdirSync(join(keyring, "in the way"), { recursive: true });
    const failure = expect.objectContaining({ code: "ERR_KEYRING_FILE" });
    expect(() => keys.install(THREE)).toThrow(failure);
    expect(() => keys.use(fingerprintOf(TWO))).toThrow(failure);
    expect(() => keys.remove(fingerprintOf(TWO))).toThrow(failure);
    expect(node.list()).toEqual(before);
    rmSync(keyring, { recursive: true });
    keys.use(fingerprintOf(TWO));
    expect(kept()).toEqual([TWO, ONE]);
    expect(readdirSync(folder)).toEqual(["keyring.json"]);
  });

  it("are known by fingerprints, which no key is", () => {
    expect(new Keyring(nodeAead, [ONE]).list()[0]?.fingerprint).toBe(fingerprintOf(ONE));
    expect(isFingerprint(fingerprintOf(ONE))).toBe(true);
    expect([ONE, TWO, THREE].some(isFingerprint)).toBe(false);
    expect(isKey(fingerprintOf(ONE))).toBe(false);
  });
});
