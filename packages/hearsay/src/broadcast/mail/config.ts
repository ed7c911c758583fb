/**
 * Options of direct mail, and of a coordinator, which mails for others.
 * @module
 */
import { checkInteger } from "../../kernel/index.ts";
import type { PostmanLimits } from "./postman.ts";

export interface MailConfig extends PostmanLimits {
  /** Packets sent at once; Infinity sends all. Range 1..1,000,000 or Infinity. @default 256 */
  readonly burst: number;
  /** Ms until the next as many. Range 1..60,000. @default 10 */
  readonly burstMs: number;
  /** Bytes of one packet, and so what one publication may be. Range 128..65,000. @default 1200 */
  readonly packetBytes: number;
  /** Origins whose publications are remembered. Range 1..1,048,576. @default 4096 */
  readonly maxOrigins: number;
}

export const MAIL_DEFAULTS: MailConfig = {
  burst: 256,
  burstMs: 10,
  packetBytes: 1200,
  maxOrigins: 4096,
};

/** What came from here is not looked at again: the nodes of an experiment share one. */
const RESOLVED = new WeakSet<object>([MAIL_DEFAULTS]);

/** @throws HearsayError `ERR_OPTION` */
export function resolveMailConfig(partial: Partial<MailConfig> = MAIL_DEFAULTS): MailConfig {
  if (RESOLVED.has(partial)) return partial as MailConfig;
  const config = { ...MAIL_DEFAULTS, ...partial };
  if (config.burst !== Infinity) checkInteger("burst", config.burst, 1, 1_000_000);
  checkInteger("burstMs", config.burstMs, 1, 60_000);
  checkInteger("packetBytes", config.packetBytes, 128, 65_000);
  checkInteger("maxOrigins", config.maxOrigins, 1, 1 << 20);
  RESOLVED.add(config);
  return config;
}
