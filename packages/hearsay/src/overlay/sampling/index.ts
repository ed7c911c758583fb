export { resolvePeerSamplingConfig, SAMPLING_PRESETS } from "./config.ts";
export type { PeerSamplingConfig, PeerSamplingOptions, SamplingPreset } from "./config.ts";
export { PEER_SAMPLING, PeerSampling } from "./peer-sampling.ts";
export type { PeerSamplingCommand, PeerSamplingInit } from "./peer-sampling.ts";
export { PEER_SAMPLING_CHANNEL } from "./wire.ts";
