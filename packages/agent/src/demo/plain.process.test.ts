import { describe, expect, it } from "vitest";
import { Command, isRunning, PROCESS_TEST_MS, toldPids, until } from "../test/processes.ts";

async function allGone(pids: readonly number[]): Promise<void> {
  await until(() => expect(pids.filter(isRunning)).toEqual([]));
}

describe("the demo without a terminal", () => {
  it("tells its story, ends with 0 and leaves nobody", { timeout: PROCESS_TEST_MS }, async () => {
    const demo = new Command(["demo", "--nodes", "4"]);
    const { status } = await demo.ended;
    expect(status, demo.stdout + demo.stderr).toBe(0);
    expect(demo.stderr).toBe("");
    const story = [
      /4 agents on this machine/u,
      /n1 is up at 127\.0\.0\.1:\d+ \(pid \d+\)/u,
      /all 4 agree: 4 alive/u,
      /n4 says hello on the topic demo: 4 of 4 heard it, the last after \d+ ms/u,
      /n1 sets a key of the map demo/u,
      /map demo: n1=1, the same at all 4/u,
      /state pid: n1=\d+ n2=\d+ n3=\d+ n4=\d+, the same at all 4/u,
      /n4 sets a key, and dies as soon as that is acknowledged/u,
      /kill -9 \d+: n4 is gone/u,
      // Nothing is lost of what was acknowledged.
      /map demo: n1=1 n4=2, the same at all 3/u,
      /n\d: n4 is suspect \(/u,
      /n\d: n4 is dead \(/u,
      /all 3 agree: 3 alive, 1 dead/u,
      /state pid: n1=\d+ n2=\d+ n3=\d+, the same at all 3/u,
      /n2 says goodbye/u,
      /n\d: n2 has left \(/u,
      /both agree: 2 alive, 1 dead, 1 left/u,
      /npx hearsay agent --name a/u,
      /npx hearsay agent --name b [^]*--join 127\.0\.0\.1:7950/u,
      /npx hearsay members/u,
    ];
    let rest = demo.stdout;
    for (const line of story) {
      expect(rest).toMatch(line);
      rest = rest.slice(rest.search(line));
    }
    for (const observer of ["n1", "n2", "n3"])
      expect(demo.stdout).toContain(`${observer}: n4 is dead`);
    const pids = toldPids(demo.stdout);
    expect(pids).toHaveLength(4);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it("works with two", { timeout: PROCESS_TEST_MS }, async () => {
    const demo = new Command(["demo", "--nodes", "2"]);
    expect((await demo.ended).status, demo.stdout + demo.stderr).toBe(0);
    expect(demo.stdout).toMatch(/n3 starts/u);
  });

  it("ends everybody on SIGTERM and says where it was", { timeout: PROCESS_TEST_MS }, async () => {
    const demo = new Command(["demo", "--nodes", "3"]);
    await demo.shows(/all 3 agree/u);
    demo.child.kill("SIGTERM");
    const { status } = await demo.ended;
    expect(status).toBe(1);
    expect(demo.stderr).toBe("hearsay: SIGTERM before the story was at its end\n");
    await allGone(toldPids(demo.stdout));
  });

  it("killed with -9, takes a paused agent with it", { timeout: PROCESS_TEST_MS }, async () => {
    const demo = new Command(["demo", "--nodes", "3"]);
    await demo.shows(/all 3 agree/u);
    const pids = toldPids(demo.stdout);
    expect(pids).toHaveLength(3);
    process.kill(pids[0] as number, "SIGSTOP");
    demo.child.kill("SIGKILL");
    await demo.ended;
    await allGone(pids);
  });

  it(
    "an agent that ends by itself fails the story by name",
    { timeout: PROCESS_TEST_MS },
    async () => {
      const demo = new Command(["demo", "--nodes", "3"]);
      await demo.shows(/all 3 agree/u);
      process.kill(toldPids(demo.stdout)[0] as number, "SIGKILL");
      expect((await demo.ended).status).toBe(1);
      expect(demo.stderr).toMatch(/^hearsay: n\d .*ended by itself/u);
      await allGone(toldPids(demo.stdout));
    },
  );
});
