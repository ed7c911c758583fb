/**
 * One event as one line for people: when, what, who, why.
 * @module
 */
import type { EventJson } from "./http/event-json.ts";
import { printable } from "./printable.ts";

export function eventLine(event: EventJson): string {
  return [event.at, event.type.padEnd(10), ...facts(event).map(printable)].join("  ");
}

function facts(event: EventJson): string[] {
  switch (event.type) {
    case "members": {
      const alive = event.members.filter(({ state }) => state === "alive").length;
      return [`${event.members.length} known, ${alive} alive`];
    }
    case "message": {
      const bytes = Buffer.byteLength(event.payload, "base64");
      return [event.from, `${bytes} bytes by ${event.carrier}`];
    }
    case "trouble":
      return [event.message];
    case "tenant":
      return [event.event];
    case "neighbourUp":
      return [event.name, `a link of ${event.overlay} to it is up`];
    case "neighbourDown":
      return [event.name, `a link of ${event.overlay} to it is gone`];
    case "skipped":
      return [event.origin, `its publications ${event.from} to ${event.to} are given up`];
    case "suspected":
    case "failed":
    case "restored": {
      const silence = `${(event.silentMs / 1000).toFixed(1)} s of silence`;
      return [event.name, `${event.detector}: ${event.reason} after ${silence}`];
    }
    case "missed":
      return [
        `${event.count ?? "an unknown number of"} events are lost to us: too fast, or too long ago`,
      ];
    case "probed":
      return [event.member.name, `answered our probe in ${event.rttMs.toFixed(1)} ms`];
    case "udpBlocked":
      return [event.member.name, "it answers on streams, but no packet gets through"];
    case "udpRestored":
      return [event.member.name, "packets get through to it again"];
    case "conflict":
      return [
        event.member.name,
        `it is at ${event.address}, and another node uses its name at ${event.claimed}`,
      ];
    default:
      return [event.member.name, event.reason.text];
  }
}
