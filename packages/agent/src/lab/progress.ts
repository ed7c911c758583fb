/**
 * How far a long command is, on a terminal; and Ctrl-C, which ends it with what was done so far.
 * @module
 */
import type { Terminal } from "../terminal.ts";

export interface Progress {
  readonly signal: AbortSignal;
  /** One more is done. */
  step(): void;
  /** So many more are to come. */
  expect(count: number): void;
}

/**
 * Runs `work`, shows its progress, and aborts its signal at SIGINT.
 * @param shows whether progress is shown @default on a terminal
 */
export async function withProgress<T>(
  terminal: Terminal,
  what: string,
  work: (progress: Progress) => Promise<T>,
  shows: boolean = terminal.stderr.isTTY === true,
): Promise<T> {
  const { stderr } = terminal;
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  let done = 0;
  let all = 0;
  const show = (): void => {
    if (shows) stderr.write(`\r[${bar(done, all)}] ${done} of ${all} ${what} `);
  };
  process.once("SIGINT", interrupt);
  try {
    return await work({
      signal: controller.signal,
      step: () => {
        done++;
        show();
      },
      expect: (count) => {
        all += count;
        show();
      },
    });
  } finally {
    process.removeListener("SIGINT", interrupt);
    if (shows) stderr.write("\r\u001b[K");
  }
}

const BAR = 24;

function bar(done: number, all: number): string {
  const full = all === 0 ? 0 : Math.floor((BAR * done) / all);
  return "#".repeat(full) + "-".repeat(BAR - full);
}
