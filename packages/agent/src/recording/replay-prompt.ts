/**
 * What somebody can ask at a stop of a replay, a line a question.
 * @module
 */
import { explainInWords } from "hearsay";
import type { Address, MemberView } from "hearsay";
import { reasonWords } from "hearsay/membership";
import type { ReplayedHearsayNode } from "hearsay/runtime";
import { printable } from "../printable.ts";
import { columns, statsTable } from "../tables.ts";

export const PROMPT_HELP = `n, Enter    the next input
c           on, to the next stop
m           the members, as this node sees them now
e NAME      what happened to a member
s           counters
q           end`;

/** What is to be done next. */
export type Next = "step" | "go" | "quit" | { readonly say: string };

export function answer(line: string, { membership, replayer }: ReplayedHearsayNode): Next {
  const [, word = "", rest = ""] = /^\s*(\S*)\s*(.*?)\s*$/su.exec(line) ?? [];
  switch (word) {
    case "":
    case "n":
      return "step";
    case "c":
      return "go";
    case "q":
      return "quit";
    case "m":
      return { say: membersNow(membership.members()) };
    case "e": {
      const explanation = membership.explain(rest, replayer.now);
      if (explanation === undefined) return { say: `nothing is known of ${printable(rest)}` };
      return { say: explainInWords(explanation, replayer.now).map(printable).join("\n") };
    }
    case "s":
      return { say: statsTable({ ...replayer.node.machine.stats() }) };
    default:
      return { say: PROMPT_HELP };
  }
}

/** Names of members at their addresses; other addresses as they are. */
export function namesAt(node: ReplayedHearsayNode): (address: Address) => string {
  return (address) => {
    const member = node.membership.members().find((one) => one.address === address);
    return member?.name ?? address;
  };
}

function membersNow(members: readonly MemberView[]): string {
  const rows = members.map(({ name, address, state, incarnation, reason }) => {
    return [name, address, state, String(incarnation), reasonWords(reason)].map(printable);
  });
  return columns(["NAME", "ADDRESS", "STATE", "INCARNATION", "REASON"], rows);
}
