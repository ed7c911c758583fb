/**
 * Three kinds of trouble, never mixed.
 *
 * - The network's doing is a counted drop reason: `DecodeError` ends the reading of one message and
 *   goes no further than the place that counts it.
 * - The caller's doing throws a `HearsayError` with a stable `code`.
 * - Our own doing throws an `Error` whose message starts with `BUG:`.
 * @module
 */

/** Every code that the library throws or rejects with. Codes are stable; messages are not. */
export type ErrorCode =
  | "ERR_OPTION"
  | "ERR_KEY"
  | "ERR_ADDRESS"
  | "ERR_ADDRESS_IN_USE"
  | "ERR_ADDRESS_UNAVAILABLE"
  | "ERR_SOCKET"
  | "ERR_RESOLVE"
  | "ERR_JOIN"
  | "ERR_META_TOO_LARGE"
  | "ERR_MESSAGE_TOO_LARGE"
  | "ERR_QUEUE_FULL"
  | "ERR_UNKNOWN_MEMBER"
  | "ERR_PEER_INCAPABLE"
  | "ERR_SEND"
  | "ERR_TIMEOUT"
  | "ERR_STATE"
  | "ERR_DECODE"
  | "ERR_RECORDING"
  | "ERR_SNAPSHOT"
  | "ERR_CLOCK"
  | "ERR_KIND";

/** What a `HearsayError` says beside its message: the same facts, for programs. */
export interface ErrorDetails {
  /** The option or argument at fault. */
  readonly option?: string;
  /** The rule that it breaks. */
  readonly expected?: string;
  /** What came instead. */
  readonly received?: unknown;
  /** The error underneath, such as the one of a socket. */
  readonly cause?: unknown;
}

/** The one class that callers catch; tell errors apart by `code`. */
export class HearsayError extends Error {
  override readonly name: string = "HearsayError";
  readonly code: ErrorCode;
  readonly option: string | undefined;
  readonly expected: string | undefined;
  readonly received: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.option = details.option;
    this.expected = details.expected;
    this.received = details.received;
  }
}

/** A value given by the caller breaks a rule: says the option, the rule and the value. */
export function optionError(option: string, expected: string, received: unknown): HearsayError {
  const shown = typeof received === "string" ? JSON.stringify(received) : String(received);
  return new HearsayError("ERR_OPTION", `${option}: expected ${expected}, got ${shown}`, {
    option,
    expected,
    received,
  });
}

/** Throws a bug report unless `condition` holds. For our own mistakes, never for input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`BUG: ${message}`);
}

/** Compile-time proof that a `switch` is exhaustive; at run time, a bug report. */
export function assertNever(value: never): never {
  throw new Error(`BUG: unhandled variant ${JSON.stringify(value)}`);
}
