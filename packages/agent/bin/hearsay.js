#!/usr/bin/env node
// The command's stable place: npm links it before the first build has made dist.
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";

const bundle = new URL("../dist/agent-bundle.js", import.meta.url);

if (process.argv[2] === "agent" && existsSync(bundle)) {
  // An agent runs beside what matters, for months: memory is dearer than its speed. Before anything is loaded.
  setFlagsFromString("--optimize-for-size");
  await import(bundle.href);
} else {
  await import("../dist/bin.js");
}
