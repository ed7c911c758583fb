/**
 * Prints `N passed, N failed` (and `, N skipped`) as the very last line of a test run, for people
 * who look at the end of a log and for the CI script that adds such lines up.
 *
 * A file that cannot be imported, a hook that throws and an error nobody caught each count as one
 * failure: a run that lost its tests must never look green.
 * @module
 */

/**
 * @typedef {import("vitest/node").TestModule} TestModule
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

export default class SummaryReporter {
  /** @type {Tally | undefined} */
  #last;

  onInit() {
    // Other reporters and vitest itself may still print after `onTestRunEnd`; nothing prints after
    // exit. A run that never ended (a crash, a signal) is a failed one.
    process.once("exit", () => {
      process.stdout.write(`${line(this.#last ?? { passed: 0, failed: 1, skipped: 0 })}\n`);
    });
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    this.#last = tally(modules, unhandled);
  }
}

/**
 * @param {Tally} counts
 * @returns {string}
 */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * @param {readonly Pick<TestModule, "errors" | "children">[]} modules
 * @param {readonly unknown[]} unhandled
 * @returns {Tally}
 */
export function tally(modules, unhandled) {
  const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // `pending` is a test that was collected and never ran to an end.
      counts[state === "pending" ? "failed" : state] += 1;
    }
  }
  return counts;
}
