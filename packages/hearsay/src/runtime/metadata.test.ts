import { expect, test } from "vitest";
import { decodeMetadata, encodeMetadata, jsonCodec, METADATA_TAG } from "./metadata.ts";
import type { MetadataCodec } from "./metadata.ts";

interface Load {
  readonly cpu: number;
  readonly zone: string;
}

const tagged = (text: string): ReadonlyMap<string, string> => new Map([[METADATA_TAG, text]]);

test("a value reads back as it was", () => {
  const codec = jsonCodec<Load>();
  const text = encodeMetadata(codec, { cpu: 0.5, zone: "b" });
  expect(decodeMetadata(codec, tagged(text))).toEqual({ cpu: 0.5, zone: "b" });
});

test("a codec of one's own is two functions", () => {
  const codec: MetadataCodec<Load> = {
    encode: ({ cpu, zone }) => `${zone}${cpu}`,
    decode: (text) => ({ zone: text.slice(0, 1), cpu: Number(text.slice(1)) }),
  };
  expect(encodeMetadata(codec, { cpu: 2, zone: "c" })).toBe("c2");
  expect(decodeMetadata(codec, tagged("c2"))).toEqual({ cpu: 2, zone: "c" });
});

test("no metadata, and metadata that is not understood, is undefined and nothing worse", () => {
  const codec = jsonCodec<Load>();
  expect(decodeMetadata(codec, new Map())).toBeUndefined();
  expect(decodeMetadata(codec, tagged("{not json"))).toBeUndefined();
});

test("a value that the codec cannot put into text is the caller's error", () => {
  expect(() => encodeMetadata(jsonCodec<unknown>(), undefined)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION" }),
  );
});
