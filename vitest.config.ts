import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const library = fileURLToPath(new URL("./packages/hearsay/src/", import.meta.url));

/** `hearsay` and `hearsay/<room>` as sources, so that tests need no build and step through the code as written. */
const sources = [
  { find: /^hearsay$/, replacement: `${library}index.ts` },
  { find: /^hearsay\/([a-z]+)$/, replacement: `${library}$1/index.ts` },
];

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/summary-reporter.mjs"],
    exclude: [...configDefaults.exclude, "**/dist/**"],
    projects: [
      {
        extends: true,
        resolve: { alias: sources },
        test: {
          name: "library",
          include: ["packages/*/src/**/*.test.ts"],
          // A bound for what hangs, not for what is slow: a busy machine fails nothing.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "checks",
          include: ["checks/**/*.test.ts"],
          // Some of these start compilers and npm.
          testTimeout: 60_000,
        },
      },
      {
        // No alias: what is fuzzed is what users run, and coverage is measured on plain files.
        extends: true,
        test: {
          name: "fuzz",
          include: ["fuzz/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // No alias: interop runs the built packages as a user gets them (`npm test` builds first).
        // `npm test -- --project interop` runs it alone.
        extends: true,
        test: {
          name: "interop",
          include: ["interop/**/*.test.ts"],
          // Real sockets and other people's processes: one file at a time, after everything else,
          // because a busy machine makes real failure detectors suspicious.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
