/**
 * Experiments with membership: SWIM and Lifeguard.
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { ANOMALIES } from "./anomalies.ts";
import { CRASH } from "./crash.ts";
import { GROUP } from "./group.ts";
import { HEALTH } from "./health.ts";
import { JOIN } from "./join.ts";
import { LIFE } from "./life.ts";
import { NEWS } from "./news.ts";
import { ORDER } from "./order.ts";
import { REST } from "./rest.ts";
import { SUSPICION } from "./suspicion.ts";
import { VERDICTS } from "./verdicts.ts";

export const SWIM_EXPERIMENTS: readonly Experiment[] = [
  CRASH,
  REST,
  JOIN,
  NEWS,
  ORDER,
  VERDICTS,
  GROUP,
  SUSPICION,
  HEALTH,
  LIFE,
  ANOMALIES,
];
