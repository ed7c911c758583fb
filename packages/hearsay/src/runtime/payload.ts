/**
 * What an application may send.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";

/** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE` */
export function checkPayload(
  payload: unknown,
  limit: number,
  advice: string,
): asserts payload is Uint8Array {
  if (!(payload instanceof Uint8Array)) {
    throw new HearsayError("ERR_OPTION", `payload: expected a Uint8Array, got ${typeof payload}`, {
      option: "payload",
      expected: "a Uint8Array",
      received: payload,
    });
  }
  if (payload.length > limit) {
    throw new HearsayError(
      "ERR_MESSAGE_TOO_LARGE",
      `a payload of ${payload.length} bytes does not fit into ${limit}: ${advice}`,
      { option: "payload", expected: `at most ${limit} bytes`, received: payload.length },
    );
  }
}
