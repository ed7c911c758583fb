/**
 * The live view as text: a pure function of the model and the terminal's size.
 *
 *     hearsay demo                     all 4 agree: 4 alive, 1 dead
 *
 *            n1  n2  n3  n4  n5   process   pid     gossip address
 *     > n1    ●   ●   ✗   ●   ●   running   1234    127.0.0.1:40001
 *       n2    ●   ●   ✗   ●   ●   …
 *     ● alive  ◐ suspect  ✗ dead  ○ left  · unknown
 *
 *     Latest changes
 *       12.1s  n3 dead     n1: suspected by n2, not refuted within 3.0 s  + n2 n4 n5
 *
 * What does not fit is left out in order of worth: changes first, then columns on the right, then rows
 * far from the selected one. No line is longer than the terminal is wide.
 * @module
 */
import picocolors from "picocolors";
import type { Belief, Change, DemoModel, DemoNode, ProcessState, Verdict } from "./model.ts";
import { invitation, verdictWords } from "./words.ts";

export interface ViewState {
  readonly model: DemoModel;
  /** Index into the model's nodes. */
  readonly selected: number;
  /** What the last key did. */
  readonly message: string;
  readonly elapsedMs: number;
  /** Shows how to join instead of the changes. */
  readonly help: boolean;
}

export interface ViewStyle {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  /** Symbols beyond ASCII. */
  readonly unicode: boolean;
}

type Tint = "green" | "yellow" | "red" | "blue" | "cyan" | "dim" | "bold" | "inverse";

interface Piece {
  readonly text: string;
  readonly tint?: Tint | undefined;
}

type Line = readonly Piece[];

interface Symbols {
  readonly belief: Readonly<Record<Belief | "unknown", string>>;
  readonly cursor: string;
  readonly ellipsis: string;
}

const UNICODE: Symbols = {
  belief: { alive: "●", suspect: "◐", dead: "✗", left: "○", unknown: "·" },
  cursor: "▸",
  ellipsis: "…",
};

const ASCII: Symbols = {
  belief: { alive: "+", suspect: "?", dead: "x", left: "-", unknown: "." },
  cursor: ">",
  ellipsis: "~",
};

const BELIEF_TINT: Readonly<Record<Belief | "unknown", Tint>> = {
  alive: "green",
  suspect: "yellow",
  dead: "red",
  left: "blue",
  unknown: "dim",
};

const PROCESS_TINT: Readonly<Record<ProcessState, Tint>> = {
  starting: "cyan",
  running: "green",
  paused: "yellow",
  leaving: "blue",
  left: "blue",
  killed: "red",
  failed: "red",
};

const VERDICT_TINT: Readonly<Record<Verdict["type"], Tint>> = {
  forming: "cyan",
  differ: "yellow",
  unnoticed: "red",
  suspicion: "yellow",
  agree: "green",
};

/** Lines that are neither rows of the matrix nor changes: title, headings, legend, keys and space. */
const FRAME_LINES = 8;
const MIN_CHANGES = 3;
const MAX_CHANGES = 12;
const MIN_NODES = 3;
/** Narrower terminals get the keys without their meanings. */
const KEY_LINE_COLUMNS = 80;

export function renderView(state: ViewState, style: ViewStyle): string {
  const symbols = style.unicode ? UNICODE : ASCII;
  const matrix = new Matrix(state, style.columns, symbols);
  const free = style.rows - FRAME_LINES - matrix.headerLines;
  const nodes = state.model.nodes.length;
  const shownNodes = Math.max(Math.min(nodes, free - MIN_CHANGES), Math.min(nodes, MIN_NODES));
  const roomBelow = Math.max(0, Math.min(free - shownNodes, MAX_CHANGES));
  const lines: Line[] = [
    title(state, style.columns),
    [],
    ...matrix.lines(shownNodes),
    legend(symbols),
    [],
    ...(state.help
      ? helpLines(state, roomBelow + 1)
      : changeLines(state, roomBelow, style, symbols)),
    [],
    [{ text: ` ${state.message}`, tint: "bold" }],
    keyLine(state, style.columns),
  ];
  const fitting = lines.length > style.rows ? lines.filter((line) => line.length > 0) : lines;
  return fitting
    .slice(0, style.rows)
    .map((line) => paintLine(line, style, symbols))
    .join("\n");
}

function title({ model, elapsedMs }: ViewState, columns: number): Line {
  const verdict = model.verdict();
  const tint = VERDICT_TINT[verdict.type];
  const left = columns < 70 ? " hearsay demo  " : " hearsay demo: real processes on 127.0.0.1  ";
  const words = verdictWords(verdict, model.running.length);
  const seconds = ` ${(elapsedMs / 1000).toFixed(0)} s`;
  const clock = left.length + words.length + seconds.length < columns ? seconds : "";
  const gap = " ".repeat(Math.max(1, columns - left.length - words.length - clock.length - 1));
  return [
    { text: left, tint: "bold" },
    { text: words, tint },
    { text: gap },
    { text: clock, tint: "dim" },
  ];
}

/** Who believes whom to be what, and how each process is. */
class Matrix {
  readonly #state: ViewState;
  readonly #symbols: Symbols;
  readonly #subjects: readonly string[];
  readonly #nameWidth: number;
  readonly #cellWidth: number;
  readonly #facts: readonly Fact[];
  /** Too narrow for names side by side: they are written downwards. */
  readonly #vertical: boolean;

  constructor(state: ViewState, columns: number, symbols: Symbols) {
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

function legend({ belief }: Symbols): Line {
  const states = ["alive", "suspect", "dead", "left", "unknown"] as const;
  const pieces = states.flatMap((state): Piece[] => [
    { text: `  ${belief[state]}`, tint: BELIEF_TINT[state] },
    { text: ` ${state}` },
  ]);
  return [{ text: " " }, ...pieces, { text: "   each row: one node's view", tint: "dim" }];
}

function changeLines(
  state: ViewState,
  room: number,
  { columns }: ViewStyle,
  symbols: Symbols,
): Line[] {
  const heading: Line = [{ text: " Latest changes", tint: "bold" }];
  if (room === 0) return [heading];
  const shown = state.model.changes.slice(-room);
  const names = Math.max(...shown.map(({ subject }) => subject.length), 2);
  const lines = shown.map((change) => changeLine(change, names, columns, symbols));
  const blank = Array.from({ length: room - lines.length }, (): Line => []);
  return [heading, ...lines, ...blank];
}

/** Who has seen it too stays readable; the reason gives way. */
function changeLine(change: Change, names: number, columns: number, symbols: Symbols): Line {
  const { at, subject, state, observers, reason } = change;
  const time = ` ${(at / 1000).toFixed(1).padStart(6)}s  `;
  const what = `${subject.padEnd(names)} ${state.padEnd(8)} `;
  const others =
    observers.length > 6 ? `${observers.length - 1} more` : observers.slice(1).join(" ");
  const tail = others === "" ? "" : `  + ${others}`;
  const room = columns - time.length - what.length - tail.length;
  const why = shorten(`${observers[0]}: ${reason}`, Math.max(room, 8), symbols.ellipsis);
  return [
    { text: time, tint: "dim" },
    { text: what, tint: BELIEF_TINT[state] },
    { text: why },
    { text: tail, tint: "dim" },
  ];
}

function helpLines({ model }: ViewState, room: number): Line[] {
  const door = model.running[0];
  const lines =
    door === undefined
      ? ["Nobody runs: press s to start somebody."]
      : invitation(door.address ?? "", door.http ?? "");
  const shown = lines.length > room ? lines.filter((line) => line !== "") : lines;
  const padded = Array.from({ length: Math.max(room, 1) }, (_, i) => shown[i] ?? "");
  return padded.map((text) => [{ text: ` ${text}` }]);
}

function keyLine({ help }: ViewState, columns: number): Line {
  const keys: readonly (readonly [key: string, meaning: string])[] = [
    ["1-9 arrows", "select"],
    ["k", "kill"],
    ["p", "pause"],
    ["r", "resume"],
    ["l", "leave"],
    ["s", "start"],
    ["h", help ? "back" : "join"],
    ["q", "quit"],
  ];
  const isNarrow = columns < KEY_LINE_COLUMNS;
  return keys.flatMap(([key, meaning], i): Piece[] => [
    { text: i === 0 ? " " : isNarrow ? " " : "  " },
    { text: isNarrow && key.length > 1 ? "1-9" : key, tint: "inverse" },
    { text: isNarrow ? "" : ` ${meaning}` },
  ]);
}

function shorten(text: string, width: number, ellipsis: string): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}${ellipsis}`;
}

/** Cuts to the terminal's width, then paints: escape sequences have no width. */
function paintLine(line: Line, { columns, colour }: ViewStyle, { ellipsis }: Symbols): string {
  const colours = picocolors.createColors(colour);
  let room = columns;
  let painted = "";
  for (const { text, tint } of line) {
    const cut = shorten(text, room, ellipsis);
    if (room <= 0 || cut === "") continue;
    painted += tint === undefined ? cut : colours[tint](cut);
    room -= cut.length;
  }
  return colour ? painted : painted.trimEnd();
}
