import { expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { line, tally } from "../scripts/summary-reporter.mjs";

interface Shape {
  tests?: ("passed" | "failed" | "skipped" | "pending")[];
  importErrors?: number;
  hookErrors?: number;
}

/** A test file as vitest reports it, as far as the reporter looks. */
function module({ tests = [], importErrors = 0, hookErrors = 0 }: Shape): TestModule {
  const errors = (count: number) => () => Array.from({ length: count }, () => new Error("broken"));
  return {
    errors: errors(importErrors),
    children: {
      allSuites: () => [{ errors: errors(hookErrors) }],
      allTests: () => tests.map((state) => ({ result: () => ({ state }) })),
    },
  } as unknown as TestModule;
}

const summary = (modules: Shape[], unhandled: unknown[] = []) =>
  line(tally(modules.map(module), unhandled));

test("tests are counted over all files, skipped ones only when there are some", () => {
  expect(summary([{ tests: ["passed", "failed"] }, { tests: ["passed"] }])).toBe(
    "2 passed, 1 failed",
  );
  expect(summary([{ tests: ["passed", "skipped"] }])).toBe("1 passed, 0 failed, 1 skipped");
});

test.each<[string, Shape[], unknown[]]>([
  ["a file that cannot be imported", [{ importErrors: 1 }], []],
  ["a hook that throws", [{ hookErrors: 1 }], []],
  ["an error that nobody caught", [{}], [new Error("loose")]],
  ["a test that never ended", [{ tests: ["pending"] }], []],
])("%s is a failure", (_what, modules, unhandled) => {
  expect(summary(modules, unhandled)).toBe("0 passed, 1 failed");
});
