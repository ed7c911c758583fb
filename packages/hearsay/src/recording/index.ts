/**
 * Recording and replay: a node's inputs written down, and run again to the same outputs.
 * @module
 */
export { Answers } from "./answers.ts";
export { lineOf, RECORDING_VERSION, RecordingError } from "./format.ts";
export type {
  Digest,
  HeadRecord,
  InputRecord,
  RecordedInput,
  RecordedOutput,
  RecordingRecord,
  StateRecord,
} from "./format.ts";
export { Outputs } from "./outputs.ts";
export { readPlain, writePlain } from "./plain-text.ts";
export { DEFAULT_RECORDING_BYTES, handled, headOf, Recorder, stateOf } from "./recorder.ts";
export type { RecordedNode, RecordingOptions, RecordingSink } from "./recorder.ts";
export { readRecording } from "./recording-text.ts";
export type { Recording } from "./recording-text.ts";
export { Replayer } from "./replayer.ts";
export type {
  Difference,
  MakeReplayed,
  ReplayedNode,
  ReplayOptions,
  ReplayStep,
} from "./replayer.ts";
