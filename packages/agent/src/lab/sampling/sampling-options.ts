/**
 * Peer sampling's options as an experiment's: all have their preset's value unless they are given.
 * @module
 */
import { resolvePeerSamplingConfig, SAMPLING_PRESETS } from "hearsay/overlay";
import type { PeerSamplingConfig } from "hearsay/overlay";
import { number, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

/** Stands for what the preset has. */
const PRESET = -1;
const PRESET_WORD = "preset";
const BY_PRESET = "; -1 is the preset's";

const YES_OR_NO = [PRESET_WORD, "yes", "no"] as const;

export const SAMPLING_OPTIONS = {
  preset: word(
    "healer",
    SAMPLING_PRESETS,
    "protocol that the options below have their values from",
  ),
  viewSize: whole(30, "entries of a view (c)", { least: 1 }),
  exchangeSize: whole(PRESET, `entries of a message, the sender's own among them${BY_PRESET}`, {
    least: PRESET,
  }),
  peerSelection: word(PRESET_WORD, [PRESET_WORD, "rand", "tail"], "who is asked: any, the oldest"),
  propagation: word("pushpull", ["push", "pull", "pushpull"], "who gives entries"),
  healing: whole(PRESET, `oldest that go first when entries are too many (H)${BY_PRESET}`, {
    least: PRESET,
  }),
  swapping: whole(PRESET, `of those that were sent, so many go then (S)${BY_PRESET}`, {
    least: PRESET,
  }),
  replacesTarget: word(
    PRESET_WORD,
    YES_OR_NO,
    "whether who is asked leaves the view, as in Cyclon",
  ),
  answersWithSelf: word(PRESET_WORD, YES_OR_NO, "whether answers hold their sender's own entry"),
  agesWhenAsked: word(PRESET_WORD, YES_OR_NO, "whether others' exchanges make entries older, too"),
  removesSilent: word("yes", ["yes", "no"], "whether a peer that does not answer is taken out"),
  intervalMs: number(10_000, "ms between two exchanges of one's own: one cycle"),
  timeoutMs: number(
    10_000,
    "ms that an answer may take; in rounds a whole cycle, as nothing is shorter",
  ),
} satisfies Record<keyof PeerSamplingConfig | "preset", OptionSpec>;

/** What production makes of it. @throws HearsayError `ERR_OPTION` */
export function samplingConfig(
  parameters: ParametersOf<typeof SAMPLING_OPTIONS>,
): PeerSamplingConfig {
  const given = Object.keys(SAMPLING_OPTIONS)
    .map((name) => [name, parameters[name as keyof typeof SAMPLING_OPTIONS]] as const)
    .filter(([, value]) => value !== PRESET && value !== PRESET_WORD)
    .map(([name, value]) => [name, value === "yes" ? true : value === "no" ? false : value]);
  return resolvePeerSamplingConfig(Object.fromEntries(given));
}
