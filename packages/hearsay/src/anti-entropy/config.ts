/**
 * Options of anti-entropy.
 * @module
 */
import { checkInteger, optionError } from "../kernel/index.ts";

export interface AntiEntropyConfig {
  /** Ms between two rounds that a node begins; in each it compares with one peer. Range 1..86,400,000. @default 1000 */
  readonly intervalMs: number;
  /**
   * Peers that are told of a change at once; `Infinity` is direct mail to all. With none, changes wait for comparisons.
   * @default 3
   */
  readonly newsFanout: number;
  /**
   * How often what was told at once is passed on: whoever learns something from it tells as many again. 0: only the
   * origin tells. Range 0..64. @default 8
   */
  readonly newsHops: number;
  /** Stores of a node. Range 1..1,048,576. @default 1024 */
  readonly maxStores: number;
  /** Stores that are compared in one round; if there are more they take turns. Range 1..65,536. @default 64 */
  readonly storesPerRound: number;
  /** Bytes of one message; the other side must not be told more in one. Range 1024..16,777,216. @default 262144 */
  readonly maxWordsBytes: number;
  /** Bytes of one packet; what is larger goes over a stream. Range 128..65,000. @default 1200 */
  readonly packetBytes: number;
  /** Bytes that are said in one round, comparisons and news together: then silence. Range 1024.. @default 8 MiB */
  readonly maxRoundBytes: number;
  /** Words that are answered in one round. Range 1..1,048,576. @default 1024 */
  readonly maxAnswers: number;
  /** Words of one conversation, both sides together. Range 2..65,535. @default 1024 */
  readonly maxSteps: number;
  /** Streams at a time, begun and accepted each. Range 1..4096. @default 16 */
  readonly maxStreams: number;
}

export const ANTI_ENTROPY_DEFAULTS: AntiEntropyConfig = {
  intervalMs: 1000,
  newsFanout: 3,
  newsHops: 8,
  maxStores: 1024,
  storesPerRound: 64,
  maxWordsBytes: 256 << 10,
  packetBytes: 1200,
  maxRoundBytes: 8 << 20,
  maxAnswers: 1024,
  maxSteps: 1024,
  maxStreams: 16,
};

/** @throws HearsayError `ERR_OPTION` */
export function resolveAntiEntropyConfig(
  partial: Partial<AntiEntropyConfig> = {},
): AntiEntropyConfig {
  const config = { ...ANTI_ENTROPY_DEFAULTS, ...partial };
  checkInteger("intervalMs", config.intervalMs, 1, 86_400_000);
  if (config.newsFanout !== Infinity) checkInteger("newsFanout", config.newsFanout, 0, 1 << 20);
  checkInteger("newsHops", config.newsHops, 0, 64);
  checkInteger("maxStores", config.maxStores, 1, 1 << 20);
  checkInteger("storesPerRound", config.storesPerRound, 1, 65_536);
  checkInteger("packetBytes", config.packetBytes, 128, 65_000);
  checkInteger("maxWordsBytes", config.maxWordsBytes, 1024, 16 << 20);
  checkInteger("maxRoundBytes", config.maxRoundBytes, 1024, Number.MAX_SAFE_INTEGER);
  checkInteger("maxAnswers", config.maxAnswers, 1, 1 << 20);
  checkInteger("maxSteps", config.maxSteps, 2, 65_535);
  checkInteger("maxStreams", config.maxStreams, 1, 4096);
  if (config.packetBytes > config.maxWordsBytes) {
    throw optionError("packetBytes", "no more than maxWordsBytes", config.packetBytes);
  }
  return config;
}
