#!/usr/bin/env node
// The command's stable place: npm links it before the first build has made dist.
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

/**
 * An agent runs beside what matters, for months: memory is dearer than its speed. What is said here is what V8 does with
 * an agent at rest; one that is asked thousands of times a second is optimized as any program is, some seconds later.
 */
const FLAGS = ["--optimize-for-size"];

/** For the V8 of Node 20, with which they were measured: another might not know them, and say so on every start. */
const FLAGS_OF_V8_11 = [
  // A function is optimized when it has run for some times so many bytes of bytecode, in place of 66 KiB. Neither the
  // start nor a day at rest is worth the four megabytes of the compiler that are touched for the first of them.
  "--interrupt-budget=20000000",
  // And no sooner if it is small: those that Node has used itself until here still have the usual budget.
  "--max-bytecode-size-for-early-opt=0",
  // The young generation stays as small as it begins.
  "--semi-space-growth-factor=1",
];

const bundle = new URL("../dist/agent-bundle.js", import.meta.url);

if (process.argv[2] === "agent" && existsSync(bundle)) {
  // Before anything is loaded.
  const more = process.versions.v8.startsWith("11.") ? FLAGS_OF_V8_11 : [];
  for (const flag of [...FLAGS, ...more]) setFlagsFromString(flag);
  await import(bundle.href);
} else {
  await import("../dist/bin.js");
}
