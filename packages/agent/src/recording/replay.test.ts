/** `hearsay replay` of what two nodes on loopback have recorded. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode } from "hearsay";
import type { HearsayNode, NodeOptions } from "hearsay";
import type { Tenant } from "hearsay/kernel";
import { headOf, lineOf, readRecording } from "hearsay/recording";
import type { HeadRecord } from "hearsay/recording";
import { World } from "hearsay/sim";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../cli.ts";
import { MemoryTerminal } from "../test/memory-terminal.ts";
import { until } from "../test/processes.ts";
import { RecordingFile } from "./recording-file.ts";

let folder = "";
let file = "";

const QUICK = { probeIntervalMs: 100, probeTimeoutMs: 50, suspicionMult: 2, gossipIntervalMs: 20 };

const sees = (node: HearsayNode, state: string): Promise<void> =>
  until(() => {
    if (node.member("b")?.state !== state) throw new Error(`b is not ${state}`);
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-replay-"));
  file = join(folder, "a.recording");
  const sink = new RecordingFile(file, () => {});
  const options = { bind: "127.0.0.1:0", membership: QUICK } satisfies Partial<NodeOptions>;
  const recording = { sink, about: { by: "a test" } };
  const a = createNode({ name: "a", ...options, recording });
  await a.start();
  const b = createNode({ name: "b", ...options, seeds: [a.address] });
  await b.start();
  await sees(a, "alive");
  await until(async () => void (await a.ping("b")));
  await b.send("a", new TextEncoder().encode("hello"));
  await b.stop();
  await sees(a, "dead");
  await a.stop();
  sink.close();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function replay(args: readonly string[], input = "") {
  const terminal = new MemoryTerminal({}, input === "" ? [] : [input]);
  const status = await runCommand(["replay", ...args], terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

describe("hearsay replay", () => {
  it("tells what the node told, and that all was the same", async () => {
    const { status, stdout, stderr } = await replay([file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^a at 127\.0\.0\.1:\d+: \d+ inputs, by a test\n/u);
    expect(stdout).toMatch(/^ +\d+ms {2}a {2}sees b join, incarnation \d+$/mu);
    expect(stdout).toMatch(/^ +\d+ms {2}a {2}hears from b: 5 bytes by datagram$/mu);
    expect(stdout).toMatch(/^ +\d+ms {2}a {2}suspects b: no ack$/mu);
    expect(stdout).toMatch(/^ +\d+ms {2}a {2}declares b dead after \d+ms$/mu);
    expect(stdout).toMatch(/\n\d+ inputs run again: the same packets and events\n$/u);
  });

  it("shows every input and output with --verbose, and all of it with --json", async () => {
    const { stdout } = await replay([file, "--verbose"]);
    expect(stdout).toMatch(/^ +0ms {2}#1 {2}start$/mu);
    expect(stdout).toMatch(/ {2}#\d+ {2}← 127\.0\.0\.1:\d+ {2}ack.* {2}\d+ bytes$/mu);
    expect(stdout).toMatch(/^ +→ 127\.0\.0\.1:\d+ {2}ping.* {2}\d+ bytes$/mu);
    expect(stdout).toMatch(/ {2}#\d+ {2}stream -1 accepted from 127\.0\.0\.1:\d+$/mu);
    const lines = (await replay([file, "--json"])).stdout.trim().split("\n");
    const [first, ...others] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ number: 1, input: { type: "start" } });
    expect(others.at(-1)).toEqual({
      inputs: lines.length - 1,
      run: lines.length - 1,
      differences: 0,
    });
  });

  it("stops where a member changes, and answers questions there", async () => {
    const { status, stdout } = await replay(
      [file, "--break", "b=suspect"],
      "m\ne b\ne z\ns\n?\nc\n",
    );
    expect(status).toBe(0);
    const [before, after] = stdout.split(/suspects b: no ack\n/u) as [string, string];
    expect(before).toMatch(/ {2}#\d+ {2}timeout\n[^\n]*$/u);
    expect(after).toMatch(/^NAME +ADDRESS +STATE +INCARNATION +REASON$/mu);
    expect(after).toMatch(/^b +127\.0\.0\.1:\d+ +suspect +\d+ /mu);
    expect(after).toContain("we suspected b: no answer to our probe");
    expect(after).toContain("nothing is known of z");
    expect(after).toMatch(/^packetsSent +\d+$/mu);
    expect(after).toContain("what happened to a member");
    expect(after).toContain("declares b dead");
  });

  it("steps, and ends when it is told to or nobody is there to tell", async () => {
    const two = await replay([file, "--step"], "\nn\nq\n");
    expect(two.stdout).toMatch(/#1 {2}start[^#]*#2[^#]*#3[^#]*$/u);
    expect(two.stdout).toMatch(/\n3 of \d+ inputs run again: the same packets and events\n$/u);
    const end = await replay([file, "--break", "5"]);
    expect(end.stdout).toMatch(/\n5 of \d+ inputs run again/u);
    expect(end.status).toBe(0);
  });

  it("says what came out differently, and ends with 1", async () => {
    const changed = join(folder, "changed.recording");
    const { head, records } = readRecording(readFileSync(file, "utf8"));
    const at = records.findIndex(
      (one) => one.record === "input" && one.out[0]?.type === "datagram",
    );
    const lines = [head, ...records].map((record, i) => {
      if (i !== at + 1 || record.record !== "input") return lineOf(record);
      return lineOf({ ...record, out: [] });
    });
    writeFileSync(changed, lines.join(""));
    const { status, stdout } = await replay([changed]);
    expect(status).toBe(1);
    expect(stdout).toContain(`input ${at} came out differently:\n    recorded  nothing more\n`);
    expect(stdout).toMatch(/1 came out differently, first \d+\n$/u);
  });

  it("runs what is whole of a file whose writer was killed, and says so", async () => {
    const torn = join(folder, "torn.recording");
    const text = readFileSync(file, "utf8");
    writeFileSync(torn, text.slice(0, -30));
    const { status, stdout, stderr } = await replay([torn]);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /ends in the middle of line \d+, where its writer was killed; all before counts\n$/u,
    );
    expect(stdout).toContain("run again: the same packets and events");
  });

  it("prints the trace of a world, all of it or one node's", async () => {
    let trace = "";
    const world = new World({ seed: 1, trace: { write: (text) => void (trace += text) } });
    const greet = { type: "greeting" };
    for (const name of ["a", "b"]) {
      const handle: Tenant["handle"] = ({ type }, _now, _rng, effects) => {
        if (type === "start") effects.notify(greet);
      };
      const wire = { messages: [] };
      world.add(name, {
        tenants: () => [{ name: "t", wire, deadline: Infinity, handle } as never],
      });
    }
    world.run(10);
    const path = join(folder, "world.trace");
    writeFileSync(path, trace);
    expect((await replay([path])).stdout).toBe(
      "       0ms  a  greeting\n       0ms  b  greeting\n",
    );
    expect((await replay([path, "--node", "b", "--verbose"])).stdout).toBe(
      "       0ms  b  start\n       0ms  b  greeting\n",
    );
    const { status, stderr } = await replay([path, "--step"]);
    expect(status).toBe(2);
    expect(stderr).toContain("expected a node's recording for --step and --break, got a trace");
  });

  it.each([
    ["--break died", "--break: expected the number of an input, or [member=]change", 2],
    ["--break =fail", 'got "=fail"', 2],
  ])("refuses what makes no sense: %s", async (args, message, code) => {
    const { status, stderr } = await replay([file, ...args.split(" ")]);
    expect(status).toBe(code);
    expect(stderr).toContain(message);
  });

  it("refuses what is no recording, in one line with the place", async () => {
    const path = join(folder, "garbage");
    writeFileSync(path, "\u001b[31mnot a recording\n");
    const { status, stderr } = await replay([path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/garbage:1: expected eight digits .* \(ERR_RECORDING\)\n$/u);
    expect(stderr).not.toContain("\u001b");
    const missing = await replay([join(folder, "none")]);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toMatch(/cannot read .*none/u);
  });

  it("refuses a recording, and a trace, of another version, naming both", async () => {
    for (const [name, text] of [
      ["node", readFileSync(file, "utf8")],
      ["trace", lineOf(headOf("world", { seed: 1 }))],
    ] as const) {
      const [first = "", ...rest] = text.split("\n");
      const head = JSON.parse(first.slice(9)) as HeadRecord;
      const path = join(folder, `${name}.old`);
      writeFileSync(path, lineOf({ ...head, version: 0 }) + rest.join("\n"));
      const { status, stdout, stderr } = await replay([path]);
      expect({ status, stdout }, name).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/\.old:1: expected .*version \d+.*, got .*0.* \(ERR_RECORDING\)\n$/u);
    }
  });
});
