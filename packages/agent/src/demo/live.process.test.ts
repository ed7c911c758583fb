import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRunning, PROCESS_TEST_MS, PROGRAM, until } from "../test/processes.ts";

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
if (!hasTmux) console.warn("SKIPPED: the live demo is tested with tmux, and there is none here");

/** A tmux server of each test's own: nobody's sessions are touched, and the one before may still be ending. */
let server = 0;

function tmux(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(
    "tmux",
    ["-L", `hearsay-test-${process.pid}-${server}`, "-u", ...args],
    {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    },
  );
  if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
  return stdout;
}

const screen = (): string => tmux("capture-pane", "-p", "-t", "demo");
const press = (...keys: string[]): string => tmux("send-keys", "-t", "demo", ...keys);

const shows = (pattern: RegExp): Promise<void> => {
  return until(() => expect(screen()).toMatch(pattern), 60_000);
};

/** By the `pid` column. */
function pidsOnScreen(): number[] {
  return [...screen().matchAll(/(?:running|paused) +(\d+)/gu)].map((match) => Number(match[1]));
}

describe.skipIf(!hasTmux)("the demo at a terminal", { timeout: PROCESS_TEST_MS }, () => {
  beforeEach(() => {
    server++;
    const command = `'${process.execPath}' '${PROGRAM}' demo --nodes 3; echo "status $?"; exec cat`;
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "demo", command);
  });

  afterEach(() => void tmux("kill-server"));

  it("shows what keys do, ends with q and leaves nobody", async () => {
    await shows(/all 3 agree: 3 alive/u);
    const pids = pidsOnScreen();
    expect(pids).toHaveLength(3);
    const picture = screen().split("\n");
    expect(picture[0]).toMatch(/^ hearsay demo/u);
    expect(screen()).toMatch(/● alive {2}◐ suspect {2}✗ dead {2}○ left/u);
    expect(screen()).toMatch(/q quit/u);

    await shows(/memory of all, as n\d knows it: \d+ MB in 3 processes/u);

    press("2", "m");
    await shows(/n2 says hello on the topic demo: 3 of 3 heard it/u);

    await shows(/state pid: n1=\d+ n2=\d+ n3=\d+, the same at all 3/u);
    press("3", "v");
    await shows(/n3 has set n3=1, and another node has it/u);
    press("3", "k");
    await shows(/n3 +killed/u);
    await shows(/n3 dead/u);
    await shows(/both agree: 2 alive, 1 dead/u);
    await shows(/map demo: n3=1, the same at all 2/u);
    await shows(/state pid: n1=\d+ n2=\d+, the same at all 2/u);

    press("s");
    await shows(/all 3 agree: 3 alive/u);
    pids.push(...pidsOnScreen());

    press("Up", "p");
    await shows(/▸ n2 .*paused/u);
    press("r");
    await shows(/▸ n2 .*running/u);

    press("h");
    await shows(/npx hearsay agent --name me/u);
    press("h");

    press("Down", "l");
    await shows(/n3 +left/u);
    await shows(/both agree: 2 alive, 1 left/u);

    press("1", "p");
    await shows(/n1 .*paused/u);
    press("q");
    await shows(/status 0/u);
    expect(screen()).toMatch(/npx hearsay agent --name a/u);
    expect(screen()).not.toMatch(/each row/u);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it("survives other sizes and ends with Ctrl-C", async () => {
    await shows(/all 3 agree/u);
    const pids = pidsOnScreen();
    tmux("resize-window", "-t", "demo", "-x", "44", "-y", "14");
    await shows(/^ 1-9 k p r l s m v h q$/mu);
    expect(screen()).toMatch(/▸ n1 +● +● +●/u);
    tmux("resize-window", "-t", "demo", "-x", "120", "-y", "40");
    await shows(/HTTP API/u);
    expect(screen().match(/hearsay demo/gu)).toHaveLength(1);
    press("C-c");
    await shows(/status 0/u);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
