/**
 * The words of one command, and what they can mean: names, times, shares, places.
 *
 *     latency   a b -> c   lognormal 20ms
 *       verb     place         value
 *
 * Every reader refuses what it cannot read, with the line and what was expected.
 * @module
 */
import { HearsayError, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { distributionOf } from "./distributions.ts";
import type { Latency } from "./distributions.ts";
import { EVERYWHERE } from "./place.ts";
import type { Place } from "./place.ts";
import { ScenarioError } from "./scenario-text.ts";
import type { ScenarioLine } from "./scenario-text.ts";

const MAX_NAMES = 1024;
/** Words that stand between names, and can be none. */
const RESERVED: ReadonlySet<string> = new Set([
  "->",
  "<->",
  "|",
  "at",
  "as",
  "for",
  "off",
  "via",
  "with",
]);
const MS_OF_UNIT: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const BITS_OF_UNIT: ReadonlyMap<string, number> = new Map([
  ["kbit", 1e3],
  ["mbit", 1e6],
  ["gbit", 1e9],
]);

export class Words {
  readonly verb: string;
  /** All that follows the verb. */
  readonly all: readonly string[];
  readonly #line: number;

  constructor({ number, text }: ScenarioLine) {
    const [verb = "", ...words] = text.trim().split(/\s+/);
    this.#line = number;
    this.verb = verb;
    this.all = words;
  }

  /** The words before `keyword` and the one after it, which must be the last; `undefined` if it is not there. */
  clause(words: readonly string[], keyword: string): [readonly string[], string | undefined] {
    const at = words.indexOf(keyword);
    if (at < 0) return [words, undefined];
    this.expect(at === words.length - 2, `one word after ${JSON.stringify(keyword)}, at the end`);
    return [words.slice(0, at), words[at + 1]];
  }

  /** Names, and `n1..n32` for all from n1 to n32. */
  names(words: readonly string[]): string[] {
    const names = words.flatMap((word) => {
      const [, stem, from, sameStem, to] = /^(\D+)(\d+)\.\.(\D*)(\d+)$/.exec(word) ?? [];
      if (stem === undefined) return [word];
      const count = Number(to) - Number(from) + 1;
      this.expect(stem === sameStem && count > 0 && count <= MAX_NAMES, "a range such as n1..n32");
      return Array.from({ length: count }, (_, i) => `${stem}${Number(from) + i}`);
    });
    this.expect(names.length > 0 && names[0] !== "", "the name of a node");
    for (const name of names) {
      this.expect(!RESERVED.has(name), `the name of a node, got ${JSON.stringify(name)}`);
    }
    this.expect(new Set(names).size === names.length, "each name once");
    return names;
  }

  name(words: readonly string[], usage: string): string {
    this.expect(words.length === 1, usage);
    return this.names(words)[0] as string;
  }

  /** Groups of names between bars, at least two; nobody in two of them. */
  groups(usage: string): string[][] {
    const texts = this.all.join(" ").split("|");
    this.expect(texts.length > 1, usage);
    const groups = texts.map((text) => this.names(text.trim().split(" ")));
    const names = groups.flat();
    this.expect(new Set(names).size === names.length, "each name in one group alone");
    return groups;
  }

  /** Nothing, `a b`, `a b -> c` or `a b <-> c`. */
  place(words: readonly string[]): Place {
    if (words.length === 0) return EVERYWHERE;
    const arrow = words.findIndex((word) => word === "->" || word === "<->");
    if (arrow < 0) return { kind: "nodes", names: this.names(words) };
    const from = this.names(words.slice(0, arrow));
    const to = this.names(words.slice(arrow + 1));
    return { kind: "way", from, to, both: words[arrow] === "<->" };
  }

  settings(words: readonly string[]): Map<string, string> {
    const pairs = words.map((word) => {
      const at = word.indexOf("=");
      this.expect(at > 0, "settings such as role=db");
      return [word.slice(0, at), word.slice(at + 1)] as const;
    });
    return new Map(pairs);
  }

  address(text: string): Address {
    try {
      return parseAddress(text);
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      throw this.error(`expected an address such as 10.0.0.9:7946, got ${text}`);
    }
  }

  duration(text = ""): number {
    const ms = quantity(text, MS_OF_UNIT);
    if (ms === undefined) throw this.error(`expected a time such as 1500ms or 2s, got ${text}`);
    return ms;
  }

  signedDuration(text = ""): number {
    const [, sign, rest] = /^([+-])(.*)$/.exec(text) ?? [];
    const ms = quantity(rest ?? "", MS_OF_UNIT);
    if (ms === undefined) throw this.error(`expected a jump such as +1h or -30s, got ${text}`);
    return sign === "-" ? -ms : ms;
  }

  share(text = ""): number {
    const share = percent(text);
    if (!(share <= 1)) throw this.error(`expected a share of 0%..100%, got ${text}`);
    return share;
  }

  /** A share that may be negative, of at most `most` to either side. */
  signedShare(text: string, most: number): number {
    const [, sign, rest] = /^([+-]?)(.*)$/.exec(text) ?? [];
    const share = percent(rest ?? "");
    if (!(share <= most)) {
      const limit = `${100 * most}%`;
      throw this.error(`expected a share of -${limit}..${limit}, got ${text}`);
    }
    return sign === "-" ? -share : share;
  }

  /** Bits a second, `undefined` for `off`. */
  bandwidth(text = ""): number | undefined {
    if (text === "off") return undefined;
    const bits = quantity(text, BITS_OF_UNIT);
    if (bits === undefined || bits === 0) {
      throw this.error(`expected a bandwidth such as 1mbit or 64kbit, or off, got ${text}`);
    }
    return bits;
  }

  /** Bytes of a datagram, `undefined` for `off`. */
  mtu(text = ""): number | undefined {
    if (text === "off") return undefined;
    const bytes = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (bytes < 1 || bytes > 65_535)
      throw this.error(`expected bytes such as 1200, or off, got ${text}`);
    return bytes;
  }

  /** `5ms`, `1..10ms`, `exponential 5..20ms`, `lognormal 20ms 0.8`. */
  latency(words: readonly string[]): Latency {
    const latency = this.#latency(words);
    try {
      distributionOf(latency);
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      throw this.error(`expected ${error.expected}, got ${words.join(" ")}`);
    }
    return latency;
  }

  /** How many of the last of these words make a latency. */
  latencyWords(words: readonly string[]): number {
    const isKind = (word: string | undefined): boolean => {
      return word === "exponential" || word === "lognormal";
    };
    if (isKind(words.at(-3))) return 3;
    return isKind(words.at(-2)) ? 2 : Math.min(1, words.length);
  }

  #latency(words: readonly string[]): Latency {
    const [first = "", second = "", third] = words;
    if (first === "exponential" && words.length === 2) {
      const [leastMs, meanMs] = this.#range(second);
      return { type: "exponential", meanMs, leastMs: second.includes("..") ? leastMs : 0 };
    }
    if (first === "lognormal" && words.length <= 3) {
      const medianMs = this.duration(second);
      if (third === undefined) return { type: "lognormal", medianMs };
      this.expect(/^\d+(\.\d+)?$/.test(third), "a number as sigma, such as 0.5");
      return { type: "lognormal", medianMs, sigma: Number(third) };
    }
    this.expect(words.length === 1, "a latency such as 5ms, 1..10ms or exponential 20ms");
    return this.#range(first);
  }

  #range(text: string): readonly [least: number, most: number] {
    const [, least, most] = /^(?:(\d+(?:\.\d+)?)\.\.)?(\d+(?:\.\d+)?)ms$/.exec(text) ?? [];
    if (most === undefined)
      throw this.error(`expected a latency such as 5ms or 1..10ms, got ${text}`);
    const range = [Number(least ?? most), Number(most)] as const;
    this.expect(range[0] <= range[1], "a range with the lesser time first");
    return range;
  }

  expect(condition: boolean, expected: string): asserts condition {
    if (!condition) throw this.error(`expected ${expected}`);
  }

  error(message: string): ScenarioError {
    return new ScenarioError(this.#line, `${this.verb}: ${message}`);
  }
}

function quantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ?? [];
  const factor = units.get(unit);
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function percent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return Number(digits) / 100;
}
