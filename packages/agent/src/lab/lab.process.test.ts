import { expect, test } from "vitest";
import { Command, PROCESS_TEST_MS } from "../test/processes.ts";

test(
  "how many threads there are changes no value",
  async () => {
    const flood = "flood --n 40 --runs 3 --settle-cycles 2 --broadcasts 2 --loss 0,10% --json";
    const outputs = ["1", "3"].map(async (workers) => {
      const command = new Command(["experiment", ...flood.split(" "), "--workers", workers]);
      const { status } = await command.ended;
      return { status, out: command.stdout };
    });
    const [one, three] = await Promise.all(outputs);
    expect(one?.status).toBe(0);
    expect(one?.out.length).toBeGreaterThan(1000);
    expect(three).toEqual(one);
  },
  PROCESS_TEST_MS,
);
