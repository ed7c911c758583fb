import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Command, PROCESS_TEST_MS, until } from "./test/processes.ts";

const TOKEN = "0123456789abcdef";

let folder: string;
const commands: Command[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-operator-"));
});

afterEach(async () => {
  for (const command of commands.splice(0)) {
    command.child.kill("SIGKILL");
    await command.ended;
  }
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], env = {}) {
  const command = new Command(args, env);
  const { status } = await command.ended;
  return { status, stdout: command.stdout, stderr: command.stderr };
}

it(
  "an agent with a file and a token: SIGHUP reloads it, commands need the token",
  { timeout: PROCESS_TEST_MS },
  async () => {
    const [config, token] = [join(folder, "hearsay.json"), join(folder, "token")];
    const write = (more: object): void => {
      const base = { name: "a", bind: "127.0.0.1:0", http: "0.0.0.0:0", preset: "local" };
      writeFileSync(config, JSON.stringify({ ...base, httpTokenFile: token, ...more }));
    };
    writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 });
    write({ tag: { role: "web" } });
    const agent = new Command(["agent", "--config", config, "--ready-json"]);
    commands.push(agent);
    await agent.shows(/\n/u);
    const { http } = JSON.parse(agent.stdout) as { http: string };
    const at = `127.0.0.1:${http.split(":").at(-1)}`;

    const without = await run(["tags", "--http", at]);
    expect([without.status, without.stdout]).toEqual([1, ""]);
    expect(without.stderr).toContain("wants its token, by --http-token-file");
    const tags = () => run(["tags", "--http", at], { HEARSAY_HTTP_TOKEN: TOKEN });
    expect(await tags()).toEqual({ status: 0, stdout: "role=web\n", stderr: "" });

    write({ tag: { role: "db" }, logLevel: "debug" });
    agent.child.kill("SIGHUP");
    await until(async () => expect((await tags()).stdout).toBe("role=db\n"));
    write({ logLevel: "loud" });
    agent.child.kill("SIGHUP");
    await until(() => expect(agent.stderr).toContain("options were not read anew"));
    expect((await tags()).stdout).toBe("role=db\n");

    agent.child.kill("SIGTERM");
    expect(await agent.ended).toEqual({ status: 0, signal: null });
    const logged = agent.stderr.trimEnd().split("\n");
    for (const line of logged) expect(JSON.parse(line)).toMatchObject({ node: "a" });
    expect(agent.stderr).not.toContain(TOKEN);
  },
);
