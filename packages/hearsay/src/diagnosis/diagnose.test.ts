/** What is said of what was seen, case by case: the observations are made up here, and made by faults in sim and interop. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Address } from "../kernel/index.ts";
import { diagnose, RECENT_MS } from "./diagnose.ts";
import { FINDING_CODES } from "./finding.ts";
import type { NodeReport, TriedPath } from "./report.ts";

const addressOf = (name: string): Address => `10.0.0.${name.charCodeAt(0) - 96}:7946` as Address;

const ALL = { sent: 10, answered: 10 };
const NONE = { sent: 10, answered: 0 };

function path(name: string, changes: Partial<TriedPath> = {}): TriedPath {
  const well = {
    packets: ALL,
    largePackets: ALL,
    rttMs: 1,
    stream: "answered",
    heard: true,
  } as const;
  return { name, address: addressOf(name), ...well, ...changes };
}

function report(name: string, changes: Partial<NodeReport> = {}): NodeReport {
  const members = ["a", "b", "c"].map((each) => {
    return { name: each, address: addressOf(each), state: "alive" as const };
  });
  const quiet = { tcpOnly: false, paths: [], conflicts: [], refusals: [], pauses: [] };
  return { name, address: addressOf(name), members, ...quiet, ...changes };
}

/** `code about…` of what these say. */
function found(...reports: NodeReport[]): string[] {
  return diagnose({ reports, silent: [] }).map(({ code, about }) => `${code} ${about.join(" ")}`);
}

const tried = (changes: Partial<TriedPath>): string[] => {
  return found(report("a", { paths: [path("b", changes)] }));
};
const silent = (changes: Partial<TriedPath>): string[] => {
  return tried({ packets: NONE, largePackets: NONE, heard: false, ...changes });
};

describe("a path that was tried", () => {
  test("is well when all is answered, and when most is", () => {
    expect(tried({})).toEqual([]);
    expect(tried({ packets: { sent: 10, answered: 5 } })).toEqual([]);
  });

  test("packets that are answered tell of the stream, of their size and of their number", () => {
    expect(tried({ stream: "silent" })).toEqual(["tcp-blocked a b"]);
    expect(tried({ stream: "refused" })).toEqual(["tcp-blocked a b"]);
    expect(tried({ largePackets: NONE })).toEqual(["packets-cut a b"]);
    expect(tried({ packets: { sent: 10, answered: 4 } })).toEqual(["packets-lost a b"]);
  });

  test("silence is told by how far the stream got, and by whether the other was heard", () => {
    expect(silent({})).toEqual(["udp-blocked a b"]);
    expect(silent({ heard: true })).toEqual(["udp-one-way b a"]);
    expect(silent({ stream: "silent", heard: true })).toEqual(["one-way a b"]);
    expect(silent({ stream: "silent" })).toEqual(["unreachable a b"]);
    expect(silent({ stream: "taken" })).toEqual(["process-stuck b"]);
    expect(silent({ stream: "refused" })).toEqual(["unreachable b"]);
    expect(silent({ stream: "closed" })).toEqual(["duplicate-address b"]);
    expect(silent({ stream: "undecryptable" })).toEqual(["key-differs a b"]);
  });

  test("the other end's report tells which way gets lost, and both ends' findings are one", () => {
    const blocked = { packets: NONE, largePackets: NONE, heard: false };
    const a = report("a", { paths: [path("b", blocked)] });
    expect(found(a, report("b", { paths: [path("a", blocked)] }))).toEqual(["udp-blocked a b"]);
    const hears = report("b", { paths: [path("a", { ...blocked, heard: true })] });
    expect(found(a, hears)).toEqual(["udp-one-way a b"]);
  });

  test("where there is no UDP on purpose, only the stream speaks", () => {
    const none = { packets: { sent: 0, answered: 0 }, largePackets: { sent: 0, answered: 0 } };
    expect(tried({ ...none, heard: false })).toEqual([]);
    expect(tried({ ...none, heard: false, stream: "taken" })).toEqual(["process-stuck b"]);
    expect(tried({ ...none, heard: false, stream: "silent" })).toEqual(["unreachable a b"]);
  });

  test("a dead member's successor at its address is no mistake", () => {
    const members = [{ name: "b", address: addressOf("b"), state: "dead" as const }];
    const closed = path("b", { packets: NONE, largePackets: NONE, heard: false, stream: "closed" });
    expect(found(report("a", { members, paths: [closed] }))).toEqual([]);
  });
});

describe("a node's own troubles", () => {
  test("pauses, conflicts and refusals count while they are recent", () => {
    const at = (agoMs: number): string[] => {
      const refusals = [
        { reason: "wrongLabel", from: "10.0.0.9", count: 3, agoMs },
        { reason: "undecryptable", from: "10.0.0.2", count: 1, agoMs },
        { reason: "badChecksum", from: "10.0.0.2", count: 1, agoMs },
      ];
      const claimed = addressOf("z");
      const conflicts = [{ name: "c", address: addressOf("c"), claimed, agoMs }];
      return found(report("a", { refusals, conflicts, pauses: [{ ms: 300, agoMs }] }));
    };
    expect(at(RECENT_MS)).toEqual([
      "loop-blocked a",
      "duplicate-name c",
      "label-differs a 10.0.0.9",
      // An address of a member is told by its name.
      "key-differs a b",
    ]);
    expect(at(RECENT_MS + 1)).toEqual([]);
  });

  test("pauses are told together, with the worst", () => {
    const pauses = [300, 2500].map((ms) => ({ ms, agoMs: 1000 }));
    const [finding] = diagnose({ reports: [report("a", { pauses })], silent: [] });
    expect(finding?.sentence).toBe(
      "The process of a stood still 2 times in the last ten minutes, for 2.5 s at worst.",
    );
  });

  test("two at one address, unless one of them is dead; and an agent that does not answer", () => {
    const members = (state: "alive" | "dead") => [
      { name: "a", address: addressOf("a"), state: "alive" as const },
      { name: "b", address: addressOf("a"), state },
    ];
    expect(found(report("a", { members: members("alive") }))).toEqual(["duplicate-address a b"]);
    expect(found(report("a", { members: members("dead") }))).toEqual([]);
    const [finding] = diagnose({ reports: [], silent: ["127.0.0.1:7980"] });
    expect(finding).toMatchObject({ code: "agent-silent", about: ["127.0.0.1:7980"] });
  });
});

test("every code has its sign and its cure in docs/doctor.md", () => {
  const page = readFileSync(new URL("../../../../docs/doctor.md", import.meta.url), "utf8");
  for (const code of FINDING_CODES) expect(page).toContain(`| \`${code}\``);
});
