/**
 * Plain data as one line of JSON, with what JSON has no words for.
 *
 *     undefined       {"$":"undefined"}          Infinity, -Infinity, NaN, -0    {"$":"Infinity"} …
 *     Uint8Array      {"$bytes":"AQI="}          Map, Set                        {"$map":[[k,v]]}, {"$set":[v]}
 *     { $key: 1 }     {"$object":[["$key",1]]}
 *
 * Fields that are `undefined` are left out. Objects of classes become what their fields are.
 * @see kernel/saved.ts
 * @module
 */
import { decodeBase64, encodeBase64 } from "../codec/index.ts";
import type { Saved } from "../kernel/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One line, without its ending. */
export function writePlain(value: Saved): string {
  return JSON.stringify(toJson(value));
}

/**
 * What `writePlain` has written.
 * @throws SyntaxError when the text is not that
 */
export function readPlain(text: string): Saved {
  return fromJson(JSON.parse(text));
}

function toJson(value: Saved): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: numberName(value) };
    case "undefined":
      return { $: "undefined" };
    case "object":
      return value === null ? null : objectToJson(value);
    default:
      return value;
  }
}

function objectToJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Uint8Array) return { $bytes: encodeBase64(value) };
  if (value instanceof Map) return { $map: Array.from(value, (pair) => pair.map(toJson)) };
  if (value instanceof Set) return { $set: Array.from(value, toJson) };
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (fields.some(([key]) => key.startsWith("$"))) {
    return { $object: fields.map(([key, field]) => [key, toJson(field)]) };
  }
  return Object.fromEntries(fields.map(([key, field]) => [key, toJson(field)]));
}

function numberName(value: number): string {
  return value === 0 ? "-0" : String(value);
}

function fromJson(json: unknown): Saved {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const [tag] = Object.keys(json);
  if (tag?.startsWith("$") === true) return tagged(tag, (json as Fields)[tag]);
  return Object.fromEntries(Object.entries(json).map(([key, field]) => [key, fromJson(field)]));
}

function tagged(tag: string, held: unknown): Saved {
  switch (tag) {
    case "$":
      return held === "undefined" ? undefined : Number(held);
    case "$bytes": {
      const bytes = typeof held === "string" ? decodeBase64(held) : undefined;
      if (bytes !== undefined) return bytes;
      break;
    }
    case "$map":
      return new Map(pairs(held));
    case "$set":
      return new Set(list(held).map(fromJson));
    case "$object":
      return Object.fromEntries(pairs(held) as [string, Saved][]);
    default:
  }
  throw new SyntaxError(`${tag} is no tag of plain data, or holds something else`);
}

function pairs(held: unknown): [Saved, Saved][] {
  return list(held).map((pair) => {
    const [key, value] = list(pair);
    return [fromJson(key), fromJson(value)];
  });
}

function list(held: unknown): readonly unknown[] {
  if (Array.isArray(held)) return held;
  throw new SyntaxError("a list of plain data is none");
}
