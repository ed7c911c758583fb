/**
 * What a command has taken so far, by the clock and of the processor.
 * @module
 */

export interface Elapsed {
  /** By the clock on the wall. */
  readonly seconds: number;
  /** Of all threads of this process, where the work was done here. */
  readonly cpuSeconds?: number;
}

const MS_PER_SECOND = 1e3;
const US_PER_SECOND = 1e6;

export class Stopwatch {
  readonly #beganMs = performance.now();
  readonly #cpu = process.cpuUsage();

  read(isHere: boolean): Elapsed {
    const seconds = (performance.now() - this.#beganMs) / MS_PER_SECOND;
    if (!isHere) return { seconds };
    const { user, system } = process.cpuUsage(this.#cpu);
    return { seconds, cpuSeconds: (user + system) / US_PER_SECOND };
  }
}
