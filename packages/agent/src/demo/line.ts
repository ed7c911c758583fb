/**
 * Lines of tinted pieces, and how they become text: symbols, colours, and the terminal's width.
 * @module
 */
import picocolors from "picocolors";
import type { Belief } from "./model.ts";

export interface ViewStyle {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  /** Symbols beyond ASCII. */
  readonly unicode: boolean;
}

export type Tint = "green" | "yellow" | "red" | "blue" | "cyan" | "dim" | "bold" | "inverse";

export interface Piece {
  readonly text: string;
  readonly tint?: Tint | undefined;
}

export type Line = readonly Piece[];

export interface Symbols {
  readonly belief: Readonly<Record<Belief | "unknown", string>>;
  readonly cursor: string;
  readonly ellipsis: string;
}

export const UNICODE: Symbols = {
  belief: { alive: "●", suspect: "◐", dead: "✗", left: "○", unknown: "·" },
  cursor: "▸",
  ellipsis: "…",
};

export const ASCII: Symbols = {
  belief: { alive: "+", suspect: "?", dead: "x", left: "-", unknown: "." },
  cursor: ">",
  ellipsis: "~",
};

export const BELIEF_TINT: Readonly<Record<Belief | "unknown", Tint>> = {
  alive: "green",
  suspect: "yellow",
  dead: "red",
  left: "blue",
  unknown: "dim",
};

export function shorten(text: string, width: number, ellipsis: string): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}${ellipsis}`;
}

/** Cuts to the terminal's width, then paints: escape sequences have no width. */
export function paintLine(
  line: Line,
  { columns, colour }: ViewStyle,
  { ellipsis }: Symbols,
): string {
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
