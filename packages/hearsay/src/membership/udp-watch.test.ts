import { expect, test } from "vitest";
import type { Instant } from "../kernel/index.ts";
import { memberNamed } from "./test/members.ts";
import { UDP_BLOCKED_EVERY_MS, UdpWatch } from "./udp-watch.ts";

test("each rescue is counted, and told once in ten minutes a member", () => {
  const watch = new UdpWatch();
  const [b, c] = [memberNamed("b"), memberNamed("c")];
  const rescue = (member: typeof b, at: number): string[] => {
    const lines: string[] = [];
    watch.handleRescue(member, at as Instant, {
      notify: (event) => lines.push(`${event.member.name} at ${event.at}`),
      drop: (reason) => lines.push(reason),
    });
    return lines;
  };
  expect(rescue(b, 0)).toEqual(["udpBlocked", "b at 0"]);
  expect(rescue(b, UDP_BLOCKED_EVERY_MS - 1)).toEqual(["udpBlocked"]);
  expect(rescue(c, 1000)).toEqual(["udpBlocked", "c at 1000"]);
  expect(rescue(b, UDP_BLOCKED_EVERY_MS)).toEqual(["udpBlocked", "b at 600000"]);
});
