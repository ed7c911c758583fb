/**
 * What a node is told about keys, labels and who may talk to it, checked. Nothing here ever shows a key: not
 * in a message, not in an error's fields.
 * @module
 */
import { labelBytes, MAX_KEYS, NO_LABEL, parseKey } from "../codec/index.ts";
import type { KeyInput, LabelRule, PayloadVersion } from "../codec/index.ts";
import { checkInteger, HearsayError, isWithin, optionError, parseCidr } from "../kernel/index.ts";
import type { Address, AddressRange } from "../kernel/index.ts";

export interface EncryptionOptions {
  /**
   * Keys of 16, 24 or 32 bytes, or base64 of as many; at most 16. The first encrypts, all decrypt; the same on
   * every node. Make one with `openssl rand -base64 32`.
   */
  readonly keys: readonly KeyInput[];
  /**
   * Whether what is not encrypted is refused. Switch it off only while a cluster goes over to encryption, see
   * docs/encryption.md. @default true
   */
  readonly verifyIncoming?: boolean;
  /** Whether we encrypt what we send. @default true */
  readonly verifyOutgoing?: boolean;
  /**
   * Of memberlist, 1 to 5. Only 1 makes a difference here: it writes the older encrypted format, which its
   * peers can read alone. @default 2
   */
  readonly protocolVersion?: number;
}

export interface WireOptions {
  /** Who has no key can neither read nor join. @default everything is sent in plain */
  readonly encryption?: EncryptionOptions;
  /**
   * Text of 1 to 255 bytes that keeps clusters apart on one network; the same on every node. No secret.
   * memberlist understands it since 0.3.0, Serf's agent has none. @default none
   */
  readonly label?: string;
  /** Whether something in front of us checks the label and takes it off. @default false */
  readonly skipInboundLabelCheck?: boolean;
  /** Whether packets are compressed where that makes them shorter. @default false */
  readonly compression?: boolean;
  /**
   * Ranges such as `10.0.0.0/8` or `fd00::/8`: whoever is in none is not listened to, and becomes no member.
   * @default everybody
   */
  readonly allow?: readonly string[];
}

export interface ResolvedWireOptions {
  readonly encryption:
    | {
        readonly keys: readonly Uint8Array[];
        readonly verifyIncoming: boolean;
        readonly verifyOutgoing: boolean;
        readonly version: PayloadVersion;
      }
    | undefined;
  readonly label: LabelRule;
  readonly compression: boolean;
  /** Whether this address may take part; `undefined` when all may. */
  readonly allows: ((address: Address) => boolean) | undefined;
}

/** @throws HearsayError `ERR_OPTION` or `ERR_KEY` */
export function resolveWireOptions(options: WireOptions): ResolvedWireOptions {
  const { encryption, label, allow } = options;
  const skipInboundCheck = checkBoolean(
    "skipInboundLabelCheck",
    options.skipInboundLabelCheck,
    false,
  );
  if (skipInboundCheck && label === undefined) {
    throw optionError("skipInboundLabelCheck", "a label to go with it", label);
  }
  return {
    encryption: encryption === undefined ? undefined : resolveEncryption(encryption),
    label: label === undefined ? NO_LABEL : { label: labelBytes(label), skipInboundCheck },
    compression: checkBoolean("compression", options.compression, false),
    allows: allow === undefined ? undefined : allowance(allow),
  };
}

function resolveEncryption(
  options: EncryptionOptions,
): NonNullable<ResolvedWireOptions["encryption"]> {
  if (typeof options !== "object" || options === null) {
    throw keysError("encryption", "an object with keys", options);
  }
  const { keys, protocolVersion = 2 } = options;
  const expected = `an array of 1 to ${MAX_KEYS} keys, the one to encrypt with first`;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS) {
    throw keysError("encryption.keys", expected, keys);
  }
  checkInteger("encryption.protocolVersion", protocolVersion, 1, 5);
  return {
    keys: keys.map((key, i) => parseKey(key, `encryption.keys[${i}]`)),
    verifyIncoming: checkBoolean("encryption.verifyIncoming", options.verifyIncoming, true),
    verifyOutgoing: checkBoolean("encryption.verifyOutgoing", options.verifyOutgoing, true),
    version: protocolVersion === 1 ? 0 : 1,
  };
}

/** As `optionError`, but what was received may be a key in the wrong place. */
function keysError(option: string, expected: string, value: unknown): HearsayError {
  const received = Array.isArray(value) ? `an array of ${value.length}` : typeof value;
  const message = `${option}: expected ${expected}, got ${received}`;
  return new HearsayError("ERR_OPTION", message, { option, expected, received });
}

function checkBoolean(option: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") throw optionError(option, "true or false", value);
  return value;
}

function allowance(allow: readonly string[]): (address: Address) => boolean {
  if (!Array.isArray(allow) || allow.length === 0) {
    throw optionError("allow", "an array of ranges such as 10.0.0.0/8, one at least", allow);
  }
  const ranges = allow.map((text: unknown, i): AddressRange => {
    const range = typeof text === "string" ? parseCidr(text) : undefined;
    if (range !== undefined) return range;
    throw optionError(`allow[${i}]`, "a range such as 10.0.0.0/8 or fd00::/8", text);
  });
  return (address) => isWithin(address, ranges);
}
