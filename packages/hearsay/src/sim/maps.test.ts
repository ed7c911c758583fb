/** What maps promise, over whole nodes in virtual time, while everything around them goes wrong. */
import { describe, expect, test } from "vitest";
import { ScenarioRunner } from "./scenario-runner.ts";

/** What the last command of a story says. */
function told(story: string): string | undefined {
  const runner = new ScenarioRunner({ wire: "objects" });
  const lines = story.split("\n").map((line) => line.trim());
  const outputs = lines.map((text, i) => runner.run({ number: i + 1, text }));
  return outputs.at(-1)?.at(-1);
}

describe("a map that keeps what is set at once", () => {
  test("has what one half has set and the other deleted while they could not see each other", () => {
    const story = `cluster a b c d preset=local maps=observed-remove
      set a x=1 y=1
      run 2s
      partition a b | c d
      run 5s
      set a x=2
      delete c x y
      set d z=3
      set b z=4
      run 10s
      repair
      run until agreed max 60s
      run 20s
      maps`;
    expect(told(story)).toBe("4 maps of 2 keys, all the same");
  });

  test("keeps a deletion although somebody comes back who had kept the value", () => {
    const story = `cluster a b c maps=observed-remove preset=local loss=20%
      set a x=1 y=1
      run 5s
      kill c
      delete b x
      set b y=2
      run 10s
      restart c with memory
      run until agreed max 60s
      run 30s
      maps`;
    expect(told(story)).toBe("3 maps of 1 keys, all the same");
  });
});

describe("a shared set", () => {
  test("has what was added by somebody who had not seen the removal, and nothing else of it", () => {
    const story = `cluster a b c maps=set preset=local loss=20%
      set a x=1 y=1
      run 5s
      partition a | b c
      run 3s
      set a x=1
      delete b x y
      kill c
      run 5s
      repair
      restart c with memory
      run until agreed max 60s
      run 30s
      maps`;
    expect(told(story)).toBe("3 maps of 1 keys, all the same");
  });
});

describe("a shared counter", () => {
  test("counts everything once, whoever was cut off, and goes on after restarts", () => {
    const story = `cluster a b c maps=counter preset=local loss=20%
      duplicate 20%
      set a x=5
      set b x=-2
      run 5s
      partition a | b c
      set a x=10
      set c x=1
      run 5s
      kill c
      repair
      set b x=100
      restart c with memory
      run until agreed max 60s
      set c x=1
      run 30s
      maps`;
    expect(told(story)).toBe("3 counters at 115, all the same");
  });

  test("has nothing to delete, and counts by whole numbers", () => {
    const cluster = "cluster a b maps=counter preset=local";
    expect(() => told(`${cluster}\ndelete a x`)).toThrow(/nothing to delete in a counter/);
    expect(() => told(`${cluster}\nset a x=many`)).toThrow(/whole numbers, not by many/);
  });
});

describe("a shared map", () => {
  test("is the same everywhere, whoever has written", () => {
    const story = `cluster a b c d preset=local maps=on
      set a x=1 y=2
      set b x=3
      run 2s
      delete c y
      set d z=4
      run 5s
      maps`;
    expect(told(story)).toBe("4 maps of 2 keys, all the same");
  });

  test("has what one half has set and the other deleted while they could not see each other", () => {
    const story = `cluster a b c d preset=local maps=on
      set a x=1 y=1
      run 2s
      partition a b | c d
      run 5s
      set a x=2
      delete c x y
      set d w=1
      run 10s
      repair
      run until agreed max 60s
      run 20s
      maps`;
    expect(told(story)).toBe("4 maps of 1 keys, all the same");
  });

  test("outlives the death of whoever has written, as soon as one other has it", () => {
    const story = `cluster a b c maps=on preset=local loss=20%
      set a x=1
      run 50ms
      kill a
      run 30s
      maps`;
    expect(told(story)).toBe("2 maps of 1 keys, all the same");
  });

  test("outlives all of them by what they have kept, and torn files by each other's", () => {
    const story = `cluster a b c maps=on preset=local
      set a x=1
      set b y=2
      run 5s
      kill a b c
      restart a with memory
      restart b c with torn-memory
      join b c a
      run 30s
      maps`;
    expect(told(story)).toBe("3 maps of 2 keys, all the same");
  });

  test("does not bring back what was deleted while a node was away with an old memory", () => {
    const story = `cluster a b c maps=on preset=local
      set a x=1 y=1
      run 5s
      kill c
      delete a x
      run 60s
      restart c with memory
      run 30s
      kill c
      restart c with old-memory
      run 30s
      maps`;
    expect(told(story)).toBe("3 maps of 1 keys, all the same");
  });

  test("is written and read back with its node in the middle of everything", () => {
    const story = `cluster a b c maps=on preset=local loss=30%
      set a x=1
      renew
      set b x=2
      run 100ms
      renew
      delete c x
      set c y=1
      run 1s
      renew
      run 20s
      maps`;
    expect(told(story)).toBe("3 maps of 1 keys, all the same");
  });

  test("takes the time of the others where a clock jumps a day ahead", () => {
    const story = `cluster a b c maps=on preset=local
      run 10s
      clock a +24h
      set a x=1
      run 5s
      set b x=2
      run 5s
      maps`;
    expect(told(story)).toBe("3 maps of 1 keys, all the same");
  });
});
