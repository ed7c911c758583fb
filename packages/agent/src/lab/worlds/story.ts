/**
 * One story for two worlds: who starts, joins, crashes and leaves, and when.
 *
 *     0 s      n0 starts; the others follow it, four in a second
 *     20 %     a member crashes; a second one at 45 %
 *     70 %     a member leaves
 *     100 %    the end
 *
 * @module
 */

export interface Story {
  readonly n: number;
  readonly seconds: number;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly atMs: number;
  /** `join` starts a node and lets it join n0. */
  readonly act: "start" | "join" | "crash" | "leave";
  readonly node: string;
}

/** What one world has counted while the story was told. */
export interface Telling {
  /** Messages in packets, by type. */
  readonly messages: Readonly<Record<string, number>>;
  readonly packets: number;
  readonly packetBytes: number;
  readonly streamBytes: number;
  /** Ms from each crash to the first and to the last `fail`, and from the leave to the last `leave`. */
  readonly firstMs: readonly number[];
  readonly fullMs: readonly number[];
  readonly leftMs: readonly number[];
}

const JOIN_EVERY_MS = 250;

export function storyOf(n: number, seconds: number): Story {
  const end = seconds * 1000;
  const joins = Array.from({ length: n - 1 }, (_, i): Step => {
    return { atMs: (i + 1) * JOIN_EVERY_MS, act: "join", node: `n${i + 1}` };
  });
  const troubles: Step[] = [
    { atMs: 0.2 * end, act: "crash", node: "n1" },
    { atMs: 0.45 * end, act: "crash", node: "n2" },
    { atMs: 0.7 * end, act: "leave", node: "n3" },
  ];
  const steps: Step[] = [{ atMs: 0, act: "start", node: "n0" }, ...joins, ...troubles];
  return { n, seconds, steps: steps.toSorted((a, b) => a.atMs - b.atMs) };
}

/** Hears who tells what of whom, and finds the times. */
export class Notices {
  readonly #crashes = new Map<string, { at: number; heard: number[] }>();
  readonly #leaves = new Map<string, { at: number; heard: number[] }>();

  begin(step: Step, at: number): void {
    if (step.act === "crash") this.#crashes.set(step.node, { at, heard: [] });
    if (step.act === "leave") this.#leaves.set(step.node, { at, heard: [] });
  }

  hear(node: string, type: string, about: string, at: number): void {
    if (node === about) return;
    if (type === "fail") this.#crashes.get(about)?.heard.push(at);
    if (type === "leave") this.#leaves.get(about)?.heard.push(at);
  }

  get times(): Pick<Telling, "firstMs" | "fullMs" | "leftMs"> {
    const crashes = [...this.#crashes.values()];
    const leaves = [...this.#leaves.values()];
    return {
      firstMs: crashes.map(({ at, heard }) => Math.min(...heard) - at),
      fullMs: crashes.map(({ at, heard }) => Math.max(...heard) - at),
      leftMs: leaves.map(({ at, heard }) => Math.max(...heard) - at),
    };
  }
}
