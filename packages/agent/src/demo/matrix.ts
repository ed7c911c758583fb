/**
 * The matrix of the live view: who believes whom to be what, and how each process is.
 * @module
 */
import { BELIEF_TINT } from "./line.ts";
import type { Line, Piece, Symbols, Tint } from "./line.ts";
import type { DemoModel, DemoNode, ProcessState } from "./model.ts";

export interface MatrixState {
  readonly model: DemoModel;
  /** Index into the model's nodes. */
  readonly selected: number;
}

const PROCESS_TINT: Readonly<Record<ProcessState, Tint>> = {
  starting: "cyan",
  running: "green",
  paused: "yellow",
  leaving: "blue",
  left: "blue",
  killed: "red",
  failed: "red",
};

export class Matrix {
  readonly #state: MatrixState;
  readonly #symbols: Symbols;
  readonly #subjects: readonly string[];
  readonly #nameWidth: number;
  readonly #cellWidth: number;
  readonly #facts: readonly Fact[];
  /** Too narrow for names side by side: they are written downwards. */
  readonly #vertical: boolean;

  constructor(state: MatrixState, columns: number, symbols: Symbols) {
    const { nodes, subjects } = state.model;
    const longest = Math.max(...subjects.map((name) => name.length), 2);
    this.#state = state;
    this.#symbols = symbols;
    this.#nameWidth = Math.min(Math.max(...nodes.map(({ name }) => name.length), 2), 12);
    const left = this.#nameWidth + 5;
    const wide = Math.min(longest, 6) + 2;
    const widths = [wide, wide - 1, 2];
    const fits = (width: number, facts: number): boolean => {
      return left + subjects.length * width + factsWidth(facts) <= columns;
    };
    const width = widths.find((candidate) => fits(candidate, 1)) ?? 2;
    let facts = FACTS.length;
    while (facts > 0 && !fits(width, facts)) facts--;
    const room = Math.floor((columns - left - factsWidth(facts)) / width);
    this.#cellWidth = width;
    this.#vertical = width <= Math.min(longest, 6);
    this.#facts = FACTS.slice(0, facts);
    this.#subjects = subjects.slice(0, Math.max(room, 1));
  }

  get headerLines(): number {
    return this.#vertical ? 2 : 1;
  }

  lines(count: number): Line[] {
    const { model, selected } = this.#state;
    const first = Math.max(
      0,
      Math.min(selected - Math.floor(count / 2), model.nodes.length - count),
    );
    const rows = model.nodes
      .slice(first, first + count)
      .map((node, i) => this.#row(node, first + i));
    return [...this.#header(), ...rows];
  }

  #header(): Line[] {
    const left = " ".repeat(this.#nameWidth + 3);
    const facts = this.#facts.map(({ title: text, width }) => text.padEnd(width)).join("");
    const cell = (text: string): string =>
      text.slice(0, this.#cellWidth - 1).padStart(this.#cellWidth);
    const heading = (labels: readonly string[], right: string): Line => {
      return [{ text: `${left}${labels.map(cell).join("")}  ${right}`, tint: "dim" }];
    };
    if (!this.#vertical) return [heading(this.#subjects, facts)];
    const short = this.#subjects.map((name) =>
      name
        .replace(/^n(?=\d)/u, "")
        .padStart(2)
        .slice(0, 2),
    );
    return [
      heading(
        short.map((label) => label[0] as string),
        "",
      ),
      heading(
        short.map((label) => label[1] as string),
        facts,
      ),
    ];
  }

  #row(node: DemoNode, index: number): Line {
    const isSelected = index === this.#state.selected;
    const name = node.name.slice(0, this.#nameWidth).padEnd(this.#nameWidth);
    const head: Piece = {
      text: ` ${isSelected ? this.#symbols.cursor : " "} ${name}`,
      tint: isSelected ? "bold" : undefined,
    };
    const cells = this.#subjects.map((subject) => this.#cell(node, subject));
    const facts = this.#facts.map(({ of, width, tint }): Piece => {
      return { text: of(node).padEnd(width), tint: tint(node) };
    });
    return [head, ...cells, { text: "  " }, ...facts];
  }

  #cell({ process, beliefs }: DemoNode, subject: string): Piece {
    // Who does not run believes nothing; who is paused still believes what it did.
    const isObserver = process === "running" || process === "paused" || process === "leaving";
    if (!isObserver) return { text: " ".repeat(this.#cellWidth) };
    const belief = beliefs.get(subject)?.state ?? "unknown";
    const tint = process === "paused" ? "dim" : BELIEF_TINT[belief];
    return { text: this.#symbols.belief[belief].padStart(this.#cellWidth), tint };
  }
}

interface Fact {
  readonly title: string;
  readonly width: number;
  readonly of: (node: DemoNode) => string;
  readonly tint: (node: DemoNode) => Tint | undefined;
}

/** Columns beside the matrix, the most useful first. */
const FACTS: readonly Fact[] = [
  {
    title: "process",
    width: 10,
    of: ({ process }) => process,
    tint: ({ process }) => PROCESS_TINT[process],
  },
  { title: "pid", width: 9, of: ({ pid }) => String(pid ?? ""), tint: () => undefined },
  { title: "gossip", width: 17, of: ({ address }) => address ?? "", tint: () => "dim" },
  { title: "HTTP API", width: 17, of: ({ http }) => http ?? "", tint: () => "dim" },
];

function factsWidth(count: number): number {
  return FACTS.slice(0, count).reduce((sum, { width }) => sum + width, 0);
}
