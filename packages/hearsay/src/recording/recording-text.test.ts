/** A file that is no recording, or is one no more, says where and what was expected. */
import { describe, expect, test } from "vitest";
import { NodeMachine, PeerTable } from "../composition/index.ts";
import { parseAddress, Sfc32 } from "../kernel/index.ts";
import type { Instant, Tenant } from "../kernel/index.ts";
import { Answers } from "./answers.ts";
import { lineOf, RECORDING_VERSION } from "./format.ts";
import type { HeadRecord, InputRecord, RecordingRecord, StateRecord } from "./format.ts";
import { Recorder } from "./recorder.ts";
import { readRecording } from "./recording-text.ts";
import { Replayer } from "./replayer.ts";

const NOBODY = {
  datagram() {},
  open() {},
  write() {},
  finish() {},
  abort() {},
  notify() {},
};

/** Counts its commands, and says a random number at each. */
class Counter implements Tenant {
  readonly name = "counter";
  readonly wire = { messages: [] };
  readonly deadline = Infinity as Instant;
  #count = 0;

  handle(...[input, , rng, effects]: Parameters<Tenant["handle"]>): void {
    if (input.type !== "command") return;
    if (input.command.type === "fail") throw new Error("BUG: asked to");
    this.#count++;
    effects.notify({ type: "counted", count: this.#count, random: rng.below(1000) } as never);
  }

  save(): number {
    return this.#count;
  }

  restore(saved: unknown): void {
    this.#count = saved as number;
  }
}

function counter() {
  const peers = new PeerTable();
  const address = parseAddress("10.0.0.1:1");
  const machine = new NodeMachine({ name: "a", address, peers, tenants: [new Counter()] });
  return { machine, peers };
}

/** Recordings of a counter that counts to `inputs`. */
function recorded(inputs: number, maxBytes = 1e9): string[] {
  const texts: string[] = [];
  const sink = {
    begin: () => void texts.push(""),
    write: (text: string) => void (texts[texts.length - 1] += text),
  };
  const rng = new Sfc32(3);
  const node = { ...counter(), rng, answers: new Answers(), config: { why: "test" } };
  const recorder = new Recorder(node, { sink, maxBytes, about: { host: "here" } });
  for (let i = 0; i < inputs; i++) {
    const command = { type: i % 7 === 6 ? "fail" : "count" };
    try {
      recorder.handle({ type: "command", tenant: "counter", command }, i as Instant, rng, NOBODY);
    } catch (error) {
      expect((error as Error).message).toMatch(/^BUG: asked to/);
    }
  }
  return texts;
}

function replayed(text: string): Replayer {
  const replayer = new Replayer(readRecording(text), counter);
  for (let step = replayer.step(); step !== undefined; step = replayer.step());
  return replayer;
}

function refusal(text: string): unknown {
  try {
    return replayed(text);
  } catch (error) {
    const { code, line, expected, received } = error as Record<string, unknown>;
    return { code, line, expected, received };
  }
}

const lines = (recorded(5)[0] as string).split("\n");
const joined = (...parts: string[]): string => parts.join("\n");

describe("a recording", () => {
  test("is run again to the same end, errors and all, from each state on", () => {
    const texts = recorded(50, 500);
    expect(texts.length).toBeGreaterThan(5);
    let steps = 0;
    for (const text of texts) {
      const replayer = replayed(text);
      expect(replayer.differences).toBe(0);
      expect(readRecording(text).head.about).toEqual({ host: "here" });
      steps += replayer.number;
    }
    expect(steps).toBe(50);
  });

  test("whose last line is torn is read up to there, and says so", () => {
    const torn = joined(...lines).slice(0, -20);
    const recording = readRecording(torn);
    expect(recording.tornLine).toBe(7);
    expect(recording.records).toHaveLength(5);
    expect(readRecording(joined(...lines)).tornLine).toBeUndefined();
  });

  const [head, state, first] = lines as [string, string, string];
  const stated = readRecording(joined(...lines)).records[0] as StateRecord;
  const counted = readRecording(joined(...lines)).records[1] as InputRecord;
  const { record: _, ...fields } = readRecording(joined(...lines)).head;
  const other = (change: Partial<HeadRecord>): string =>
    lineOf({ record: "head", ...fields, ...change } as RecordingRecord).trimEnd();

  test.each([
    ["nothing", "", 1, "a recording's head", "nothing"],
    [
      "half a head",
      head.slice(0, 30),
      1,
      "a recording's head",
      `${JSON.stringify(head.slice(0, 30))}`,
    ],
    ["another file", "#!/bin/sh\n", 1, "eight digits of a checksum and a record", '"#!/bin/sh"'],
    ["an empty line", joined(head, "", state, ""), 2, "eight digits", "nothing"],
    ["bytes", "\u0000\uFFFD\u0001\n", 1, "eight digits", '"\\u0000\uFFFD\\u0001"'],
    [
      "a byte changed",
      joined(head, state, first.replace("count", "mount"), ""),
      3,
      `the checksum ${first.slice(0, 8)}`,
      "one with",
    ],
    ["no head", joined(state, first, ""), 1, "a recording's head", "state"],
    ["no state", joined(head, first, ""), 2, "the state of a node", "none"],
    ["two heads", joined(head, head, ""), 2, 'a record "state" or "input"', '"head"'],
    [
      "a later version",
      joined(other({ version: RECORDING_VERSION + 1 }), state, ""),
      1,
      `version ${RECORDING_VERSION}`,
      `version ${RECORDING_VERSION + 1}`,
    ],
    [
      "another kind",
      joined(other({ kind: "page" as never }), state, ""),
      1,
      '"node" or a "world"',
      "page",
    ],
    ["no JSON", joined(head, `${"0".repeat(8)} {`, ""), 2, "checksum 00000000", "one with"],
    ...[
      { out: undefined },
      { out: [null] },
      { out: [{ type: "datagram", content: 5 }] },
      { input: "start" },
      { input: {} },
      { answers: true },
    ].map((change): [string, string, number, string, string] => [
      `an input with ${JSON.stringify(change)}`,
      joined(head, state, lineOf({ ...counted, ...change } as never)),
      3,
      "an input with its time and its outputs",
      "another record",
    ]),
    [
      "a state at no time",
      joined(head, lineOf({ ...stated, at: undefined as never })),
      2,
      "a state with its time",
      "another record",
    ],
    [
      "the state of another build",
      joined(head, lineOf({ ...stated, shape: "12345678" })),
      2,
      "which this build of the program saves",
      "one in 12345678",
    ],
    [
      "the state of another",
      joined(head, lineOf({ ...stated, peers: {} as never })),
      2,
      "a state that such a node can go on from",
      "",
    ],
  ])("is refused: %s", (_name, text, line, expected, received) => {
    expect(refusal(text)).toEqual({
      code: "ERR_RECORDING",
      line,
      expected: expect.stringContaining(expected),
      received: expect.stringContaining(received),
    });
  });
});
