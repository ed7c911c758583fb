/**
 * Options of the spanning tree.
 * @module
 */
import { checkInteger, optionError } from "../../kernel/index.ts";

export interface TreeConfig {
  /** How loss is mended. @default "ack" */
  readonly repair: "ack" | "nak" | "none";
  /** Ms until something is sent or asked for again: more than the way there and back. Range 1..600,000. @default 200 */
  readonly retryMs: number;
  /** How often something is sent or asked for. Range 1..1000. @default 10 */
  readonly maxTries: number;
  /** Copies not acknowledged, gaps not filled and last ones named, together. Range 1..1,048,576. @default 4096 */
  readonly maxChores: number;
  /** Publications kept for those who ask, by count. Range 1..1,048,576. @default 1024 */
  readonly maxKept: number;
  /** The same by bytes. Range 1024..1,073,741,824. @default 16 MiB */
  readonly maxKeptBytes: number;
  /** Bytes of one packet, and so what one publication may be. Range 128..65,000. @default 1200 */
  readonly packetBytes: number;
  /** Origins whose publications are remembered. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins: number;
}

export const TREE_DEFAULTS: TreeConfig = {
  repair: "ack",
  retryMs: 200,
  maxTries: 10,
  maxChores: 4096,
  maxKept: 1024,
  maxKeptBytes: 16 << 20,
  packetBytes: 1200,
  maxOrigins: 4096,
};

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([TREE_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolveTreeConfig(partial: Partial<TreeConfig> = TREE_DEFAULTS): TreeConfig {
  if (RESOLVED.has(partial)) return partial as TreeConfig;
  const config = { ...TREE_DEFAULTS, ...partial };
  if (!["ack", "nak", "none"].includes(config.repair)) {
    throw optionError("repair", "ack, nak or none", config.repair);
  }
  checkInteger("retryMs", config.retryMs, 1, 600_000);
  checkInteger("maxTries", config.maxTries, 1, 1000);
  checkInteger("maxChores", config.maxChores, 1, 1 << 20);
  checkInteger("maxKept", config.maxKept, 1, 1 << 20);
  checkInteger("maxKeptBytes", config.maxKeptBytes, 1024, 1 << 30);
  checkInteger("packetBytes", config.packetBytes, 128, 65_000);
  checkInteger("maxOrigins", config.maxOrigins, 1, 1 << 20);
  RESOLVED.add(config);
  return config;
}
