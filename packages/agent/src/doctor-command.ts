/**
 * `hearsay doctor`: asks agents what they see and try, and says what is wrong, with the cure.
 *
 *     --http a --http b ─▶ awake? ─▶ examination ─▶ reports ─┐
 *                            └─ no answer ─▶ silent ─────────┴─▶ diagnose ─▶ sentences, or JSON
 *
 * @see docs/doctor.md
 * @module
 */
import type { Command } from "commander";
import { diagnose } from "hearsay";
import type { Finding, NodeReport, Observations } from "hearsay";
import { AgentClient } from "./client.ts";
import { addOptions } from "./command-options.ts";
import { readToken } from "./http/token.ts";
import { DOCTOR_OPTIONS } from "./options.ts";
import { printable } from "./printable.ts";
import { doctorSettings, formatHostPort } from "./settings.ts";
import type { Flags } from "./settings.ts";
import { EXIT } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const DOCTOR_HELP = `
Exit status:
  0  nothing is wrong that can be seen from there
  1  no agent runs where one was asked for
  2  the command line or the environment is wrong
  3  something is wrong: see above`;

export function addDoctorCommand(
  program: Command,
  terminal: Terminal,
  end: (status: number) => void,
): void {
  addOptions(
    program
      .command("doctor")
      .description("say what is wrong with the cluster, and what to do about it")
      .option("--json", "print JSON")
      .addHelpText("after", DOCTOR_HELP),
    DOCTOR_OPTIONS,
  ).action(async (flags: Flags) => {
    const settings = doctorSettings(flags, terminal.env);
    const { token } = readToken(settings);
    const clients = settings.http.map((at) => new AgentClient(formatHostPort(at), token));
    const observations = await observe(clients);
    const findings = diagnose(observations);
    const isJson = flags["json"] === true;
    terminal.stdout.write(isJson ? json(observations, findings) : words(observations, findings));
    end(findings.length === 0 ? EXIT.ok : EXIT.found);
  });
}

/** @throws CommandError when no agent is there at all */
async function observe(clients: readonly AgentClient[]): Promise<Observations> {
  const reports: NodeReport[] = [];
  const silent: string[] = [];
  await Promise.all(
    clients.map(async (client) => {
      const report = (await client.isAwake()) ? await client.examine() : undefined;
      if (report === undefined) silent.push(client.at);
      else if (reports.every(({ name }) => name !== report.name)) reports.push(report);
    }),
  );
  const byName = (a: NodeReport, b: NodeReport): number => (a.name < b.name ? -1 : 1);
  return { reports: reports.toSorted(byName), silent: silent.toSorted() };
}

function json(observations: Observations, findings: readonly Finding[]): string {
  return `${JSON.stringify({ findings, ...observations }, undefined, 2)}\n`;
}

function words({ reports, silent }: Observations, findings: readonly Finding[]): string {
  const tried = new Set(reports.flatMap(({ paths }) => paths.map(({ name }) => name))).size;
  const asked = `${count(reports.length + silent.length, "agent")} asked, ${count(tried, "member")} tried`;
  if (findings.length === 0) return `Nothing is wrong that can be seen from here: ${asked}.\n`;
  const told = findings.map(({ code, sentence, cure }) => {
    return `${code}: ${printable(sentence)}\n  ${printable(cure)}`;
  });
  return `${told.join("\n\n")}\n\n${count(findings.length, "finding")}: ${asked}.\n`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
