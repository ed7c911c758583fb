/**
 * Faults for hours: a cluster of four agents of Serf and four nodes of ours, and one of eight agents of Serf beside which
 * it is judged. Both live from the first round to the last, if they come to agree again; each round does every fault to one and then to the other.
 *
 *     npm run soak                              one round: some ten minutes
 *     HEARSAY_SOAK_MINUTES=240 npm run soak     rounds for so long
 *
 * The report is Markdown: what each fault did over all rounds, memory after each, CPU, false deaths, and what Serf's
 * operators were told. It fails if there were more false deaths under loss than among Serf alone, or a complaint that Serf
 * alone does not make.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Eight, MIXED, SERF_ALONE } from "./test/eight.ts";
import type { Kind } from "./test/eight.ts";
import { until } from "./test/until.ts";
import { isUsual } from "./test/usual-complaints.ts";

const MINUTES = Number(process.env["HEARSAY_SOAK_MINUTES"] ?? 0);
const REPORT = process.env["HEARSAY_SOAK_REPORT"];
/** Of each share of loss. */
const LOSS_MS = Number(process.env["HEARSAY_SOAK_LOSS_SECONDS"] ?? 120) * 1000;

const BOUND_MS = 120_000;
const [SERF, OURS] = [3, 7];
const VICTIMS = [SERF, OURS];
const REST = [0, 1, 2, 4, 5, 6];
const SIDES = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
] as const;

/** What one fault did to one cluster, once. */
interface Outcome {
  readonly fault: string;
  /** Ms until something was so, by what it is. */
  readonly ms: Readonly<Record<string, number>>;
  /** It was not so within two minutes, and the cluster was started anew: Serf's alone, which has no bound to keep. */
  readonly gaveUp: boolean;
  /** Deaths told meanwhile, by the members of each kind. */
  readonly deaths: Record<Kind, number>;
}

/** One cluster, from its start to its end. */
class Soak {
  readonly kinds: readonly Kind[];
  #eight: Eight;
  /** Of clusters that are no more. */
  readonly #complaints: string[] = [];
  readonly outcomes: Outcome[] = [];
  /** After each round. */
  readonly costs: ReturnType<Eight["costs"]>[] = [];

  private constructor(kinds: readonly Kind[], eight: Eight) {
    this.kinds = kinds;
    this.#eight = eight;
  }

  static async start(kinds: readonly Kind[]): Promise<Soak> {
    const soak = new Soak(kinds, await Eight.start(kinds));
    await soak.#fault("start", async () => ({ "all agree": await soak.#agreed() }));
    return soak;
  }

  get name(): string {
    return this.kinds === MIXED ? "mixed" : "Serf alone";
  }

  get complaints(): ReadonlySet<string> {
    return new Set([...this.#complaints, ...this.#eight.complaints()]);
  }

  /** Deaths told under loss alone: nobody has died then. */
  get falseDeaths(): number {
    return this.outcomes
      .filter(({ fault }) => fault.includes("loss"))
      .reduce((sum, { deaths }) => sum + deaths.serf + deaths.ours, 0);
  }

  async round(): Promise<void> {
    await this.#fault("key rotation", async () => {
      await this.#eight.rotate();
      return { "all agree": await this.#agreed() };
    });
    for (const percent of [10, 30]) {
      await this.#fault(`${percent} % loss for ${LOSS_MS / 1000} s`, async () => {
        this.#eight.lose(percent);
        await sleep(LOSS_MS);
        this.#eight.heal();
        return { "all agree after it": await this.#agreed() };
      });
    }
    await this.#fault("SIGSTOP for 10 s, SIGCONT", async () => {
      for (const place of VICTIMS) this.#eight.signal(place, "SIGSTOP");
      await sleep(10_000);
      for (const place of VICTIMS) this.#eight.signal(place, "SIGCONT");
      return { "all agree after SIGCONT": await this.#agreed() };
    });
    await this.#fault("partition", async () => {
      this.#eight.partition(SIDES[0]);
      const alone = await Promise.all(SIDES.map((side) => this.#agreed(side)));
      this.#eight.heal();
      return { "sides alone": Math.max(...alone), "all agree after it": await this.#agreed() };
    });
    await this.#fault("kill -9, started again", async () => {
      for (const place of VICTIMS) this.#eight.signal(place, "SIGKILL");
      const found = await this.#agreed(REST);
      for (const place of VICTIMS) await this.#eight.restart(place);
      return { "found out": found, back: await this.#agreed() };
    });
    await this.#fault("leave, started at another address", async () => {
      await Promise.all(VICTIMS.map((place) => this.#eight.leave(place)));
      await this.#agreed(REST);
      for (const place of VICTIMS) await this.#eight.restartElsewhere(place);
      return { back: await this.#agreed() };
    });
    this.costs.push(this.#eight.costs());
  }

  /** The last thing that happens to a cluster: 300 more, and one of each kind hears of all of them from the other. */
  async crowd(): Promise<void> {
    const eight = this.#eight;
    await this.#fault("300 members more", async () => {
      await eight.inject(300);
      for (const place of VICTIMS) eight.signal(place, "SIGKILL");
      await eight.restart(SERF, 6);
      await eight.restart(OURS, 2);
      const ms = await until("all see 308", BOUND_MS, async () => {
        const seen = await Promise.all(eight.names.map((_, place) => eight.alive(place)));
        return seen.every(({ length }) => length === 308);
      });
      return { "all know 308": ms };
    });
  }

  end(): void {
    this.#eight.end();
  }

  async #fault(fault: string, act: () => Promise<Record<string, number>>): Promise<void> {
    const before = this.#eight.deaths();
    let ms: Record<string, number> = {};
    let gaveUp = false;
    try {
      ms = await act();
    } catch (error) {
      if (this.kinds.includes("ours")) throw error;
      gaveUp = true;
    }
    const after = this.#eight.deaths();
    const deaths = { serf: after.serf - before.serf, ours: after.ours - before.ours };
    const outcome = { fault, ms, gaveUp, deaths };
    this.outcomes.push(outcome);
    console.log(`${this.name}: ${fault}: ${told([outcome], this.kinds)}`);
    if (gaveUp) await this.#startAnew();
  }

  async #startAnew(): Promise<void> {
    this.#complaints.push(...this.#eight.complaints());
    this.#eight.end();
    this.#eight = await Eight.start(this.kinds);
    await this.#agreed();
  }

  #agreed(places?: readonly number[]): Promise<number> {
    return this.#eight.agreed(BOUND_MS, places);
  }
}

/** The same fault in several rounds, in words. */
function told(outcomes: readonly Outcome[], kinds: readonly Kind[]): string {
  const whole = outcomes.filter(({ gaveUp }) => !gaveUp);
  const times = Object.keys(whole[0]?.ms ?? {}).map((what) => {
    return `${what}: ${spread(whole.map(({ ms }) => (ms[what] ?? NaN) / 1000))} s`;
  });
  const never = outcomes.length - whole.length;
  if (never > 0) times.push(`not within ${BOUND_MS / 1000} s: ${never} of ${outcomes.length}`);
  const by = (kind: Kind): string => spread(outcomes.map(({ deaths }) => deaths[kind]));
  const ours = kinds.includes("ours") ? ` by Serf's, ${by("ours")} by ours` : "";
  return [...times, `deaths told: ${by("serf")}${ours}`].join("; ");
}

/** Median, and the least and the greatest where they are not the same. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const text = (value = NaN): string => String(Number(value.toFixed(1)));
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((i) => sorted[i]);
  return least === most ? text(median) : `${text(median)} (${text(least)}..${text(most)})`;
}

function report(mixed: Soak, alone: Soak): string {
  const faults = [...new Set(mixed.outcomes.map(({ fault }) => fault))];
  const cell = ({ outcomes, kinds }: Soak, fault: string): string => {
    const same = outcomes.filter((outcome) => outcome.fault === fault);
    return same.length === 0 ? "" : told(same, kinds);
  };
  const rows = faults.map(
    (fault) => `| ${fault} | ${cell(mixed, fault)} | ${cell(alone, fault)} |`,
  );
  const members = mixed.costs.at(-1)?.map(({ name, cpuPercent }, place) => {
    const memory = mixed.costs.map((round) => round[place]?.rssMiB.toFixed(1)).join(", ");
    // Two have just been started: what that takes is most of what they have had.
    const cpu = VICTIMS.includes(place) ? "started again in each round" : cpuPercent.toFixed(2);
    return `| ${name} | ${memory} | ${cpu} |`;
  });
  return [
    `${mixed.costs.length} rounds`,
    "",
    "| fault | four of Serf, four of ours | eight of Serf |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "| member | MiB resident after each round | % of a core, since its start |",
    "| --- | --- | ---: |",
    ...(members ?? []),
    "",
    `False deaths under loss: ${mixed.falseDeaths}; among Serf alone ${alone.falseDeaths}.`,
    "",
  ].join("\n");
}

test(
  "faults beside Serf, and among Serf alone",
  { timeout: MINUTES * 60_000 + 3_600_000 },
  async () => {
    const soaks: Soak[] = [];
    const tell = (): void => {
      const text = report(soaks[0] as Soak, soaks[1] as Soak);
      console.log(text);
      if (REPORT !== undefined) writeFileSync(REPORT, text);
    };
    try {
      for (const kinds of [MIXED, SERF_ALONE]) soaks.push(await Soak.start(kinds));
      const [mixed, alone] = soaks as [Soak, Soak];
      const end = Date.now() + MINUTES * 60_000;
      do {
        for (const soak of soaks) await soak.round();
        tell();
      } while (Date.now() < end);
      for (const soak of soaks) await soak.crowd();
      tell();
      const strange = [...mixed.complaints].filter((line) => {
        return !alone.complaints.has(line) && !isUsual(line);
      });
      const [usual, only] = [[...alone.complaints].join("\n"), strange.join("\n")];
      console.log(`told to operators in both:\n${usual}\nin the mixed one alone:\n${only}`);
      expect(mixed.falseDeaths).toBeLessThanOrEqual(alone.falseDeaths);
      expect(strange).toEqual([]);
    } finally {
      for (const soak of soaks) soak.end();
    }
  },
);
