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
import { ASCII, BELIEF_TINT, paintLine, shorten, UNICODE } from "./line.ts";
import type { Line, Piece, Symbols, Tint, ViewStyle } from "./line.ts";
import { Matrix } from "./matrix.ts";
import type { MatrixState } from "./matrix.ts";
import type { Change, Verdict } from "./model.ts";
import { invitation, verdictWords } from "./words.ts";

export interface ViewState extends MatrixState {
  /** What the last key did. */
  readonly message: string;
  readonly elapsedMs: number;
  /** Shows how to join instead of the changes. */
  readonly help: boolean;
  /** What the nodes have come to together, a line each. */
  readonly shared: readonly string[];
}

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
/** Wider ones get air between the keys. */
const WIDE_KEY_LINE_COLUMNS = 90;

export function renderView(state: ViewState, style: ViewStyle): string {
  const symbols = style.unicode ? UNICODE : ASCII;
  const matrix = new Matrix(state, style.columns, symbols);
  const shared = state.shared.map((text): Line => [{ text: ` ${text}`, tint: "cyan" }]);
  const free = style.rows - FRAME_LINES - shared.length - matrix.headerLines;
  const nodes = state.model.nodes.length;
  const shownNodes = Math.max(Math.min(nodes, free - MIN_CHANGES), Math.min(nodes, MIN_NODES));
  const roomBelow = Math.max(0, Math.min(free - shownNodes, MAX_CHANGES));
  const lines: Line[] = [
    title(state, style.columns),
    [],
    ...matrix.lines(shownNodes),
    legend(symbols),
    ...shared,
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
    ["1-9", "select"],
    ["k", "kill"],
    ["p", "pause"],
    ["r", "resume"],
    ["l", "leave"],
    ["s", "start"],
    ["m", "say"],
    ["v", "set"],
    ["h", help ? "back" : "join"],
    ["q", "quit"],
  ];
  const isNarrow = columns < KEY_LINE_COLUMNS;
  const gap = columns < WIDE_KEY_LINE_COLUMNS ? " " : "  ";
  return keys.flatMap(([key, meaning], i): Piece[] => [
    { text: i === 0 ? " " : gap },
    { text: key, tint: "inverse" },
    { text: isNarrow ? "" : ` ${meaning}` },
  ]);
}
