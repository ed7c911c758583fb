/**
 * What the system says about sockets, in words that say what to do.
 * @module
 */
import { addressPort, HearsayError } from "../kernel/index.ts";
import type { Address, ErrorCode } from "../kernel/index.ts";
import { familyOf } from "./socket-address.ts";

export type Protocol = "UDP" | "TCP";

/** The system's code, such as `EADDRINUSE`. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unknown";
}

/** Why `bind` rejects. */
export function bindError(error: unknown, protocol: Protocol, at: Address): HearsayError {
  const [code, rule, cure] = explainBind(error, protocol, at);
  return new HearsayError(code, `cannot bind ${protocol} ${at}: ${rule}; ${cure}`, {
    expected: rule,
    received: at,
    cause: error,
  });
}

function explainBind(
  error: unknown,
  protocol: Protocol,
  at: Address,
): [code: ErrorCode, rule: string, cure: string] {
  const port = addressPort(at);
  const any = familyOf(at) === 4 ? "0.0.0.0" : "[::]";
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return [
        "ERR_ADDRESS_IN_USE",
        `something on this machine has ${protocol} port ${port}`,
        "stop it, choose another port, or use port 0 for a free one",
      ];
    case "EADDRNOTAVAIL":
      return [
        "ERR_ADDRESS_UNAVAILABLE",
        "this machine has no such address",
        `bind to one of its own, or to ${any}:${port} for all of them, and advertise the other`,
      ];
    case "EAFNOSUPPORT":
      return [
        "ERR_ADDRESS_UNAVAILABLE",
        `this machine does not speak IPv${familyOf(at)}`,
        `bind to an IPv${familyOf(at) === 4 ? 6 : 4} address`,
      ];
    case "EACCES":
    case "EPERM":
      return [
        "ERR_SOCKET",
        `this process may not use port ${port}`,
        "choose a port above 1023, or give it the right to bind low ports",
      ];
    case "EMFILE":
    case "ENFILE":
      return [
        "ERR_SOCKET",
        "too many files are open",
        "raise the limit (ulimit -n) or close something",
      ];
    default: {
      const said = error instanceof Error ? error.message : String(error);
      return ["ERR_SOCKET", `the system refused (${said})`, "look this up under its code"];
    }
  }
}

export function stateError(state: string): HearsayError {
  const happened = state === "closed" ? "was closed" : "is bound already";
  return new HearsayError("ERR_STATE", `this transport ${happened}; make a new one to bind`);
}
