/**
 * What a host has refused or lost before its machine could count it.
 * @module
 */
import type { DecodeError } from "../kernel/index.ts";
import type { HostCounts } from "./node-spec.ts";

export class HostDrops {
  readonly #byReason = new Map<string, number>();
  #buffer = 0;

  get counts(): HostCounts {
    const envelopeDrops = [...this.#byReason.values()].reduce((sum, count) => sum + count, 0);
    const envelopeDropReasons = Object.fromEntries(this.#byReason);
    return { bufferDrops: this.#buffer, envelopeDrops, envelopeDropReasons };
  }

  /** A datagram has found the socket's buffer full. */
  overflow(): void {
    this.#buffer++;
  }

  /** An envelope could not be opened. */
  refuse({ reason }: DecodeError): void {
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + 1);
  }

  /** A new run counts from nothing. */
  clear(): void {
    this.#buffer = 0;
    this.#byReason.clear();
  }
}
