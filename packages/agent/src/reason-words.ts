/**
 * Why a member is what it is, in words: as the observing node would say it, so "we" is that node.
 * @module
 */
import type { Reason } from "hearsay";
import { addressHost } from "hearsay/kernel";

type Informant = Extract<Reason, { type: "heardAlive" }>["from"];

export function reasonWords(reason: Reason): string {
  switch (reason.type) {
    case "started":
      return "started here";
    case "heardAlive":
      return `heard of it ${by(reason.from)}`;
    case "refuted":
      return `it refuted the suspicion, heard ${by(reason.from)}`;
    case "moved":
      return `it came back from ${reason.previous}, heard ${by(reason.from)}`;
    case "tagsChanged":
      return `it changed its tags, heard ${by(reason.from)}`;
    case "tagsSet":
      return "our tags were set";
    case "probeFailed":
      return reason.relays.length === 0
        ? "no answer to our probe"
        : `no answer to our probe, nor through ${reason.relays.join(", ")}`;
    case "accused":
      return `${reason.by} suspects it, heard ${by(reason.from)}`;
    case "toldByState":
      return `said to be ${reason.state}, heard ${by(reason.from)}`;
    case "suspicionExpired":
      return `suspected by ${reason.by}, not refuted within ${seconds(reason.timeoutMs)}`;
    case "declaredDead":
      return `${reason.by} declared it dead, heard ${by(reason.from)}`;
    case "left":
      return `it said goodbye, heard ${by(reason.from)}`;
    case "leaving":
      return "we said goodbye";
    case "nameTaken":
      return `another node claims its name, heard ${by(reason.from)}`;
    default:
      // A reason that a newer library knows and this file does not is still better than none.
      return (reason as { type: string }).type;
  }
}

function by({ via, name, address }: Informant): string {
  if (via === "gossip") return `from ${name ?? address}`;
  // Who opened an exchange with us did so from a port that means nothing.
  return `in an exchange with ${name ?? addressHost(address)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
