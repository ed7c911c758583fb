/** Real agents record; one of them is killed, one is started again, and what each has left replays. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Command, PROCESS_TEST_MS, until } from "../test/processes.ts";

const KEY = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

const commands: Command[] = [];
const folder = mkdtempSync(join(tmpdir(), "hearsay-agents-"));

afterEach(async () => {
  for (const command of commands.splice(0)) {
    command.child.kill("SIGKILL");
    await command.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Ready {
  readonly address: string;
  readonly http: string;
}

async function agent(name: string, ...more: string[]) {
  const at = ["--bind", "127.0.0.1:0", "--http", "127.0.0.1:0", "--preset", "local"];
  const file = join(folder, `${name}.recording`);
  const args = ["agent", "--name", name, ...at, "--ready-json", "--record", file, ...more];
  const command = new Command(args, { HEARSAY_ENCRYPT: KEY });
  commands.push(command);
  await command.shows(/\n/u);
  return { command, file, ready: JSON.parse(command.stdout) as Ready };
}

async function run(...args: string[]) {
  const command = new Command(args);
  commands.push(command);
  const { status } = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

const sees = ({ http }: Ready, pattern: RegExp): Promise<void> =>
  until(async () => {
    const { stdout } = await run("members", "--http", http);
    if (!pattern.test(stdout)) throw new Error(`no ${pattern} in ${stdout}`);
  }, 60_000);

describe("recordings of real agents", () => {
  it("replay exactly, whoever was killed", { timeout: PROCESS_TEST_MS }, async () => {
    const a = await agent("a", "--record-bytes", "65536");
    const b = await agent("b", "--join", a.ready.address);
    const c = await agent("c", "--join", a.ready.address, "--record-payloads");
    await sees(a.ready, /^c +\S+ +alive/mu);
    b.command.child.kill("SIGKILL");
    await b.command.ended;
    await sees(a.ready, /^b +\S+ +(?:dead|left)/mu);
    const again = await agent("b", "--join", c.ready.address);
    await sees(a.ready, /^b +\S+ +alive/mu);
    for (const { command } of [again, c, a]) {
      command.child.kill("SIGTERM");
      expect((await command.ended).status).toBe(0);
    }

    for (const file of [a.file, b.file, `${b.file}.old`, c.file]) {
      const { status, stdout, stderr } = await run("replay", file);
      expect({ file, status, stderr: stderr.replace(/^.*all before counts\n/u, "") }).toEqual({
        file,
        status: 0,
        stderr: "",
      });
      expect(stdout).toMatch(/\d+ inputs run again: the same packets and events\n$/u);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const text = readFileSync(file, "latin1");
      expect(text).not.toContain(KEY.slice(0, -4));
      expect(text).not.toContain(Buffer.from(KEY, "base64").toString("hex"));
      expect(text).not.toContain(Buffer.from(KEY, "base64").toString("latin1"));
    }
    const { stdout } = await run("replay", a.file, "--break", "b=fail");
    expect(stdout).toMatch(/declares b dead|hears that b is dead|run again/u);
    const nowhere = await run(
      "agent",
      "--record",
      join(folder, "none", "x"),
      "--bind",
      "127.0.0.1:0",
    );
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/^hearsay: --record: cannot write .*none/mu);
    const wrong = await run("agent", "--record-bytes", "7");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("--record-bytes: expected a whole number in 65536..");
  });
});
