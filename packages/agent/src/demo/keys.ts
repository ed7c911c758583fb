/**
 * What keys mean in the live demo.
 * @module
 */
export type KeyAction =
  | { readonly type: "digit"; readonly digit: number }
  | { readonly type: "move"; readonly by: 1 | -1 }
  | {
      readonly type:
        | "kill"
        | "pause"
        | "resume"
        | "leave"
        | "start"
        | "greet"
        | "write"
        | "help"
        | "quit";
    };

const KEYS: Readonly<Record<string, KeyAction>> = {
  "\u001B[A": { type: "move", by: -1 },
  "\u001B[D": { type: "move", by: -1 },
  "\u001BOA": { type: "move", by: -1 },
  "\u001BOD": { type: "move", by: -1 },
  "\u001B[B": { type: "move", by: 1 },
  "\u001B[C": { type: "move", by: 1 },
  "\u001BOB": { type: "move", by: 1 },
  "\u001BOC": { type: "move", by: 1 },
  "\t": { type: "move", by: 1 },
  k: { type: "kill" },
  p: { type: "pause" },
  r: { type: "resume" },
  l: { type: "leave" },
  s: { type: "start" },
  m: { type: "greet" },
  v: { type: "write" },
  h: { type: "help" },
  "?": { type: "help" },
  q: { type: "quit" },
  "\u0003": { type: "quit" },
  "\u0004": { type: "quit" },
};

/** The actions of a chunk of terminal input: several keys may come at once. */
export function keyActions(chunk: string): KeyAction[] {
  // An escape sequence is one key, known or not; anything else is one character.
  // oxlint-disable-next-line no-control-regex
  const keys = chunk.match(/\u001B(?:\[[\d;]*[@-~]|O[A-Z])|[^]/gu) ?? [];
  return keys.flatMap((key) => {
    if (/^\d$/u.test(key)) return [{ type: "digit", digit: Number(key) }];
    return KEYS[key.toLowerCase()] ?? KEYS[key] ?? [];
  });
}
