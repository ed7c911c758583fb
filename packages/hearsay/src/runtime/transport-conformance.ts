/**
 * What a transport must do, as cases to run: for ours, and for yours.
 *
 * The suite knows no test runner: each case is a name and a function that throws when the transport breaks
 * the rule. The names are the rules of `transport.ts`.
 *
 * @example
 * const subject = {
 *   make: (at) => new MyTransport(at ?? "127.0.0.1:0"),
 *   pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
 * };
 * for (const { name, run } of transportConformance(subject)) test(name, run);
 * @module
 */
import { datagramCases } from "./transport-conformance-datagrams.ts";
import { pairCases } from "./transport-conformance-pair.ts";
import type { ConformanceCase, ConformanceSubject } from "./transport-conformance-scene.ts";
import { streamCases } from "./transport-conformance-streams.ts";
import type { DatagramTransport, StreamTransport, Transport } from "./transport.ts";

export type { ConformanceCase, ConformanceSubject } from "./transport-conformance-scene.ts";

/** The rules of the half that carries datagrams. */
export function datagramConformance(
  subject: ConformanceSubject<DatagramTransport>,
): readonly ConformanceCase[] {
  return datagramCases(subject);
}

/** The rules of the half that carries streams. */
export function streamConformance(
  subject: ConformanceSubject<StreamTransport>,
): readonly ConformanceCase[] {
  return streamCases(subject);
}

/** All rules: those of both halves, and what they are together. */
export function transportConformance(
  subject: ConformanceSubject<Transport>,
): readonly ConformanceCase[] {
  return [...datagramCases(subject), ...streamCases(subject), ...pairCases(subject)];
}
