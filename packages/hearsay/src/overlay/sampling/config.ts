/**
 * Options of gossip-based peer sampling, and the protocols that are combinations of them.
 *
 *                 choice   exchanged   H     S     besides
 *     blind       rand     c/2         0     0     what is dropped, chance decides
 *     healer      rand     c/2         c/2   0     drops the oldest: the dead are soon gone
 *     swapper     rand     c/2         0     c/2   drops what it has sent: everybody is known to equally many
 *     newscast    rand     c + 1       c     0     sends the whole view, keeps the youngest
 *     cyclon      tail     2c/5        0     2c/5  who is asked leaves the view, and answers without its own entry
 *
 * @see Jelasity, Voulgaris, Guerraoui, Kermarrec, van Steen 2007, Gossip-based peer sampling, sections 2 and 3
 * @module
 */
import { checkInteger, optionError } from "../../kernel/index.ts";
import { MAX_EXCHANGED } from "./wire.ts";

/** Protocols of the literature, as options. */
export const SAMPLING_PRESETS = ["blind", "healer", "swapper", "newscast", "cyclon"] as const;

export type SamplingPreset = (typeof SAMPLING_PRESETS)[number];

/** All but the times must be the same at all nodes of an overlay. */
export interface PeerSamplingConfig {
  /** Entries of a view (c). Range 1..256. @default 30; with `cyclon` 35 */
  readonly viewSize: number;
  /**
   * Entries of a message, the sender's own included; c/2 in the paper. Range 1..viewSize + 1.
   * @default by preset
   */
  readonly exchangeSize: number;
  /** Who is asked for an exchange: anyone in the view, or the oldest entry (section 2.3). @default by preset */
  readonly peerSelection: "rand" | "tail";
  /**
   * Whether one gives entries, gets some, or both (section 2.3). With `pull` alone nobody hears of who is in no view.
   * @default "pushpull"
   */
  readonly propagation: "push" | "pull" | "pushpull";
  /** Of the entries too many after an exchange, so many of the oldest go first (H). @default by preset */
  readonly healing: number;
  /** Then so many of those that were sent (S); H + S may be `exchangeSize` at most. @default by preset */
  readonly swapping: number;
  /** Whether the entry of the peer that is asked leaves the view for its own place, as in Cyclon. @default by preset */
  readonly replacesTarget: boolean;
  /** Whether an answer has its sender's own entry in it. @default by preset */
  readonly answersWithSelf: boolean;
  /**
   * Whether all entries grow older with an exchange that another has begun, too, as in the paper (figure 1), or
   * with one's own alone, as in Cyclon. @default by preset
   */
  readonly agesWhenAsked: boolean;
  /**
   * Whether a peer that does not answer is taken out of the view. The paper leaves this to H; with `tail` the
   * oldest entry, if it is dead, would then be asked for ever. @default true
   */
  readonly removesSilent: boolean;
  /** Time between two exchanges of one's own: a cycle. Range 10..3,600,000 ms. @default 10000 */
  readonly intervalMs: number;
  /** How long an answer may take. Range 1..intervalMs. @default 2000, at most intervalMs */
  readonly timeoutMs: number;
}

export type PeerSamplingOptions = Partial<PeerSamplingConfig> & {
  /** Where the other options have their defaults from. @default "healer" */
  readonly preset?: SamplingPreset;
};

const LONGEST_INTERVAL_MS = 3_600_000;

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>();

/** @throws HearsayError `ERR_OPTION` */
export function resolvePeerSamplingConfig(options: PeerSamplingOptions = {}): PeerSamplingConfig {
  if (RESOLVED.has(options)) return options as PeerSamplingConfig;
  const { preset = "healer", ...given } = options;
  if (!SAMPLING_PRESETS.includes(preset)) {
    throw optionError("preset", `one of ${SAMPLING_PRESETS.join(", ")}`, preset);
  }
  const { viewSize = preset === "cyclon" ? 35 : 30, intervalMs = 10_000 } = given;
  checkInteger("viewSize", viewSize, 1, MAX_EXCHANGED - 1);
  checkInteger("intervalMs", intervalMs, 10, LONGEST_INTERVAL_MS);
  const config: PeerSamplingConfig = {
    propagation: "pushpull",
    removesSilent: true,
    timeoutMs: Math.min(2000, intervalMs),
    ...defaultsOf(preset, viewSize),
    ...given,
    viewSize,
    intervalMs,
  };
  checkInteger("exchangeSize", config.exchangeSize, 1, viewSize + 1);
  checkInteger("healing", config.healing, 0, config.exchangeSize);
  checkInteger("swapping", config.swapping, 0, config.exchangeSize - config.healing);
  checkInteger("timeoutMs", config.timeoutMs, 1, intervalMs);
  checkWord("peerSelection", config.peerSelection, ["rand", "tail"]);
  checkWord("propagation", config.propagation, ["push", "pull", "pushpull"]);
  RESOLVED.add(config);
  return config;
}

type PresetDefaults = Omit<
  PeerSamplingConfig,
  "viewSize" | "propagation" | "removesSilent" | "intervalMs" | "timeoutMs"
>;

function defaultsOf(preset: SamplingPreset, viewSize: number): PresetDefaults {
  const half = Math.max(1, Math.floor(viewSize / 2));
  const shared: PresetDefaults = {
    exchangeSize: half,
    peerSelection: "rand",
    healing: 0,
    swapping: 0,
    replacesTarget: false,
    answersWithSelf: true,
    agesWhenAsked: true,
  };
  switch (preset) {
    case "blind":
      return shared;
    case "healer":
      return { ...shared, healing: half };
    case "swapper":
      return { ...shared, swapping: half };
    case "newscast":
      return { ...shared, exchangeSize: viewSize + 1, healing: viewSize };
    case "cyclon": {
      const length = Math.max(1, Math.floor((2 * viewSize) / 5));
      return {
        exchangeSize: length,
        peerSelection: "tail",
        healing: 0,
        swapping: length,
        replacesTarget: true,
        answersWithSelf: false,
        agesWhenAsked: false,
      };
    }
  }
}

function checkWord(option: string, word: string, words: readonly string[]): void {
  if (!words.includes(word)) throw optionError(option, `one of ${words.join(", ")}`, word);
}
