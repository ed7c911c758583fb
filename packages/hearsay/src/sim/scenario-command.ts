/**
 * The commands of scenarios.
 *
 *     cluster a b c preset=tiny seed=7 latency=1..10ms loss=5%    n1..n32 names thirty-two
 *     add d · join d a · leave d · tags d role=db
 *     kill d · restart d · pause d · resume d
 *     partition a b | c d · cut a -> b · repair · loss 10% · latency 5ms
 *     run 1500ms · run until agreed max 10s
 *     members a · agree
 *
 * @module
 */
import { ScenarioError } from "./scenario-text.ts";
import type { ScenarioLine } from "./scenario-text.ts";

/** Least and most, in ms. */
export type LatencyRange = readonly [least: number, most: number];

export type ScenarioCommand =
  | {
      readonly type: "cluster";
      readonly names: readonly string[];
      readonly seed: number;
      readonly latencyMs: LatencyRange;
      readonly loss: number;
      /** The rest, as written: options of membership. */
      readonly options: ReadonlyMap<string, string>;
    }
  | {
      readonly type: "add" | "leave" | "kill" | "restart" | "pause" | "resume";
      readonly names: readonly string[];
    }
  | { readonly type: "join"; readonly name: string; readonly via: readonly string[] }
  | { readonly type: "tags"; readonly name: string; readonly tags: ReadonlyMap<string, string> }
  | { readonly type: "partition"; readonly groups: readonly (readonly string[])[] }
  | { readonly type: "cut"; readonly from: string; readonly to: string }
  | { readonly type: "repair" | "agree" }
  | { readonly type: "loss"; readonly loss: number }
  | { readonly type: "latency"; readonly latencyMs: LatencyRange }
  | { readonly type: "run"; readonly ms: number }
  | { readonly type: "runUntilAgreed"; readonly maxMs: number }
  | { readonly type: "members"; readonly name: string };

const DEFAULT_LATENCY = "1..10ms";
const MAX_NAMES = 1024;

/** @throws ScenarioError */
export function parseCommand(line: ScenarioLine): ScenarioCommand {
  return new CommandParser(line).parse();
}

class CommandParser {
  readonly #line: number;
  readonly #verb: string;
  readonly #words: readonly string[];

  constructor({ number, text }: ScenarioLine) {
    const [verb = "", ...words] = text.trim().split(/\s+/);
    this.#line = number;
    this.#verb = verb;
    this.#words = words;
  }

  parse(): ScenarioCommand {
    const words = this.#words;
    switch (this.#verb) {
      case "cluster":
        return this.#cluster();
      case "add":
      case "leave":
      case "kill":
      case "restart":
      case "pause":
      case "resume":
        return { type: this.#verb, names: this.#names(words) };
      case "join":
        return { type: "join", name: this.#word(0), via: this.#names(words.slice(1)) };
      case "tags":
        return { type: "tags", name: this.#word(0), tags: this.#settings(words.slice(1)) };
      case "partition":
        return { type: "partition", groups: this.#groups() };
      case "cut":
        this.#expect(words.length === 3 && words[1] === "->", "cut a -> b");
        return { type: "cut", from: this.#word(0), to: this.#word(2) };
      case "repair":
      case "agree":
        this.#expect(words.length === 0, this.#verb);
        return { type: this.#verb };
      case "loss":
        this.#expect(words.length === 1, "loss 10%");
        return { type: "loss", loss: this.#share(this.#word(0)) };
      case "latency":
        this.#expect(words.length === 1, "latency 1..10ms");
        return { type: "latency", latencyMs: this.#range(this.#word(0)) };
      case "run":
        return this.#run();
      case "members":
        this.#expect(words.length === 1, "members a");
        return { type: "members", name: this.#word(0) };
      default:
        throw this.#error(`there is no command ${JSON.stringify(this.#verb)}`);
    }
  }

  #cluster(): ScenarioCommand {
    const names = this.#names(this.#words.filter((word) => !word.includes("=")));
    const options = this.#settings(this.#words.filter((word) => word.includes("=")));
    const take = (key: string, otherwise: string): string => {
      const value = options.get(key) ?? otherwise;
      options.delete(key);
      return value;
    };
    const seed = Number(take("seed", "1"));
    this.#expect(Number.isInteger(seed) && seed >= 0, "a whole number as seed");
    const latencyMs = this.#range(take("latency", DEFAULT_LATENCY));
    const loss = this.#share(take("loss", "0%"));
    return { type: "cluster", names, seed, latencyMs, loss, options };
  }

  #run(): ScenarioCommand {
    const [first, second, third, fourth] = this.#words;
    if (first === "until") {
      const asked = second === "agreed" && third === "max" && this.#words.length === 4;
      this.#expect(asked, "run until agreed max 10s");
      return { type: "runUntilAgreed", maxMs: this.#duration(fourth as string) };
    }
    this.#expect(this.#words.length === 1, "run 1500ms");
    return { type: "run", ms: this.#duration(first as string) };
  }

  #groups(): string[][] {
    const texts = this.#words.join(" ").split("|");
    this.#expect(texts.length > 1, "partition a b | c d");
    return texts.map((text) => this.#names(text.trim().split(" ")));
  }

  /** Names, and `n1..n32` for all from n1 to n32. */
  #names(words: readonly string[]): string[] {
    const names = words.flatMap((word) => {
      const [, stem, from, sameStem, to] = /^(\D+)(\d+)\.\.(\D*)(\d+)$/.exec(word) ?? [];
      if (stem === undefined) return [word];
      const count = Number(to) - Number(from) + 1;
      this.#expect(stem === sameStem && count > 0 && count <= MAX_NAMES, "a range such as n1..n32");
      return Array.from({ length: count }, (_, i) => `${stem}${Number(from) + i}`);
    });
    this.#expect(names.length > 0 && names[0] !== "", "the name of a node");
    return names;
  }

  #settings(words: readonly string[]): Map<string, string> {
    const pairs = words.map((word) => {
      const at = word.indexOf("=");
      this.#expect(at > 0, "settings such as role=db");
      return [word.slice(0, at), word.slice(at + 1)] as const;
    });
    return new Map(pairs);
  }

  #word(index: number): string {
    const word = this.#words[index];
    if (word === undefined) throw this.#error("the name of a node is missing");
    return word;
  }

  #duration(text: string): number {
    const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    if (digits === undefined)
      throw this.#error(`expected a time such as 1500ms or 2s, got ${text}`);
    const factor = unit === "ms" ? 1 : unit === "s" ? 1000 : unit === "m" ? 60_000 : 3_600_000;
    return Number(digits) * factor;
  }

  #range(text: string): LatencyRange {
    const [, least, most] = /^(?:(\d+(?:\.\d+)?)\.\.)?(\d+(?:\.\d+)?)ms$/.exec(text) ?? [];
    if (most === undefined)
      throw this.#error(`expected a latency such as 5ms or 1..10ms, got ${text}`);
    const range = [Number(least ?? most), Number(most)] as const;
    this.#expect(range[0] <= range[1], "a range with the lesser time first");
    return range;
  }

  #share(text: string): number {
    const [, digits] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
    const share = Number(digits) / 100;
    if (!(share <= 1)) throw this.#error(`expected a share of 0%..100%, got ${text}`);
    return share;
  }

  #expect(condition: boolean, expected: string): asserts condition {
    if (!condition) throw this.#error(`expected ${expected}`);
  }

  #error(message: string): ScenarioError {
    return new ScenarioError(this.#line, `${this.#verb}: ${message}`);
  }
}
