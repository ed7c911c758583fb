/**
 * Faults for hours: a cluster of four agents of Serf and four nodes of ours, and one of eight agents of Serf beside which
 * it is judged. Each round does every fault to both, one cluster after the other.
 *
 *     npm run soak                              one round: some fifteen minutes
 *     HEARSAY_SOAK_MINUTES=240 npm run soak     rounds for so long
 *
 * The report is Markdown: what each fault did, memory, CPU, false deaths, and what Serf's operators were told. It fails if
 * there were more false deaths under loss than among Serf alone, or a complaint that Serf alone does not make.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Eight, MIXED, SERF_ALONE } from "./test/eight.ts";
import type { Kind } from "./test/eight.ts";
import { until } from "./test/until.ts";

const MINUTES = Number(process.env["HEARSAY_SOAK_MINUTES"] ?? 0);
const REPORT = process.env["HEARSAY_SOAK_REPORT"];
/** Of each share of loss. */
const LOSS_MS = Number(process.env["HEARSAY_SOAK_LOSS_SECONDS"] ?? 120) * 1000;

const BOUND_MS = 120_000;
const VICTIMS = [3, 7];
const REST = [0, 1, 2, 4, 5, 6];
const SIDES = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
] as const;

/** What one fault did to one cluster. */
interface Outcome {
  readonly fault: string;
  readonly what: string;
  readonly deaths: number;
}

interface Round {
  readonly kinds: readonly Kind[];
  readonly outcomes: readonly Outcome[];
  readonly complaints: ReadonlySet<string>;
  readonly costs: ReturnType<Eight["costs"]>;
  readonly seconds: number;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function round(kinds: readonly Kind[]): Promise<Round> {
  const eight = await Eight.start(kinds);
  const startedAt = Date.now();
  const outcomes: Outcome[] = [];
  const fault = async (name: string, act: () => Promise<string>): Promise<void> => {
    const before = eight.deaths();
    const what = await act();
    outcomes.push({ fault: name, what, deaths: eight.deaths() - before });
    console.log(
      `${kinds === MIXED ? "mixed" : "serf"}  ${name}: ${what}, ${eight.deaths() - before} deaths told`,
    );
  };
  const agreed = (places?: readonly number[]): Promise<string> =>
    eight.agreed(BOUND_MS, places).then(seconds);
  try {
    await fault("start", async () => `all agree after ${await agreed()}`);
    await fault("key rotation", async () => {
      await eight.rotate();
      return `all agree after ${await agreed()}`;
    });
    for (const percent of [10, 30]) {
      await fault(`${percent} % loss for ${LOSS_MS / 1000} s`, async () => {
        eight.lose(percent);
        await sleep(LOSS_MS);
        eight.heal();
        return `all agree ${await agreed()} after it`;
      });
    }
    await fault("SIGSTOP for 10 s, SIGCONT", async () => {
      for (const place of VICTIMS) eight.signal(place, "SIGSTOP");
      await sleep(10_000);
      for (const place of VICTIMS) eight.signal(place, "SIGCONT");
      return `all agree ${await agreed()} after SIGCONT`;
    });
    await fault("partition", async () => {
      eight.partition(SIDES[0]);
      const alone = await Promise.all(SIDES.map((side) => eight.agreed(BOUND_MS, side)));
      eight.heal();
      return `sides alone after ${seconds(Math.max(...alone))}, all agree ${await agreed()} after it`;
    });
    await fault("kill -9, started again", async () => {
      for (const place of VICTIMS) eight.signal(place, "SIGKILL");
      const found = await agreed(REST);
      for (const place of VICTIMS) await eight.restart(place);
      return `found out after ${found}, back after ${await agreed()}`;
    });
    await fault("leave, started at another address", async () => {
      await Promise.all(VICTIMS.map((place) => eight.leave(place)));
      await agreed(REST);
      for (const place of VICTIMS) await eight.restartElsewhere(place);
      return `back after ${await agreed()}`;
    });
    const costs = eight.costs();
    const lasted = (Date.now() - startedAt) / 1000;
    await fault("300 members more", async () => {
      await eight.inject(300);
      for (const place of VICTIMS) eight.signal(place, "SIGKILL");
      await eight.restart(VICTIMS[0] as number, 6);
      await eight.restart(VICTIMS[1] as number, 2);
      const ms = await until("all see 308", BOUND_MS, async () => {
        const seen = await Promise.all(eight.names.map((_, place) => eight.alive(place)));
        return seen.every(({ length }) => length === 308);
      });
      return `all know 308 after ${seconds(ms)}`;
    });
    return { kinds, outcomes, complaints: eight.complaints(), costs, seconds: lasted };
  } finally {
    eight.end();
  }
}

/** Deaths under loss alone: nobody has died then. */
function falseDeaths({ outcomes }: Round): number {
  return outcomes
    .filter(({ fault }) => fault.includes("loss"))
    .reduce((sum, { deaths }) => sum + deaths, 0);
}

function report(mixed: readonly Round[], alone: readonly Round[]): string {
  const faults = mixed[0]?.outcomes.map(({ fault }) => fault) ?? [];
  const cells = (rounds: readonly Round[], i: number): string => {
    return rounds
      .map(({ outcomes }) => `${outcomes[i]?.what}; ${outcomes[i]?.deaths} deaths told`)
      .join("<br>");
  };
  const rows = faults.map((fault, i) => `| ${fault} | ${cells(mixed, i)} | ${cells(alone, i)} |`);
  const last = mixed.at(-1);
  const costs = last?.costs.map(({ name, rssMiB, cpuSeconds }) => {
    return `| ${name} | ${rssMiB.toFixed(1)} | ${((100 * cpuSeconds) / last.seconds).toFixed(2)} |`;
  });
  return [
    "| fault | four of Serf, four of ours | eight of Serf |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "| member | MiB resident | % of a core |",
    "| --- | ---: | ---: |",
    ...(costs ?? []),
    "",
    `False deaths under loss: ${mixed.map(falseDeaths).join(", ")}; among Serf alone ${alone.map(falseDeaths).join(", ")}.`,
    "",
  ].join("\n");
}

function total(rounds: readonly Round[]): number {
  return rounds.reduce((all, one) => all + falseDeaths(one), 0);
}

test(
  "faults beside Serf, and among Serf alone",
  { timeout: MINUTES * 60_000 + 3_600_000 },
  async () => {
    const [mixed, alone]: [Round[], Round[]] = [[], []];
    const end = Date.now() + MINUTES * 60_000;
    do {
      mixed.push(await round(MIXED));
      alone.push(await round(SERF_ALONE));
      const text = report(mixed, alone);
      console.log(text);
      if (REPORT !== undefined) writeFileSync(REPORT, text);
    } while (Date.now() < end);
    const usual = new Set(alone.flatMap(({ complaints }) => [...complaints]));
    const strange = mixed
      .flatMap(({ complaints }) => [...complaints])
      .filter((line) => !usual.has(line));
    console.log(
      `told to operators in both:\n${[...usual].join("\n")}\nin the mixed one alone:\n${strange.join("\n")}`,
    );
    expect(total(mixed)).toBeLessThanOrEqual(total(alone));
    expect(strange).toEqual([]);
  },
);
