/**
 * Phi accrual over arrivals that are drawn: how long a silence has to be, and how often it is that long by chance.
 *
 *     ┬───┬────┬──┬───┬─ ┄┄┄ ┄┄┄┄┄┄┄┄┄┄┄     heartbeats, some lost, then none
 *                 └ φ just before each: a mistake if it is beyond the threshold
 *                         └ and when it goes beyond it after the last: the time until death is noticed
 *
 * @see Hayashibara et al. 2004, sections 3 and 4
 * @module
 */
import { exponentialSilence, normalSilence, PHI_DEFAULTS, PhiDetector } from "hearsay/detection";
import type { PhiConfig } from "hearsay/detection";
import { later, Sfc32 } from "hearsay/kernel";
import type { Instant } from "hearsay/kernel";
import { experiment } from "../experiment.ts";
import type { Experiment, Sample } from "../experiment.ts";
import { number, share, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

/** What a phi detector can be told, for every experiment that has one. */
export const PHI_OPTIONS = {
  model: word(
    PHI_DEFAULTS.model,
    ["normal", "exponential"],
    "how intervals are taken to be spread",
  ),
  threshold: number(PHI_DEFAULTS.threshold, "φ above which silence is taken for death"),
  windowSize: whole(PHI_DEFAULTS.windowSize, "intervals that are remembered", {
    least: 2,
    most: 100_000,
  }),
  initialIntervalMs: whole(
    PHI_DEFAULTS.initialIntervalMs,
    "ms that intervals are taken for before any is known",
    { least: 1, most: 3_600_000 },
  ),
  leastDeviationMs: number(
    PHI_DEFAULTS.leastDeviationMs,
    "ms that the deviation is taken for at the least, in the normal model",
  ),
} satisfies Record<keyof PhiConfig, OptionSpec>;

const ARRIVAL_OPTIONS = {
  heartbeats: whole(100_000, "heartbeats that are sent", { least: 2, most: 10_000_000 }),
  warmUp: whole(1000, "arrivals before mistakes count"),
  spread: word("normal", ["normal", "exponential", "uniform"], "how intervals are really spread"),
  meanMs: number(1000, "ms between two heartbeats, mean"),
  deviationMs: number(100, "their standard deviation; of exponential ones it is the mean"),
  loss: share(0, "of heartbeats that do not arrive"),
  ...PHI_OPTIONS,
} satisfies Record<string, OptionSpec>;

type ArrivalParameters = ParametersOf<typeof ARRIVAL_OPTIONS>;

const NAME = "x";
/** Longest look ahead for the end of a silence. */
const LONGEST_MS = 1e9;

function arrivals(parameters: ArrivalParameters, seed: number): Sample {
  const { heartbeats, warmUp, loss } = parameters;
  const rng = new Sfc32(seed, 0x706869);
  const detector = new PhiDetector(parameters);
  let now = 0 as Instant;
  let counted = 0;
  let mistakes = 0;
  let wrongMs = 0;
  detector.watch(NAME, now);
  for (let i = 0; i < heartbeats; i++) {
    const sentAt = later(now, intervalOf(parameters, rng));
    const before = now;
    now = sentAt;
    if (rng.unit() < loss) continue;
    if (counted >= warmUp && detector.level(NAME, now) > detector.limit) {
      mistakes++;
      wrongMs +=
        now - crossing((at) => detector.level(NAME, at as Instant), detector.limit, before);
    }
    counted++;
    detector.heard(NAME, now);
  }
  const judged = Math.max(1, counted - warmUp);
  const statistics = detector.statistics(NAME);
  const end = crossing((at) => detector.level(NAME, at as Instant), detector.limit, now);
  return {
    mistakes: [mistakes / judged],
    mistakeMs: [mistakes === 0 ? 0 : wrongMs / mistakes],
    detectMs: [end - now],
    meanMs: [statistics?.meanMs ?? 0],
    deviationMs: [statistics?.deviationMs ?? 0],
  };
}

function intervalOf({ spread, meanMs, deviationMs }: ArrivalParameters, rng: Sfc32): number {
  const drawn =
    spread === "normal"
      ? meanMs + deviationMs * normal(rng)
      : spread === "exponential"
        ? -meanMs * Math.log(1 - rng.unit())
        : meanMs + Math.sqrt(12) * deviationMs * (rng.unit() - 0.5);
  return Math.max(0.001, drawn);
}

/** Box and Muller. */
function normal(rng: Sfc32): number {
  return Math.sqrt(-2 * Math.log(1 - rng.unit())) * Math.cos(2 * Math.PI * rng.unit());
}

/** Where a level that grows comes to a limit, by halving. */
function crossing(level: (at: number) => number, limit: number, from: number): number {
  let [low, high] = [from, from + LONGEST_MS];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (level(middle) < limit) low = middle;
    else high = middle;
  }
  return high;
}

export const ARRIVALS = experiment(ARRIVAL_OPTIONS, {
  name: "arrivals",
  story: "heartbeats come, with chance in their intervals, and then no more",
  measures: {
    mistakes: "share of intervals in which φ went beyond the threshold",
    mistakeMs: "ms that a mistake lasted, mean",
    detectMs: "ms from the last heartbeat until φ went beyond the threshold",
    meanMs: "mean of the intervals in the window, ms",
    deviationMs: "their deviation, ms",
  },
  check: (parameters) => new PhiDetector(parameters),
  run: arrivals,
});

const SILENCE_OPTIONS = {
  model: PHI_OPTIONS.model,
  meanMs: number(1000, "ms between two heartbeats, mean"),
  deviationMs: number(100, "their standard deviation, for the normal model"),
  upTo: whole(12, "φ to which it is followed", { least: 1, most: 300 }),
} satisfies Record<string, OptionSpec>;

export const SILENCE = experiment(SILENCE_OPTIONS, {
  name: "silence",
  story: "mean and deviation are known, and nothing comes",
  measures: { phi: "φ", silenceMs: "ms of silence at which it is that" },
  plots: [{ kind: "curve", title: "Silence", x: "phi", y: "silenceMs" }],
  run: ({ model, meanMs, deviationMs, upTo }) => {
    const phi = Array.from({ length: upTo }, (_, i) => i + 1);
    const silenceMs = phi.map((value) => {
      return model === "normal"
        ? normalSilence(value, meanMs, deviationMs)
        : exponentialSilence(value, meanMs);
    });
    return { phi, silenceMs };
  },
});

export const PHI_EXPERIMENTS = [ARRIVALS, SILENCE] as unknown as readonly Experiment[];
