/**
 * The options of an experiment as one table: what each is called, what it may be, its default, and what it means.
 *
 *     const OPTIONS = {
 *       n:         whole(1000, "nodes", { least: 2 }),           --n 5000        --n 100,1000,10000
 *       fanout:    whole(3, "peers told in a round"),            --fanout 4      --fanout 1..5
 *       loss:      share(0, "of messages that are lost"),        --loss 0.1      --loss 10%      --loss 0..0.5:0.1
 *       latencyMs: span([1, 10], "of a message, ms"),            --latency-ms 1..10
 *       style:     word("push", ["push", "pull"], "who asks"),   --style pull    --style push,pull
 *       feedback:  flag(false, "stop only after useless ones"),  --feedback
 *     };
 *
 * The command line, its help, the sweeps and the type of an experiment's parameters (`ParametersOf`) come from the
 * table and from nothing else. `satisfies Record<keyof SomeConfig, OptionSpec>` lets the compiler see to it that no
 * option of a protocol is left out.
 * @module
 */

export interface OptionSpec<T = unknown> {
  readonly kind: "whole" | "number" | "share" | "span" | "word" | "flag";
  readonly default: T;
  readonly doc: string;
  readonly choices?: readonly string[];
  readonly least?: number;
  readonly most?: number;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What an experiment with these options is handed. */
export type ParametersOf<T extends OptionTable> = { readonly [K in keyof T]: T[K]["default"] };

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/** A number that counts something. */
export function whole(value: number, doc: string, bounds: Bounds = {}): OptionSpec<number> {
  return { kind: "whole", default: value, doc, ...bounds };
}

/** A number of 0 or more, such as a time. */
export function number(value: number, doc: string, bounds: Bounds = {}): OptionSpec<number> {
  return { kind: "number", default: value, doc, ...bounds };
}

/** A part of all or a probability, in `0..1`. */
export function share(value: number, doc: string): OptionSpec<number> {
  return { kind: "share", default: value, doc };
}

export function span(
  value: readonly [least: number, most: number],
  doc: string,
): OptionSpec<readonly [least: number, most: number]> {
  return { kind: "span", default: value, doc };
}

export function word<const W extends string>(
  value: NoInfer<W>,
  choices: readonly W[],
  doc: string,
): OptionSpec<W> {
  return { kind: "word", default: value, choices, doc };
}

export function flag(value: boolean, doc: string): OptionSpec<boolean> {
  return { kind: "flag", default: value, doc };
}

/** The defaults alone. */
export function defaultsOf<const T extends OptionTable>(table: T): ParametersOf<T> {
  const values = Object.entries(table).map(([name, spec]) => [name, spec.default]);
  return Object.fromEntries(values) as ParametersOf<T>;
}

/** Shares and times may be broken; everything else is counted. */
const BROKEN = /^loss$|Ms$|[sS]econds$/u;

/** The table that plain defaults stand for: each kind by its value. */
export function tableOf(
  defaults: object,
  choices: Readonly<Record<string, readonly string[] | undefined>> = {},
): OptionTable {
  const specs = Object.entries(defaults).map(([name, value]): [string, OptionSpec] => {
    if (typeof value === "boolean") return [name, flag(value, "on")];
    const shown = Array.isArray(value) ? value.join("..") : String(value);
    const doc = `by default ${shown}`;
    if (Array.isArray(value)) return [name, span(value as [number, number], doc)];
    if (typeof value === "number") {
      return [name, BROKEN.test(name) ? number(value, doc) : whole(value, doc)];
    }
    const allowed = choices[name];
    return [name, { kind: "word", default: value, doc, ...(allowed && { choices: allowed }) }];
  });
  return Object.fromEntries(specs);
}
