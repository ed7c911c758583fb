/**
 * Options of user messages.
 * @module
 */
import { checkInteger } from "../kernel/index.ts";
import type { QueueLimits } from "../kernel/index.ts";
import { MAX_USER_MESSAGE_BYTES } from "./wire.ts";

export interface MessagingConfig {
  /**
   * Largest datagram message, header included, so that it fits into a packet. The composition's packet
   * size less 16 is right. Range 128..65507. @default 1384
   */
  readonly datagramBytes: number;
  /** Largest reliable message, sent or taken. At most 20 MiB, as memberlist. @default 1 MiB */
  readonly reliableBytes: number;
  /** Times ceil(log10(n + 1)): how often each node sends a broadcast on. Range 1..32. @default 4 */
  readonly retransmitMult: number;
  /** Reliable messages that may be on their way from here at a time. @default 64 */
  readonly maxReliableSends: number;
  /** Bytes of all those together. @default 16 MiB, or `reliableBytes` if that is more */
  readonly maxOutboundBytes: number;
  /**
   * Bytes of all reliable messages that are on their way in: one that would pass it is cut off and counted as
   * `receiverFull`, and its sender is told. @default 16 MiB, or `reliableBytes` if that is more
   */
  readonly maxInboundBytes: number;
  /**
   * Limits of the queue of broadcasts, our own and those that we pass on. Of more, what has been sent most
   * often is dropped and counted. @default the composition's `queue`
   */
  readonly broadcastQueue: QueueLimits | undefined;
  /**
   * Origins whose broadcasts are remembered. While so many have been heard within a minute, those of further
   * ones are dropped and counted as `tooManyOrigins`. @default 4096
   */
  readonly maxOrigins: number;
}

const DEFAULTS: MessagingConfig = {
  datagramBytes: 1384,
  reliableBytes: 1 << 20,
  retransmitMult: 4,
  maxReliableSends: 64,
  maxOutboundBytes: 16 << 20,
  maxInboundBytes: 16 << 20,
  broadcastQueue: undefined,
  maxOrigins: 4096,
};

/**
 * Fills defaults and checks every rule.
 * @throws HearsayError `ERR_OPTION`
 */
export function resolveMessagingConfig(partial: Partial<MessagingConfig> = {}): MessagingConfig {
  const reliableBytes = partial.reliableBytes ?? DEFAULTS.reliableBytes;
  const maxInboundBytes = Math.max(DEFAULTS.maxInboundBytes, reliableBytes);
  const maxOutboundBytes = Math.max(DEFAULTS.maxOutboundBytes, reliableBytes);
  const config = { ...DEFAULTS, maxInboundBytes, maxOutboundBytes, ...partial };
  checkInteger("datagramBytes", config.datagramBytes, 128, 65_507);
  checkInteger("reliableBytes", config.reliableBytes, 1, MAX_USER_MESSAGE_BYTES - 256);
  checkInteger("retransmitMult", config.retransmitMult, 1, 32);
  checkInteger("maxReliableSends", config.maxReliableSends, 1, 4096);
  checkInteger("maxOutboundBytes", config.maxOutboundBytes, config.reliableBytes, 1 << 30);
  checkInteger("maxInboundBytes", config.maxInboundBytes, config.reliableBytes, 1 << 30);
  const { broadcastQueue: queue } = config;
  if (queue !== undefined) {
    checkInteger("broadcastQueue.maxMessages", queue.maxMessages, 1, 1 << 20);
    checkInteger("broadcastQueue.maxBytes", queue.maxBytes, config.datagramBytes, 1 << 30);
  }
  checkInteger("maxOrigins", config.maxOrigins, 1, 1 << 20);
  return config;
}
