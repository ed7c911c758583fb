/**
 * `hearsay papers`: runs the cases of a paper and says of each value whether it came out.
 * @module
 */
import picocolors from "picocolors";
import { columns } from "../tables.ts";
import { EXIT, hasColour, UsageError } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { expected } from "./arguments.ts";
import { finite } from "./json.ts";
import { PAPERS, runPaper } from "./papers/papers.ts";
import type { CaseOutcome, Paper } from "./papers/papers.ts";
import type { PaperCase, Verdict } from "./papers/paper-case.ts";
import { withProgress } from "./progress.ts";
import { figure } from "./statistics.ts";

export interface PapersFlags {
  readonly quick?: boolean;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/**
 * @param name nothing is all papers
 * @param ids of cases; none is all
 */
export async function runPapersCommand(
  name: string | undefined,
  ids: readonly string[],
  flags: PapersFlags,
  terminal: Terminal,
): Promise<number> {
  if (name !== undefined && !Object.hasOwn(PAPERS, name)) {
    throw expected("PAPER", `one of ${Object.keys(PAPERS).join(", ")}`, name);
  }
  const { json = false } = flags;
  const results: object[] = [];
  let allPassed = true;
  for (const one of name === undefined ? Object.keys(PAPERS) : [name]) {
    const { passed, asJson: result } = await runOne(one, ids, flags, terminal);
    results.push(result);
    allPassed &&= passed;
  }
  if (json) {
    const whole = name === undefined ? { papers: results } : results[0];
    terminal.stdout.write(`${JSON.stringify(whole, finite, 2)}\n`);
  }
  return allPassed ? EXIT.ok : EXIT.failed;
}

async function runOne(
  name: string,
  ids: readonly string[],
  flags: PapersFlags,
  terminal: Terminal,
): Promise<{ passed: boolean; asJson: object }> {
  const paper = PAPERS[name] as Paper;
  const cases = casesOf(paper, ids);
  const { seed, workers, quick = false, json = false, markdown = false } = flags;
  const isText = !json && !markdown;
  if (isText) terminal.stdout.write(`${paper.title}\n`);
  const paint = hasColour(terminal.env, terminal.stdout);
  const outcomes = await withProgress(terminal, "cases", ({ signal, step, expect }) => {
    expect(cases.length);
    return runPaper(paper, cases, {
      quick,
      seed,
      workers,
      signal,
      onCase: (outcome) => {
        step();
        if (isText) terminal.stdout.write(`\n${caseText(outcome, paint)}\n`);
      },
    });
  });
  const verdicts = outcomes.flatMap((outcome) => outcome.verdicts);
  const failed = verdicts.filter(({ passed }) => !passed).length;
  if (markdown) terminal.stdout.write(`${markdownOf(paper, name, outcomes, flags)}\n`);
  else if (isText) {
    terminal.stdout.write(`\n${verdicts.length - failed} passed, ${failed} failed\n`);
  }
  return {
    passed: failed === 0 && outcomes.length === cases.length,
    asJson: asJson(name, paper, outcomes, flags),
  };
}

function casesOf(paper: Paper, ids: readonly string[]): readonly PaperCase[] {
  const unknown = ids.find((id) => !paper.cases.some((one) => one.id === id));
  if (unknown !== undefined) {
    const known = paper.cases.map(({ id }) => id).join(", ");
    throw new UsageError(`CASE: expected one of ${known}, got ${JSON.stringify(unknown)}`);
  }
  return paper.cases.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

function caseText({ paperCase, runs, verdicts }: CaseOutcome, paint: boolean): string {
  const colour = picocolors.createColors(paint);
  const rows = verdicts.map((verdict) => {
    const word = wordOf(verdict);
    const tinted = verdict.passed ? colour.green(word) : colour.red(word);
    const { value, ours } = verdict;
    return [`  ${value.what}`, value.paper ?? "", figure(ours, 4), rangeOf(verdict), tinted];
  });
  const reasons = [...new Set(verdicts.flatMap(({ value }) => value.why ?? []))].map(
    (why) => `  * ${why}`,
  );
  const head = `${colour.bold(paperCase.id)}  ${paperCase.claim} (${paperCase.source}); ${runs} runs`;
  return [head, columns(["  VALUE", "PAPER", "OURS", "EXPECTED", ""], rows), ...reasons].join("\n");
}

function wordOf({ passed, value }: Verdict): string {
  if (!passed) return "FAIL";
  return value.why === undefined ? "pass" : "pass *";
}

function rangeOf({ value, allowed }: Verdict): string {
  const { expected: wanted, bound } = value;
  if (bound === "most") return `≤ ${figure(wanted, 4)}`;
  if (bound === "least") return `≥ ${figure(wanted, 4)}`;
  return allowed === 0 ? figure(wanted, 4) : `${figure(wanted, 4)} ± ${figure(allowed)}`;
}

function asJson(
  name: string,
  paper: Paper,
  outcomes: readonly CaseOutcome[],
  flags: PapersFlags,
): object {
  const { quick = false, seed } = flags;
  const cases = outcomes.map(({ paperCase, runs, verdicts }) => {
    const { id, claim, source } = paperCase;
    const values = verdicts.map(({ value, ours, allowed, passed }) => {
      const { what, paper: printed, expected: wanted, bound, why } = value;
      return {
        what,
        paper: printed,
        ours,
        expected: wanted,
        tolerance: allowed,
        bound,
        passed,
        why,
      };
    });
    return { id, claim, source, runs, values };
  });
  return { paper: name, title: paper.title, quick, seed, cases };
}

/** A section of docs/papers.md, with the command that makes it. */
function markdownOf(
  paper: Paper,
  name: string,
  outcomes: readonly CaseOutcome[],
  { quick = false, seed }: PapersFlags,
): string {
  const command = `hearsay papers ${name}${quick ? " --quick" : ""} --seed ${seed} --markdown`;
  const rows = outcomes.flatMap(({ paperCase, verdicts }) =>
    verdicts.map((verdict) => {
      const { value, ours } = verdict;
      const cells = [
        paperCase.id,
        `${paperCase.claim}: ${value.what}`,
        value.paper ?? "",
        figure(ours, 4),
      ];
      return `| ${[...cells, rangeOf(verdict), wordOf(verdict)].join(" | ")} |`;
    }),
  );
  const reasons = outcomes.flatMap(({ paperCase, verdicts }) =>
    [...new Set(verdicts.flatMap(({ value }) => value.why ?? []))].map(
      (why) => `- \\* ${paperCase.id}: ${why}.`,
    ),
  );
  const head = [
    `## ${paper.title}`,
    "",
    `Made by \`${command}\`.`,
    "",
    "| case | value | paper | ours | expected | |",
    "| --- | --- | ---: | ---: | ---: | --- |",
  ];
  return [...head, ...rows, "", ...reasons].join("\n");
}
