/**
 * Options of the composition: what a node spends on packets, queues and streams.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";
import type { LinksConfig } from "./links.ts";
import type { StreamsConfig } from "./streams.ts";
import type { TransmitQueueLimits } from "./transmit-queue.ts";

export interface CompositionConfig extends StreamsConfig, LinksConfig {
  /**
   * Largest datagram we make, envelope and all. 1400 passes every Ethernet path; memberlist calls it
   * UDPBufferSize. Range 256..65507. @default 1400
   */
  readonly packetBytes: number;
  /**
   * Whether packets travel on links alone, because the network lets no datagrams through: others learn it by the
   * letter `z` among our channels. More links and streams are then the default. @default false
   */
  readonly streamsOnly: boolean;
  /** Limits of each tenant's queue of news, unless the tenant has its own. @default 4096 messages, 1 MiB */
  readonly queue: TransmitQueueLimits;
}

const DEFAULTS: CompositionConfig = {
  packetBytes: 1400,
  streamsOnly: false,
  queue: { maxMessages: 4096, maxBytes: 1 << 20 },
  streamTimeoutMs: 10_000,
  streamLifeMs: 120_000,
  maxAcceptedStreams: 128,
  maxAcceptedPerSource: 96,
  maxLinks: 256,
  maxFrameBytes: 1 << 20,
  maxLinkBacklogBytes: 4 << 20,
};

/** Everybody whom a node talks to has a link to it then. */
const STREAMS_ONLY_DEFAULTS: CompositionConfig = {
  ...DEFAULTS,
  maxAcceptedStreams: 1024,
  maxAcceptedPerSource: 768,
  maxLinks: 1024,
};

/**
 * Fills defaults and checks every rule.
 * @throws HearsayError `ERR_OPTION`
 */
export function resolveCompositionConfig(
  partial: Partial<CompositionConfig> = {},
): CompositionConfig {
  const defaults = partial.streamsOnly === true ? STREAMS_ONLY_DEFAULTS : DEFAULTS;
  const config = { ...defaults, ...partial };
  if (typeof config.streamsOnly !== "boolean") {
    throw optionError("streamsOnly", "true or false", config.streamsOnly);
  }
  checkInteger("packetBytes", config.packetBytes, 256, 65_507);
  checkInteger("queue.maxMessages", config.queue.maxMessages, 1, 1 << 20);
  checkInteger("queue.maxBytes", config.queue.maxBytes, config.packetBytes, 1 << 30);
  checkInteger("streamTimeoutMs", config.streamTimeoutMs, 1, 3_600_000);
  checkInteger("streamLifeMs", config.streamLifeMs, 1, 86_400_000);
  checkInteger("maxAcceptedStreams", config.maxAcceptedStreams, 1, 65_536);
  checkInteger("maxAcceptedPerSource", config.maxAcceptedPerSource, 1, 65_536);
  checkInteger("maxLinks", config.maxLinks, 0, 65_536);
  checkInteger("maxFrameBytes", config.maxFrameBytes, 1024, 1 << 28);
  checkInteger("maxLinkBacklogBytes", config.maxLinkBacklogBytes, config.maxFrameBytes, 1 << 30);
  return config;
}
