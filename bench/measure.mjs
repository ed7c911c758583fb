/**
 * What the measuring programs share: one process per variant, rounds interleaved, medians with their range.
 *
 * A machine that does other work slows down whatever runs at that moment. So variants take turns, every
 * measurement is a process of its own (no variant warms or spoils another's types and inlining), and a
 * figure is the median of the rounds beside the lowest and the highest. Ratios within one run mean something;
 * nanoseconds of two different days do not.
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";

/** The young generation is large enough that none of the calls whose garbage is counted fills it. */
const HEAP_FLAGS = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];
const COUNTED_BYTES = 50 << 20;
const BATCH_MS = 60;
const BATCHES = 5;

/**
 * Runs `node file variant` once a round for each variant; returns what each printed as JSON, by variant.
 * `left(variant)` may add arguments.
 */
export function interleave(file, variants, rounds) {
  const figures = new Map(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      const args = [...HEAP_FLAGS, file, "--variant", variant];
      const output = execFileSync(process.execPath, args, { encoding: "utf8" });
      figures.get(variant).push(JSON.parse(output));
    }
  }
  return figures;
}

/** The variant that this process is to measure, if it is one of `interleave`'s. */
export function variantAsked() {
  const at = process.argv.indexOf("--variant");
  return at < 0 ? undefined : process.argv[at + 1];
}

/**
 * Nanoseconds and bytes of garbage per call. `call(i)` is one call, or `perRun` of them. The time is the CPU time
 * of the process, so that waiting for a busy core does not count, and the best of a few batches: within a process
 * whatever is slower is the machine's other work or a collection.
 */
export function perCall(call, perRun = 1) {
  let calls = 0;
  for (const end = performance.now() + 300; performance.now() < end;) {
    for (let i = 0; i < 100; i++) call(calls++);
  }
  const batch = Math.max(100, Math.round((calls / 300) * BATCH_MS));
  let best = Infinity;
  for (let round = 0; round < BATCHES; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < batch; i++) call(calls++);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / batch);
  }
  return { ns: (best * 1e3) / perRun, bytes: garbage(() => call(calls++)) / perRun };
}

/**
 * Bytes that one call leaves on the heap and beside it (typed arrays above 64 bytes lie outside): the
 * median of some tries, because a collection in between hides what was made before it. The heap's own count
 * moves in steps of pages, so there are many calls, and the more of them the less each leaves.
 */
function garbage(call) {
  const about = garbageOf(call, 2000);
  const calls = Math.min(300_000, Math.ceil(COUNTED_BYTES / Math.max(about, 1)));
  const tries = Array.from({ length: 5 }, () => garbageOf(call, calls));
  return Math.max(0, Math.round(median(tries).median));
}

function garbageOf(call, calls) {
  globalThis.gc();
  const before = process.memoryUsage();
  for (let i = 0; i < calls; i++) call();
  const after = process.memoryUsage();
  const heap = after.heapUsed - before.heapUsed;
  return (heap + after.arrayBuffers - before.arrayBuffers) / calls;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1], low: sorted[0], high: sorted.at(-1) };
}

/** `median (lowest..highest)`, each in three significant digits. */
export function spread(numbers) {
  const { median: middle, low, high } = median(numbers);
  return low === high ? digits(middle) : `${digits(middle)} (${digits(low)}..${digits(high)})`;
}

export function digits(number) {
  if (number === 0) return "0";
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  return number.toLocaleString("en", {
    minimumFractionDigits: Math.min(places, 2),
    maximumFractionDigits: Math.min(places, 2),
  });
}

/** The `q`-th quantile by nearest rank. */
export function quantile(numbers, q) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Prints rows as a Markdown table. */
export function table(head, rows) {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => row[i].length)),
  );
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  console.log(line(head));
  console.log(line(widths.map((width) => "-".repeat(width))));
  for (const row of rows) console.log(line(row));
  console.log();
}

/** Says on what and when. */
export function printMachine() {
  const [cpu] = cpus();
  const load = loadavg()[0].toFixed(1);
  console.log(
    `${new Date().toISOString().slice(0, 16)}Z, Node ${process.versions.node}, ${cpus().length} cores ` +
      `(${cpu.model}), load before it ${load}\n`,
  );
}
