/**
 * Says what is wrong with a cluster: from what nodes have seen and tried, to findings.
 *
 *     observations ─┬─ each path that was tried ─▶ what gets through, and which way ─┐
 *                   ├─ each node's own troubles ─▶ pauses, refusals, conflicts ──────┼─▶ findings, each once
 *                   └─ who is where ─────────────▶ two at one address ───────────────┘
 *
 * A pure function: the command `hearsay doctor`, a test and the simulator ask the same one. It says what was seen, and
 * no more: where only one end of a path was asked, it does not say which way things get lost unless that end knows.
 * @module
 */
import { assertNever, splitHostPort } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { Finding } from "./finding.ts";
import { diagnosePath } from "./paths.ts";
import type { NodeReport, Observations, ReportedMember } from "./report.ts";

/** What is longer ago than this is history. */
export const RECENT_MS = 600_000;

/** Reasons to refuse that tell of the label. */
const LABEL_REASONS: ReadonlySet<string> = new Set([
  "wrongLabel",
  "missingLabel",
  "unexpectedLabel",
]);

/** Reasons to refuse that tell of keys. */
const KEY_REASONS: ReadonlySet<string> = new Set([
  "encrypted",
  "notEncrypted",
  "undecryptable",
  "badPadding",
]);

/** What is wrong; nothing where all that was seen is well. */
export function diagnose(observations: Observations): readonly Finding[] {
  const { reports, silent } = observations;
  const found = [
    ...silent.map(agentSilent),
    ...reports.flatMap(pauses),
    ...reports.flatMap((report) =>
      report.paths.flatMap((path) => diagnosePath(report, path, reports)),
    ),
    ...reports.flatMap(conflicts),
    ...sharedAddresses(reports),
    ...reports.flatMap((report) => refusals(report)),
  ];
  // Both ends of a path see the same.
  const byKey = new Map<string, Finding>();
  for (const finding of found) {
    const key = `${finding.code} ${finding.about.toSorted().join(" ")}`;
    if (!byKey.has(key)) byKey.set(key, finding);
  }
  return [...byKey.values()];
}

function agentSilent(at: string): Finding {
  return {
    code: "agent-silent",
    about: [at],
    sentence: `The agent at ${at} takes the question and does not answer it.`,
    cure:
      "Its process is stopped, swapped out or busy. Look at it with `ps` (state T is stopped: `kill -CONT`), " +
      "at the load of its machine, and at its log.",
  };
}

function pauses({ name, pauses: all }: NodeReport): Finding[] {
  const recent = all.filter(({ agoMs }) => agoMs <= RECENT_MS);
  if (recent.length === 0) return [];
  const worst = Math.max(...recent.map(({ ms }) => ms));
  const times = recent.length === 1 ? "once" : `${recent.length} times`;
  return [
    {
      code: "loop-blocked",
      about: [name],
      sentence: `The process of ${name} stood still ${times} in the last ten minutes, for ${seconds(worst)} at worst.`,
      cure:
        "Something blocks its event loop (a long computation, a synchronous call, garbage collection), or the machine " +
        "does: look for swapping and for a CPU quota. Give the work to a worker thread, or the process more CPU.",
    },
  ];
}

function conflicts({ conflicts: all }: NodeReport): Finding[] {
  return all
    .filter(({ agoMs }) => agoMs <= RECENT_MS)
    .map(({ name, address, claimed }) => ({
      code: "duplicate-name" as const,
      about: [name],
      sentence: `Two nodes have the name ${name}: one at ${address}, one at ${claimed}.`,
      cure: "Give one of them another name (`--name`) and start it again. The first one keeps the name until then.",
    }));
}

function sharedAddresses(reports: readonly NodeReport[]): Finding[] {
  const byAddress = new Map<string, Set<string>>();
  for (const { name, address, state } of reports.flatMap(({ members }) => members)) {
    if (!isThere(state)) continue;
    const names = byAddress.get(address) ?? new Set();
    byAddress.set(address, names.add(name));
  }
  const shared = [...byAddress].filter(([, names]) => names.size > 1);
  return shared.map(([address, names]) => {
    const about = [...names].toSorted();
    return {
      code: "duplicate-address",
      about,
      sentence: `${about.join(" and ")} all say that they are at ${address}.`,
      cure:
        "Only one of them can be reached there. Tell each what address the others reach it at (`--advertise`): behind NAT " +
        "and in containers it is not the one that it is bound to.",
    };
  });
}

function isThere(state: ReportedMember["state"]): boolean {
  switch (state) {
    case "alive":
    case "suspect":
      return true;
    case "dead":
    case "left":
      return false;
    default:
      return assertNever(state);
  }
}

function refusals({ name, members, refusals: all }: NodeReport): Finding[] {
  return all.flatMap(({ reason, from: host, agoMs }): Finding[] => {
    if (agoMs > RECENT_MS) return [];
    const [known, ...others] = members.filter(({ address }) => hostOf(address) === host);
    const from = known !== undefined && others.length === 0 ? known.name : host;
    const about = [name, from];
    if (LABEL_REASONS.has(reason)) {
      return [
        {
          code: "label-differs",
          about,
          sentence: `${name} refuses what ${from} sends: ${LABEL_WORDS[reason] ?? "its label differs"}.`,
          cure: "If the two belong together, give them the same label (`--label`). If not, nothing is wrong.",
        },
      ];
    }
    if (!KEY_REASONS.has(reason)) return [];
    return [
      {
        code: "key-differs",
        about,
        sentence: `${name} refuses what ${from} sends: ${KEY_WORDS[reason] ?? "its key differs"}.`,
        cure:
          "Compare `hearsay keys list` on both. Install the key that is missing (`hearsay keys install`), on every node, " +
          "before any node uses it; or switch encryption on where it is off.",
      },
    ];
  });
}

const LABEL_WORDS: Readonly<Record<string, string>> = {
  wrongLabel: "it has another label",
  missingLabel: "it has no label",
  unexpectedLabel: `it has a label, and nobody should have one`,
};

const KEY_WORDS: Readonly<Record<string, string>> = {
  encrypted: "it is encrypted, and nothing should be",
  notEncrypted: "it is not encrypted",
  undecryptable: "none of its keys opens it",
  badPadding: "none of its keys opens it",
};

function hostOf(address: Address): string | undefined {
  return splitHostPort(address)?.host;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
