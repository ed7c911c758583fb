/**
 * Mutations that know text: words, numbers, brackets, lines.
 * @module
 */
import type { Rng } from "hearsay/kernel";
import { mutateBytes } from "./byte-mutations.ts";

const WORDS = [
  "null",
  "true",
  "{}",
  "[]",
  '""',
  "0",
  "-1",
  "1e999",
  "9007199254740993",
  "NaN",
  "__proto__",
  "constructor",
  '{"$":"Infinity"}',
  '{"$bytes":"AQI="}',
  '{"$map":[[1,2]]}',
  "%00",
  "%2e%2e/",
  "\u0000",
  "\ud800",
  "\u202e",
  "=",
  ",",
  ":",
  "[::1]:7946",
  "255.255.255.255:65535",
];

/** A token: a word, a number, a run of space, or one other character. */
const TOKEN = /[\p{L}_]+|\d+|\s+|./gsu;

const DEEPEST = 4096;

export function mutateText(bytes: Uint8Array, inputs: readonly Uint8Array[], rng: Rng): Uint8Array {
  if (rng.below(4) === 0) return mutateBytes(bytes, inputs, rng);
  const tokens = DECODER.decode(bytes).match(TOKEN) ?? [];
  const at = rng.below(tokens.length + 1);
  const word = WORDS[rng.below(WORDS.length)] as string;
  switch (rng.below(7)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 1, word);
      break;
    case 2:
      tokens.splice(at, 0, word);
      break;
    case 3:
      tokens.splice(at, 0, tokens[rng.below(Math.max(1, tokens.length))] ?? word);
      break;
    case 4:
      tokens.splice(at, 1 + rng.below(8));
      break;
    case 5:
      tokens.splice(at, 1, (tokens[at] ?? word).repeat(2 + rng.below(64)));
      break;
    default:
      tokens.splice(at, 0, "[".repeat(1 + rng.below(DEEPEST)));
  }
  return ENCODER.encode(tokens.join(""));
}

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();
