import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keysSchema } from "./http/key-routes.ts";
import { fingerprintOf } from "./keys/key-text.ts";
import { Command, PROCESS_TEST_MS, until } from "./test/processes.ts";

const OLD = Buffer.alloc(16, 1).toString("base64");
const NEW = Buffer.alloc(32, 2).toString("base64");

const commands: Command[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-rotation-"));
});

afterEach(async () => {
  for (const command of commands.splice(0)) {
    command.child.kill("SIGKILL");
    await command.ended;
  }
  rmSync(folder, { recursive: true });
});

interface Agent {
  readonly process: Command;
  readonly address: string;
  readonly http: string;
}

/** The key goes through the environment, as it should. */
async function startAgent(name: string, key: string, ...more: string[]): Promise<Agent> {
  const own = ["--name", name, "--bind", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const common = ["--preset", "local", "--ready-json", "--log-level", "debug", "--label", "dc1"];
  const process = new Command(["agent", ...own, ...common, ...more], { HEARSAY_ENCRYPT: key });
  commands.push(process);
  await process.shows(/\n/u);
  const { address, http } = JSON.parse(process.stdout) as { address: string; http: string };
  return { process, address, http };
}

async function ask(agent: Agent, ...args: string[]): Promise<Command> {
  const command = new Command([...args, "--http", agent.http]);
  const { status } = await command.ended;
  expect(status, command.stderr).toBe(0);
  return command;
}

async function states(agent: Agent): Promise<Record<string, string>> {
  const { stdout } = await ask(agent, "members", "--json");
  const { members } = JSON.parse(stdout) as { members: { name: string; state: string }[] };
  return Object.fromEntries(members.map(({ name, state }) => [name, state]));
}

async function fingerprints(agent: Agent): Promise<string[]> {
  const { stdout } = await ask(agent, "keys", "list", "--json");
  return keysSchema.parse(JSON.parse(stdout)).keys.map(({ fingerprint }) => fingerprint);
}

/** A busy machine may make a suspect of anybody for a moment; the monitor sees whether one was given up. */
function agree(agent: Agent): Promise<void> {
  return until(async () => expect(await states(agent)).toEqual({ a: "alive", b: "alive" }));
}

describe("two encrypted agents", () => {
  it(
    "keep each other alive while their key is replaced",
    { timeout: PROCESS_TEST_MS },
    async () => {
      const keyring = join(folder, "keyring.json");
      const a = await startAgent("a", OLD, "--keyring", keyring);
      const b = await startAgent("b", OLD, "--join", a.address);
      for (const agent of [a, b]) await agree(agent);

      const watched = [a, b].map(
        (agent) => new Command(["monitor", "--json", "--http", agent.http]),
      );
      commands.push(...watched);
      for (const monitor of watched) await monitor.shows(/"members"/u);

      const step = async (...args: string[]): Promise<void> => {
        for (const agent of [a, b]) {
          await ask(agent, "keys", ...args);
          await agree(agent);
        }
      };
      await step("install", NEW);
      await step("use", fingerprintOf(NEW));
      await step("remove", OLD);
      for (const agent of [a, b]) expect(await fingerprints(agent)).toEqual([fingerprintOf(NEW)]);

      // Some probes later they still hear each other, and whoever has the old key alone hears nothing.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      for (const agent of [a, b]) await agree(agent);
      const stranger = await startAgent("c", OLD);
      const joining = new Command(["join", a.address, "--http", stranger.http]);
      expect((await joining.ended).status).toBe(1);

      for (const monitor of watched) {
        monitor.child.kill("SIGINT");
        expect(await monitor.ended).toEqual({ status: 0, signal: null });
        const lines = monitor.stdout.trimEnd().split("\n");
        const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
        expect(types).not.toContain("fail");
      }
      expect(JSON.parse(readFileSync(keyring, "utf8"))).toEqual([NEW]);
      expect(statSync(keyring).mode & 0o777).toBe(0o600);
      for (const { process } of [a, b, stranger]) {
        for (const key of [OLD, NEW]) expect(process.stdout + process.stderr).not.toContain(key);
      }
    },
  );

  it("go over to encryption while they run", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await startAgent("a", "");
    const strict = await startAgent("s", NEW);
    const refused = new Command(["join", a.address, "--http", strict.http]);
    expect((await refused.ended).status).toBe(1);
    // Round 1: reads both, still writes plain. Round 2 writes encrypted: who is not there yet cannot read it.
    const lenient = ["--verify-incoming", "false", "--verify-outgoing", "false"];
    const b = await startAgent("b", NEW, ...lenient, "--join", a.address);
    for (const agent of [a, b]) await agree(agent);
  });

  it("an agent comes back with the keys that it had", { timeout: PROCESS_TEST_MS }, async () => {
    const keyring = join(folder, "keyring.json");
    const a = await startAgent("a", OLD, "--keyring", keyring);
    await ask(a, "keys", "install", NEW);
    await ask(a, "keys", "use", NEW);
    a.process.child.kill("SIGTERM");
    await a.process.ended;
    const again = await startAgent("a", OLD, "--keyring", keyring);
    expect(await fingerprints(again)).toEqual([fingerprintOf(NEW), fingerprintOf(OLD)]);
    expect(again.process.stderr).toContain("keys given by options are ignored");
  });
});
