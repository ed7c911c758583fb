import { expect, test } from "vitest";
import {
  channel,
  channelBit,
  formatChannels,
  includesChannels,
  joinChannels,
  parseChannels,
} from "./channel.ts";
import { NO_CHANNELS } from "./ids.ts";

test("a capability tag reads back, its letters in order", () => {
  const set = joinChannels(channelBit(channel("t")), channelBit(channel("m")));
  expect(formatChannels(set)).toBe("mt");
  expect(parseChannels("tm")).toBe(set);
});

test("letters of versions to come are passed over", () => {
  expect(parseChannels("m?Zm\u{1F600}")).toBe(channelBit(channel("m")));
  expect(parseChannels("")).toBe(NO_CHANNELS);
});

test("who understands nothing understands what needs nothing", () => {
  expect(includesChannels(NO_CHANNELS, NO_CHANNELS)).toBe(true);
  expect(includesChannels(NO_CHANNELS, channelBit(channel("a")))).toBe(false);
});

test("a channel is one small letter", () => {
  expect(() => channel("M")).toThrow(/^BUG/);
  expect(() => channel("mm")).toThrow(/^BUG/);
});
