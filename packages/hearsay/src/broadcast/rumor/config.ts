/**
 * Options of rumor mongering: every choice that the paper leaves open.
 * @module
 */
import { checkInteger, optionError } from "../../kernel/index.ts";

/**
 * When a rumor ends by itself, whatever its interest: never, so long after it came, after it was sent so often, or
 * after so many cycles; each is counted by each node for itself.
 */
export type RumorExpiry =
  | "none"
  | { readonly afterMs: number }
  | { readonly afterPushes: number }
  | { readonly afterRounds: number };

export interface RumorConfig {
  /** One cycle: each node that has something to tell, or asks, contacts somebody once. Range 1..600,000 ms. @default 200 */
  readonly intervalMs: number;
  /**
   * Who speaks in a contact. Push: who knows tells. Pull: everybody asks, who knows answers. Both in one: a rumor
   * spreads fast at first by push and ends fast by pull. Asking costs a small packet a cycle. @default "push"
   */
  readonly direction: "push" | "pull" | "pushpull";
  /** Peers contacted in a cycle. Range 1..64. @default 1 */
  readonly fanout: number;
  /** Whether every contact costs interest, or only one that was told nothing new. @default "feedback" */
  readonly response: "blind" | "feedback";
  /** Whether such a contact ends the interest by chance, 1 in k, or the kth does. @default "counter" */
  readonly interest: "coin" | "counter";
  /** As above; Infinity leaves the end to `expiry`. Range 1..1,000,000 or Infinity. @default 4 */
  readonly k: number;
  /** Whether a useful contact sets the counter back to 0. Counter and feedback only. @default true */
  readonly resetOnNeed: boolean;
  /**
   * When both know a rumor, only the one whose counter is less counts the contact, both on a tie. Pushpull with
   * feedback and counter only. @default false
   */
  readonly minimization: boolean;
  /**
   * Whether a contact is judged by what its receiver knew when the cycle began and counted at the cycle's end, one
   * for each cycle at most, or by what it knew at that moment, each for itself and at once. A cycle is an instant
   * where rounds are synchronous; where nodes run freely, the two differ in the counting alone. @default "cycleStart"
   */
  readonly judged: "cycleStart" | "atOnce";
  /** Contacts that a node accepts in a cycle. Range 1..1,000,000 or Infinity. @default Infinity */
  readonly connectionLimit: number;
  /** Further peers that a node tries in a cycle after one has refused. Range 0..1,000,000. @default 0 */
  readonly huntLimit: number;
  /** @default "none" */
  readonly expiry: RumorExpiry;
  /** Bytes of one packet of rumors, and so what one rumor may be. Range 128..65,000. @default 1200 */
  readonly packetBytes: number;
  /** Rumors that are told at a time; of more, the one told longest loses interest. Range 1..4096. @default 512 */
  readonly maxHot: number;
  /** Origins whose publications are remembered. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins: number;
}

export const RUMOR_DEFAULTS: RumorConfig = {
  intervalMs: 200,
  direction: "push",
  fanout: 1,
  response: "feedback",
  interest: "counter",
  k: 4,
  resetOnNeed: true,
  minimization: false,
  judged: "cycleStart",
  connectionLimit: Infinity,
  huntLimit: 0,
  expiry: "none",
  packetBytes: 1200,
  maxHot: 512,
  maxOrigins: 4096,
};

const MOST = 1_000_000;

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([RUMOR_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolveRumorConfig(partial: Partial<RumorConfig> = RUMOR_DEFAULTS): RumorConfig {
  if (RESOLVED.has(partial)) return partial as RumorConfig;
  const config: RumorConfig = { ...RUMOR_DEFAULTS, ...partial };
  checkInteger("intervalMs", config.intervalMs, 1, 600_000);
  checkChoice("direction", config.direction, ["push", "pull", "pushpull"]);
  checkInteger("fanout", config.fanout, 1, 64);
  checkChoice("response", config.response, ["blind", "feedback"]);
  checkChoice("interest", config.interest, ["coin", "counter"]);
  if (config.k !== Infinity) checkInteger("k", config.k, 1, MOST);
  checkChoice("judged", config.judged, ["cycleStart", "atOnce"]);
  if (config.connectionLimit !== Infinity) {
    checkInteger("connectionLimit", config.connectionLimit, 1, MOST);
  }
  checkInteger("huntLimit", config.huntLimit, 0, MOST);
  checkExpiry(config.expiry);
  checkInteger("packetBytes", config.packetBytes, 128, 65_000);
  checkInteger("maxHot", config.maxHot, 1, 4096);
  checkInteger("maxOrigins", config.maxOrigins, 1, 1 << 20);
  const { direction, response, interest, minimization } = config;
  const bothCount = direction === "pushpull" && response === "feedback" && interest === "counter";
  if (minimization && !bothCount) {
    throw optionError("minimization", "false without pushpull, feedback and counter", true);
  }
  RESOLVED.add(config);
  return config;
}

function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) throw optionError(option, choices.join(" or "), value);
}

function checkExpiry(expiry: unknown): void {
  if (expiry === "none") return;
  const [entry, more] = Object.entries(expiry ?? {});
  const [unit = "", limit] = entry ?? [];
  if (more !== undefined || !["afterMs", "afterPushes", "afterRounds"].includes(unit)) {
    const rule = '"none" or one of { afterMs }, { afterPushes }, { afterRounds }';
    throw optionError("expiry", rule, JSON.stringify(expiry));
  }
  checkInteger(`expiry.${unit}`, limit, 1, Number.MAX_SAFE_INTEGER);
}
