/**
 * All that can be fuzzed. A new decoder gets a target here.
 * @module
 */
import type { Target } from "../target.ts";
import { AGENT_TARGETS } from "./agent-targets.ts";
import { ANTI_ENTROPY_TARGETS } from "./anti-entropy-targets.ts";
import { CODEC_TARGETS } from "./codec-targets.ts";
import { ENVELOPE_TARGETS } from "./envelope-targets.ts";
import { NODE_TARGETS } from "./node-targets.ts";
import { SNAPSHOT_TARGETS } from "./snapshot-targets.ts";
import { TEXT_TARGETS } from "./text-targets.ts";

export const TARGETS: readonly Target[] = [
  ...CODEC_TARGETS,
  ...ANTI_ENTROPY_TARGETS,
  ...ENVELOPE_TARGETS,
  ...NODE_TARGETS,
  ...SNAPSHOT_TARGETS,
  ...TEXT_TARGETS,
  ...AGENT_TARGETS,
];
