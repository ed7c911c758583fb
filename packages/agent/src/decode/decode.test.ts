import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../cli.ts";
import { errorSchema } from "../http/errors.ts";
import { MemoryTerminal } from "../test/memory-terminal.ts";
import { loadAllVectors, loadVectors } from "../test/vectors.ts";
import type { Vector } from "../test/vectors.ts";

const KEY = "EREREREREREREREREREREQ==";
const PING = "0082a44e6f6465a26e31a55365714e6f01";
const PING_DECODED = {
  type: "ping",
  typeByte: 0,
  keyOrder: ["Node", "SeqNo"],
  fields: { Node: "n1", SeqNo: 1 },
};

const folder = mkdtempSync(join(tmpdir(), "hearsay-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[], input: readonly (string | Uint8Array)[] = []) {
  const terminal = new MemoryTerminal({}, input);
  const status = await runCommand(["decode", ...args], terminal);
  const lines = terminal.stdout.text.split("\n").slice(0, -1);
  const answers = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { status, answers, stderr: terminal.stderr.text };
}

/** Memberlist's own vectors are whole messages, and their `decoded` treats what users sent as bytes. */
function isOpaque({ userPayload, decoded }: Vector): boolean {
  return userPayload === "opaque" && decoded["typeByteOnWire"] === undefined;
}

function flagsFor({ transport, encryptKeyBase64, aadLabel }: Vector): string[] {
  return [
    ...(transport === "tcp" ? ["--stream"] : []),
    ...(encryptKeyBase64 === undefined ? [] : ["--key", encryptKeyBase64]),
    ...(aadLabel === undefined ? [] : ["--label", aadLabel]),
  ];
}

describe("recorded traffic", () => {
  const vectors = loadAllVectors();

  it("decodes to what was recorded with it", async () => {
    const opaque = vectors.filter(isOpaque);
    expect(opaque).toHaveLength(84);
    for (const vector of opaque) {
      const { status, answers, stderr } = await run([...flagsFor(vector), vector.hex]);
      expect({ status, answers, stderr }, vector.name).toEqual({
        status: 0,
        answers: [vector.decoded],
        stderr: "",
      });
    }
  });

  it("of Serf decodes down to Serf's messages, a line for a line", async () => {
    const serf = vectors.filter(({ name }) => /^[AC]-\d/u.test(name));
    for (const transport of ["udp", "tcp"] as const) {
      const some = serf.filter((vector) => vector.transport === transport);
      const input = `# from a capture\n\n${some.map(({ hex }) => hex).join("\n")}\n`;
      const { status, answers } = await run(transport === "tcp" ? ["--stream"] : [], [input]);
      expect(status).toBe(0);
      expect(answers.map(layers)).toEqual(some.map(({ decoded }) => layers(decoded)));
    }
  });
});

/** The layers down to the messages, without what is in them. */
function layers(value: unknown): unknown {
  const { type, inner, parts } = value as Record<string, unknown>;
  if (inner !== undefined) return [type, layers(inner)];
  return parts === undefined ? type : [type, (parts as unknown[]).map(layers)];
}

describe("input", () => {
  it("comes as arguments, in a file and on standard input, in pieces of any size", async () => {
    const decoded = { status: 0, answers: [PING_DECODED, PING_DECODED], stderr: "" };
    expect(await run([PING, PING])).toEqual(decoded);
    const text = Buffer.from(`${PING}\r\n  # ü\n\n0X${PING.toUpperCase()} # the same\n`);
    expect(
      await run(
        [],
        [...text].map((byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(decoded);
    expect(await run(["--file", "-"], [text])).toEqual(decoded);
    const file = join(folder, "packets");
    writeFileSync(file, text);
    expect(await run(["--file", file])).toEqual(decoded);
    expect((await run(["--file", file, PING])).answers).toHaveLength(3);
  });

  it("may have spaces and colons between bytes, and no newline at the end", async () => {
    const spaced = PING.replaceAll(/..(?=.)/gu, "$& ");
    const { answers } = await run([], [`${spaced}\n${spaced.replaceAll(" ", ":")}`]);
    expect(answers).toEqual([PING_DECODED, PING_DECODED]);
  });

  it("that is none gives nothing", async () => {
    expect(await run([], [])).toEqual({ status: 0, answers: [], stderr: "" });
  });

  it("that does not decode gives an error in its place, and exit status 1", async () => {
    const { status, answers } = await run(["zz", PING, "000", "ff", "0c0000000000"]);
    expect(status).toBe(1);
    expect(answers).toEqual([
      failure("ERR_HEX", 'expected hex digits, got "z" as digit 1'),
      PING_DECODED,
      failure("ERR_HEX", "expected two hex digits a byte, got 3 digits"),
      failure("ERR_DECODE", "unknownType: no message has the type 255"),
      failure("ERR_DECODE", expect.stringMatching(/^badChecksum: /u)),
    ]);
  });

  it("that is too long is not kept", async () => {
    const { status, answers } = await run([], ["00".repeat(200_000), "\n", PING]);
    expect(status).toBe(1);
    expect(answers).toEqual([
      failure("ERR_HEX", "expected at most 65535 bytes, got more"),
      PING_DECODED,
    ]);
  });

  it("from a file that is not there is one line and status 1", async () => {
    const { status, answers, stderr } = await run(["--file", join(folder, "nothing")]);
    expect({ status, answers }).toEqual({ status: 1, answers: [] });
    expect(stderr).toMatch(/^hearsay: --file: cannot read .*ENOENT.*\n$/u);
  });
});

function failure(code: string, message: unknown): unknown {
  return { error: { code, message } };
}

describe("keys and labels", () => {
  const [first] = loadVectors("memberlist-head-label-enc.json") as readonly [Vector, ...Vector[]];

  it("keys are tried in turn, and may come from the environment", async () => {
    const other = "AAAAAAAAAAAAAAAAAAAAAA==";
    const { answers } = await run(["--key", other, "--key", KEY, first.hex]);
    expect(answers).toEqual([first.decoded]);
    const terminal = new MemoryTerminal({ HEARSAY_ENCRYPT: `${other},${KEY}` });
    expect(await runCommand(["decode", first.hex], terminal)).toBe(0);
  });

  it("a label that is given must be the one", async () => {
    expect((await run(["--key", KEY, "--label", "dc1", first.hex])).status).toBe(0);
    const { answers } = await run(["--key", KEY, "--label", "dc2", first.hex]);
    expect(answers).toEqual([failure("ERR_DECODE", expect.stringMatching(/^wrongLabel: /u))]);
  });

  it("without the key one is told so", async () => {
    const { answers } = await run([first.hex]);
    expect(answers).toEqual([failure("ERR_DECODE", "encrypted: encrypted, and no key was given")]);
  });

  it("a key that is none is never shown", async () => {
    const { status, stderr } = await run(["--key", "c2VjcmV0", PING]);
    expect(status).toBe(2);
    expect(stderr).toBe(
      "hearsay: --key: expected base64 of 16, 24 or 32 bytes, such as `hearsay keygen` prints\n",
    );
  });
});

it("hostile lines give an answer each, whatever they are", { timeout: 60_000 }, async () => {
  const seeds = [
    "memberlist-head-label-enc.json",
    "memberlist-head-plain.json",
    "serf094-plain.json",
  ]
    .flatMap((file) => loadVectors(file))
    .map(({ hex }) => Buffer.from(hex, "hex"));
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([seed, changes]) => {
      const bytes = Buffer.from(seed);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.toString("hex");
    });
  const noise = fc
    .uint8Array({ minLength: 1, maxLength: 80 })
    .map((bytes) => Buffer.from(bytes).toString("hex"));
  const text = fc.string({ unit: "binary", maxLength: 40 }).map((line) => {
    return `!${line.replaceAll(/[\n#]/gu, "")}`;
  });
  const line = fc.oneof(mutated, noise, text);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 40 }),
      fc.boolean(),
      async (all, tcp) => {
        const { status, answers, stderr } = await run(
          ["--key", KEY, ...(tcp ? ["--stream"] : [])],
          [`${all.join("\n")}\n`],
        );
        expect(stderr).toBe("");
        expect(answers).toHaveLength(all.length);
        const errors = answers.filter((answer) => "error" in answer);
        for (const error of errors) errorSchema.parse(error);
        expect(status).toBe(errors.length > 0 ? 1 : 0);
      },
    ),
    { numRuns: 200 },
  );
});

describe("keygen", () => {
  const keygen = async (...args: string[]) => {
    const terminal = new MemoryTerminal();
    const status = await runCommand(["keygen", ...args], terminal);
    return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  };

  it.each([
    [[], 32],
    [["--bytes", "16"], 16],
    [["--bytes", "24"], 24],
    [["--bytes", "32"], 32],
  ])("%j: a new key of %i bytes each time", async (args, bytes) => {
    const [one, two] = [await keygen(...args), await keygen(...args)];
    expect(one.status).toBe(0);
    expect(Buffer.from(one.stdout.trimEnd(), "base64")).toHaveLength(bytes);
    expect(one.stdout).not.toBe(two.stdout);
  });

  it("--json: with its length and its fingerprint", async () => {
    expect(JSON.parse((await keygen("--json")).stdout)).toEqual({
      key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/u),
      bytes: 32,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/u),
    });
  });

  it("knows three lengths", async () => {
    expect(await keygen("--bytes", "20")).toEqual({
      status: 2,
      stdout: "",
      stderr: 'hearsay: --bytes: expected one of 16, 24, 32, got "20"\n',
    });
  });
});
